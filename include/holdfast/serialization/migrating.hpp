#ifndef HOLDFAST_SERIALIZATION_MIGRATING_HPP
#define HOLDFAST_SERIALIZATION_MIGRATING_HPP

#include <holdfast/concepts/compare_content.hpp>
#include <holdfast/serialization/inner.hpp>
#include <holdfast/serialization/migrating/chain.hpp>
#include <holdfast/serialization/migrating/step.hpp>
#include <holdfast/serialization/migrating/tag.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

/// A serialization that reads every version of a state that was ever stored, by typed steps from each to the next:
///
///     v2::Cursor add_token(v1::Cursor);
///     Result<v3::Cursor> parse_page(v2::Cursor const&);
///     StateStore<v3::Cursor, Migrating<Json, Step<v1::Cursor, v2::Cursor, &add_token>,
///                                            Step<v2::Cursor, v3::Cursor, &parse_page>>> store;
///
/// The versions are numbered from 1 (`FirstVersion`), the last is the state of the store; a chain with a gap, a
/// function that does not fit or another state is refused by the compiler. What `Json` does by itself (members with
/// defaults, members of newer programs) needs no step.
///
/// *Format.* The line `holdfast-schema:3` and then the payload of `Inner`. A payload without that line has version 1:
/// `Migrating` can be given to a store that is in use. So a payload that was stored *without* it must not begin with
/// `holdfast-schema:`; JSON never does, and `RawBytes` that do are taken for what they look like: refused as
/// `malformed`, or read as that version.
///
/// *Reading* an old record runs the steps, and stores nothing. The next write stores the newest version; what `Inner`
/// keeps of the replaced record (members that `Json` does not know) is kept only if that had the same version, since
/// the steps have decided about the rest.
///
/// *Records of newer programs* are refused as `incompatible`, also by a write that would replace one (`put` and
/// `replace` as well), before anything is written: nothing of them is lost. So are those older than the first version.
/// To give such a record up, remove it.
///
/// Errors: `incompatible`, `malformed`, those of `Inner`, with the version as which it was read. A step that fails is
/// named by its versions, under the code that it chose if that is `malformed`, else as `incompatible`; the reason it
/// gave is in the message.
/// Exception safety: strong; what the steps throw, too. Thread safety: that of `Inner` and of the steps.
/// Cost: reading shares the payload's bytes, and makes one allocation more than `Inner` if there is a version line.
template <class Inner, class... Steps>
class Migrating {
    using Chain = detail::Chain<Steps...>;

public:
    static constexpr Family family = Family::serialization;
    /// The versions that can be read; the last is written.
    static constexpr unsigned first_version = Chain::first;
    static constexpr unsigned last_version = Chain::last;
    static_assert(last_version <= detail::SchemaTag::largest);

    Migrating()
        requires std::default_initializable<Inner>
    = default;
    explicit Migrating(Inner inner) : inner_(std::move(inner)) {}

    template <class State>
        requires(Chain::template codes<State, Inner>())
    Result<void> encode(CodingContext const& context, State const& state, Buffer& out) {
        detail::SchemaTag previous;
        if (context.previous != nullptr) {
            auto const read = admit(context.previous->payload);
            if (!read) return replaced(read.error());
            previous = *read;
        }
        std::size_t const begin = out.size();
        detail::SchemaTag::write(last_version, out);
        auto const coded =
            context.previous != nullptr && previous.version == last_version
                ? inner_.encode(InnerContext(context, context.previous->payload.drop_front(previous.size)), state, out)
                : inner_.encode(InnerContext(context), state, out);
        if (!coded) out.truncate(begin);
        return coded;
    }

    template <class State>
        requires(Chain::template codes<State, Inner>())
    Result<State> decode(CodingContext const& context, RecordPtr const& record) {
        auto const tag = admit(record->payload);
        if (!tag) return tag.error();
        if (tag->size == 0)
            return read<State>(tag->version, context, record, static_cast<typename Chain::bare*>(nullptr));
        return read<State>(tag->version, context, detail::with_payload(record, record->payload.drop_front(tag->size)),
                           static_cast<typename Chain::bare*>(nullptr));
    }

    /// Whether two payloads hold the same content: never if they are of different versions.
    Result<bool> same_content(CodingContext const& a_context, Bytes const& a, CodingContext const& b_context,
                              Bytes const& b) {
        auto const a_tag = admit(a), b_tag = admit(b);
        if (!a_tag) return a_tag.error();
        if (!b_tag) return b_tag.error();
        if (a_tag->version != b_tag->version) return false;
        return detail::compare_content(inner_, a_context, a.drop_front(a_tag->size), b_context,
                                       b.drop_front(b_tag->size));
    }

    // What cannot be coded ends in a sentence that says so.
    template <class State>
        requires(!Chain::template codes<State, Inner>())
    void encode(CodingContext const&, State const&, Buffer&) const {
        explain<State>();
    }
    template <class State>
        requires(!Chain::template codes<State, Inner>())
    void decode(CodingContext const&, RecordPtr const&) const {
        explain<State>();
    }

    /// Compiles if the steps lead to `State` and `Inner` can code each version; else says in a sentence what is wrong.
    template <class State>
    static constexpr void explain() {
        detail::explain_chain<State, Inner>(static_cast<typename Chain::bare*>(nullptr));
    }

private:
    /// The version of a payload, if the steps know it.
    static Result<detail::SchemaTag> admit(Bytes const& payload) {
        auto tag = detail::SchemaTag::read(payload.view());
        if (!tag || (tag->version >= first_version && tag->version <= last_version)) return tag;
        bool const newer = tag->version > last_version;
        std::string text = "the record has version " + std::to_string(tag->version) +
                           " of its schema, and this program knows " + std::to_string(first_version) + " to " +
                           std::to_string(last_version);
        text.append(newer ? "; use a newer program"
                          : "; let a program that still has the step from that version write it anew");
        return Error(Errc::incompatible, std::move(text));
    }

    static Error replaced(Error const& error) {
        return Error(error.code(),
                     std::string(error.message())
                         .append("; it would have been replaced, and nothing was written (to give it up, remove it)"));
    }

    /// Reads `version` as what it is, and takes it up from there. The chain is that of the steps from `known` on.
    template <class State, unsigned known, class First, class... Rest>
    Result<State> read_from(unsigned version, CodingContext const& context, RecordPtr const& record) {
        if (version == known) {
            auto old = inner_.template decode<typename First::from>(context, record);
            if (!old) return as_version(known, old.error());
            return take_up<State, known, First, Rest...>(*std::move(old));
        }
        if constexpr (sizeof...(Rest) > 0) {
            return read_from<State, known + 1, Rest...>(version, context, record);
        } else {
            auto state = inner_.template decode<State>(context, record);
            if (!state) return as_version(last_version, state.error());
            return state;
        }
    }
    template <class State, class... Only>
    Result<State> read(unsigned version, CodingContext const& context, RecordPtr const& record,
                       detail::Chain<Only...> const*) {
        return read_from<State, first_version, Only...>(version, context, record);
    }

    template <class State, unsigned version, class First, class... Rest>
    static Result<State> take_up(typename First::from old) {
        auto next = detail::StepTraits<First>::run(std::move(old));
        if (!next) return step_failed(version, next.error());
        if constexpr (sizeof...(Rest) > 0) return take_up<State, version + 1, Rest...>(*std::move(next));
        else return next;
    }

    static Error as_version(unsigned version, Error const& error) {
        return Error(error.code(),
                     "read as version " + std::to_string(version) + " of its schema: " + std::string(error.message()))
            .on(error.subject())
            .from(error.backend());
    }
    static Error step_failed(unsigned version, Error const& error) {
        return Error(error == Errc::malformed ? Errc::malformed : Errc::incompatible,
                     "the step from version " + std::to_string(version) + " of the schema to " +
                         std::to_string(version + 1) + " failed (" + error.describe() +
                         "); nothing was written: repair the record, or correct the step");
    }

    [[no_unique_address]] Inner inner_;
};

}  // namespace holdfast

#endif
