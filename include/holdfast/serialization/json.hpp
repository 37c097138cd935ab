#ifndef HOLDFAST_SERIALIZATION_JSON_HPP
#define HOLDFAST_SERIALIZATION_JSON_HPP

#include <holdfast/concepts/serialization.hpp>
#include <holdfast/serialization/json/as.hpp>
#include <holdfast/serialization/json/chrono.hpp>
#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/duration.hpp>
#include <holdfast/serialization/json/enum.hpp>
#include <holdfast/serialization/json/map.hpp>
#include <holdfast/serialization/json/optional.hpp>
#include <holdfast/serialization/json/parse.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/refuses.hpp>
#include <holdfast/serialization/json/scalars.hpp>
#include <holdfast/serialization/json/sequence.hpp>
#include <holdfast/serialization/json/set.hpp>
#include <holdfast/serialization/json/struct.hpp>
#include <holdfast/serialization/json/tuple.hpp>
#include <holdfast/serialization/json/value.hpp>
#include <holdfast/serialization/json/variant.hpp>
#include <holdfast/serialization/json/writer.hpp>

namespace holdfast {

/// The state as JSON (RFC 8259): one line without spaces, members in the order of their description.
///
/// What a `State` may be, and hold at any depth (`JsonCodable`): structs described with `BOOST_HANA_ADAPT_STRUCT`,
/// `bool`, numbers, `std::string`, enumerations (`JsonNames`), `std::optional`, sequences, sets, maps with keys of
/// text, arrays, pairs, tuples, `std::variant`, points in time, durations, `JsonValue` for JSON of any shape, and every
/// type of yours that a `JsonAs` or a `JsonCodec` describes. Each codec's own header says how it looks.
///
/// *Versions of a program.* A member that is missing in the payload has the value of a default-constructed `State`. A
/// member that this program does not know is checked, skipped, and survives its writes: encoding copies it from
/// `CodingContext::previous` to the end of its object, without spaces, its numbers and strings as they were. That holds
/// for the state itself if it is a struct, and goes on through members that are structs, through the values of maps
/// with the same key, through optionals, through a variant that still holds the same alternative, and through `JsonAs`;
/// all of these to any depth. It does not hold inside of the elements of arrays, sets, tuples and pairs, since an
/// element has no name by which to find it again, nor inside of a `JsonCodec` of your own without `leftovers`. A
/// previous record without payload (absent, or removed) has nothing to keep. One whose payload is broken JSON makes
/// encoding fail, since what it held is not known: repair the record, or remove it to give that up.
///
/// Errors of decoding: `malformed`, with the path of the value, what was expected and the kind of what was found, never
/// the content: `JSON at $.tables[3].rows: expected a whole number from 0 to 255, found a string (byte 71)`. Members
/// that only the data names are counted: `$.tables{0}`. Refused are also: text behind the end, bytes that are not
/// UTF-8, a byte order mark, two members of the same name, halves of surrogate pairs, more than `max_json_depth`
/// levels. `too_large` for more than 4 GiB. Errors of encoding: `invalid_argument` for NaN, infinities, text that is
/// not UTF-8; `malformed` for the previous record. Nothing is left in the buffer.
///
/// Exception safety: strong; only what memory and the members of the state throw. Thread safety: any thread, any time.
/// Cost: reading goes through the payload twice (simdjson finds the tokens and checks UTF-8) without copying it, in
/// memory that each thread keeps: about four bytes for each byte of the largest payload up to 1 MiB. Writing with a
/// previous record goes through that too, and takes about 1.8 times as long.
struct Json {
    static constexpr Family family = Family::serialization;

    template <JsonCodable State>
    Result<void> encode(CodingContext const& context, State const& state, Buffer& out) const {
        detail::JsonLeftovers leftovers;
        if constexpr (requires(JsonReader& in) { JsonCodec<State>::leftovers(in, leftovers); }) {
            if (context.previous != nullptr && !context.previous->payload.empty()) {
                auto const read = detail::parse_json(
                    context.previous->payload,
                    [&](JsonReader& in) { return JsonCodec<State>::leftovers(in, leftovers); },
                    "; this record would be replaced, and its unknown members lost: repair it, or remove it first");
                if (!read) return read.error();
            }
        }
        std::size_t const begin = out.size();
        Result<void> result;
        {
            JsonWriter writer(out);
            if (!leftovers.empty()) writer.give_leftovers(&leftovers);
            if (!JsonCodec<State>::write(writer, state)) result = writer.fault().error("; correct the state");
        }
        if (!result) out.truncate(begin);
        return result;
    }

    template <JsonCodable State>
    Result<State> decode(CodingContext const&, RecordPtr const& record) const {
        Result<State> state(std::in_place);
        auto const read = detail::parse_json(
            record->payload, [&](JsonReader& in) { return JsonCodec<State>::read(in, *state); },
            "; repair the record or restore it");
        if (!read) return read.error();
        return state;
    }

    // What cannot be coded ends in a sentence that says so.
    template <class State>
        requires(!JsonCodable<State>)
    void encode(CodingContext const&, State const&, Buffer&) const {
        explain<State>();
    }
    template <class State>
        requires(!JsonCodable<State>)
    void decode(CodingContext const&, RecordPtr const&) const {
        explain<State>();
    }

    /// Compiles if `State` can be coded, and else says in a sentence why not, naming the type that is in the way.
    template <class State>
    static constexpr void explain() {
        using Obstacle = typename decltype(detail::json_obstacle<State>())::type;
        if constexpr (!std::is_void_v<Obstacle>) (void)sizeof(detail::JsonRefuses<Obstacle>);
    }
};

}  // namespace holdfast

#endif
