#ifndef HOLDFAST_VERSIONING_HISTORY_OPERATIONS_HPP
#define HOLDFAST_VERSIONING_HISTORY_OPERATIONS_HPP

#include <holdfast/concepts/serialization.hpp>
#include <holdfast/concepts/verbs.hpp>
#include <holdfast/protocol/purge.hpp>
#include <holdfast/versioning/history/pins.hpp>
#include <holdfast/versioning/history/prune.hpp>
#include <holdfast/versioning/history/walk.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace holdfast::detail {

/// Marks what it commits as the repetition of a version.
template <class Versioning>
struct RestoringVersioning {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Versioning::discipline;

    template <class S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
        change.restores = version;
        return versioning.commit(storage, ctx, id, base, std::move(change));
    }

    Versioning& versioning;
    std::uint64_t version;
};

/// Codes over the version that is restored instead of the state that is replaced: what this program does not know of
/// a state comes back with it, and a state that cannot be decoded can still be replaced. Bytes stay bytes, as with the
/// serialization itself.
template <class Serialization>
struct RestoringSerialization {
    static constexpr Family family = Family::serialization;
    static constexpr bool payload_is_value = requires { requires Serialization::payload_is_value; };

    template <class State>
    Result<void> encode(CodingContext const& ctx, State const& state, Buffer& out) {
        return serialization.encode(CodingContext{ctx.id, ctx.sequence, version.get()}, state, out);
    }
    template <class State>
    Result<State> decode(CodingContext const& ctx, RecordPtr const&) {
        return serialization.template decode<State>(CodingContext{ctx.id, version->stamp.sequence, nullptr}, version);
    }

    Serialization& serialization;
    RecordPtr version;
};

/// The operations on versions of a store, without its locks. What they mean is said at `HistoryVerbs`.
template <class State, class Storage, class Versioning, class Serialization>
class HistoryOperations {
public:
    explicit HistoryOperations(Engine<State, Storage, Versioning, Serialization> engine) noexcept
        : engine_(engine), storage_(engine.storage()) {}

    Result<Entry<State>> get(Context const& ctx, KeyView key, VersionId version, bool pinned) {
        auto found = find_version(storage_, ctx, key, version, pinned);
        if (!found) return place(std::move(found).error(), "get", key);
        return engine_.entry(key, "get", *std::move(found));
    }

    Result<HistoryPage> history(Context const& ctx, KeyView key, HistoryQuery const& query) {
        auto page = HistoryWalk<Storage>(storage_, ctx, key).page(query);
        if (!page) return place(std::move(page).error(), "history", key);
        return page;
    }

    Result<VersionId> version(Context const& ctx, KeyView key, std::uint64_t sequence) {
        auto found = version_by_sequence(storage_, ctx, key, sequence);
        if (!found) return place(std::move(found).error(), "version", key);
        return found;
    }

    Outcome<Entry<State>> rollback(Context const& ctx, KeyView key, VersionId version, Held& held,
                                   CallOptions options) {
        auto found = find_version(storage_, ctx, key, version, false);
        if (!found) return place(std::move(found).error(), "rollback", key);
        RestoringVersioning<Versioning> versioning{engine_.versioning(), version.sequence};
        RestoringSerialization<Serialization> serialization{engine_.serialization(), *found};
        options.write_unchanged = true;
        if (options.attributes == nullptr) options.attributes = &(*found)->attributes;
        // What is decoded as the state that is there is the version already.
        auto again = [&](std::optional<State> restored) -> Result<State> {
            if (restored) return Result<State>(std::in_place, *std::move(restored));
            return engine_.decode(key, *found);
        };
        return engine_.with(versioning, serialization).update(ctx, key, held, options, again);
    }

    Outcome<Pin> pin(Context const& ctx, KeyView key, std::optional<VersionId> version, PinOptions const& options) {
        return pin_version(storage_, ctx, key, version, options);
    }
    Outcome<Pin> renew(Context const& ctx, Pin const& pin) { return renew_pin(storage_, ctx, pin); }
    Outcome<void> unpin(Context const& ctx, Pin const& pin) { return unpin_version(storage_, ctx, pin); }

    Result<std::vector<PinInfo>> pins(Context const& ctx, KeyView key) {
        auto const kept = read_kept(storage_, ctx, key);
        if (!kept) return place(kept.error(), "pins", key);
        return std::vector<PinInfo>(kept->state.pins.begin(), kept->state.pins.end());
    }

    template <class Retention, class Progress>
    Result<Pruned> prune(Context const& ctx, KeyView key, Retention const& retention, PruneOptions const& options,
                         Progress& progress) {
        auto done =
            Pruning<Storage, Progress>(storage_, ctx, key, options, progress).run(retention, engine_.versioning());
        if (!done) return place(std::move(done).error(), "prune", key);
        return done;
    }

    /// Versions first, then what is kept of them, the current record last: a purge that ends early can be repeated.
    Outcome<void> purge(Context const& ctx, KeyView key, Duration grace) {
        auto const fail = [&](Error error) { return place(std::move(error), "purge", key); };
        auto const found = find_purgeable(storage_, ctx, key, grace);
        if (!found) return fail(found.error());
        RecordPtr const& head = found->head;
        if (!head || head->stamp.discipline != Discipline::history)
            return purged(forget(storage_, ctx, key, *found, grace), key);
        NoProgress silent;
        PruneOptions const options{};
        auto const kept = Pruning<Storage, NoProgress>(storage_, ctx, key, options, silent).run_all(head->stamp);
        if (!kept) return fail(kept.error());
        // A record that says what is kept of another life of the key says nothing: it does no harm if it stays.
        if (kept->record)
            (void)storage_.remove(ctx, RecordId(key, Slot::retention), Precondition::matches(kept->record->revision));
        auto done = forget(storage_, ctx, key, *found, grace);
        if (!done && done.error() == Errc::conflict && kept->state.floor > 0) {  // the life of the key goes on
            auto again =
                rekeep(storage_, ctx, key, kept->state.lineage, nullptr, [&](RetentionState& state) -> Result<bool> {
                    bool const higher = kept->state.floor > state.floor;
                    if (higher) state.floor = kept->state.floor;
                    return higher;
                });
            if (!again) return fail(again.error());
        }
        return purged(std::move(done), key);
    }

private:
    Engine<State, Storage, Versioning, Serialization> engine_;
    Storage& storage_;
};

}  // namespace holdfast::detail

#endif
