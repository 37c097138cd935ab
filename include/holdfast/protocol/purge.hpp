#ifndef HOLDFAST_PROTOCOL_PURGE_HPP
#define HOLDFAST_PROTOCOL_PURGE_HPP

#include <holdfast/core/outcome.hpp>
#include <holdfast/protocol/attempts.hpp>
#include <holdfast/protocol/epoch_floor.hpp>
#include <holdfast/protocol/removal_note.hpp>
#include <holdfast/protocol/settle.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// What is left of a key.
struct Purgeable {
    RecordPtr head{};  ///< a tombstone, or null
    std::optional<Duration> age{};  ///< of the head, where the storage can tell
    RecordPtr lock{};  ///< the record of a lock of its own, which nobody holds, or null
    std::optional<Duration> lock_age{};
};

inline Error held_by_somebody(Lease const& lease) {
    return Error(Errc::busy, "the key is locked by " + std::string(lease.holder.view()) +
                                 ": wait until that is released, or end it by force if its holder is gone");
}

inline Error too_young(Duration age, Duration grace, std::string_view hint = {}) {
    auto const seconds = [](Duration d) {
        return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(d).count()) + " s";
    };
    return Error(Errc::busy, "the key was removed " + seconds(age) + " ago, and is purged after " + seconds(grace) +
                                 ": until then a write that is still under way may need to find the removal" +
                                 std::string(hint));
}

/// Whether a removal is old enough: by the storage's own clock, or where it has none by how long it was watched.
/// Errors: `busy`.
template <PurgeableStorage S>
Result<void> old_enough(S& storage, Context const& ctx, Purgeable const& found, Duration grace) {
    if (grace <= Duration::zero()) return {};
    if (S::late_writes && found.age) return *found.age < grace ? Result<void>(too_young(*found.age, grace)) : Result<void>();
    auto note = RemovalNote::of(found.head->stamp.ids.newest(), found.lock ? found.lock->payload.view() : "");
    note.watched.look(ctx.env);
    if (note.watched.elapsed >= grace) return {};
    // Whoever writes there first has noted it as well, or has locked the key.
    Change change{.payload = note.text(), .same_content = true};
    auto const noted = settle(storage, ctx, RecordId(found.head->key, Slot::lock), found.lock, std::move(change));
    if (!noted) return noted.error();
    return too_young(note.watched.elapsed, grace,
                     " (no time of day is believed: counted is what passed between calls of purge on this machine since "
                     "its start; purge again)");
}

/// A record, with its age where the storage can tell it, in one request.
template <StoragePolicy S>
Result<Aged> read_aged(S& storage, Context const& ctx, RecordId const& id) {
    if constexpr (AgingStorage<S>) return storage.read_aged(ctx, id);
    auto record = storage.read(ctx, id);
    return record ? Result<Aged>(Aged{*std::move(record)}) : Result<Aged>(std::move(record).error());
}

/// What is to be purged: a tombstone that has been one for `grace`, and nobody's lock. Errors: `conflict` (there is a
/// state), `busy` (too young, or locked).
template <PurgeableStorage S>
Result<Purgeable> find_purgeable(S& storage, Context const& ctx, KeyView key, Duration grace) {
    if (!removes_conditionally(storage))  // before anything is removed
        return Error(Errc::not_supported,
                     "what the storage stands on cannot remove what is of one revision, and would remove what others write "
                     "meanwhile: the removed key stays, hidden; nothing was removed");
    Purgeable found;
    for (Slot const slot : {Slot::current, Slot::lock}) {
        auto now = read_aged(storage, ctx, RecordId(key, slot));
        if (!now) return std::move(now).error();
        if (now->record && now->record->lease && now->record->lease->held) return held_by_somebody(*now->record->lease);
        (slot == Slot::lock ? found.lock : found.head) = std::move(now->record);
        (slot == Slot::lock ? found.lock_age : found.age) = now->age;
    }
    if (!found.head) return found;
    if (!found.head->stamp.tombstone)
        return Error(Errc::conflict, "the key has a state: remove it first, and purge it later");
    if (auto old = old_enough(storage, ctx, found, grace); !old) return std::move(old).error();
    return found;
}

inline Outcome<void> perhaps_purged(Context const& ctx, KeyView key, Stamp const& head, Error const& why,
                                    bool at_rest) {
    WriteId const base = head.ids.newest();
    UnknownWrite removal{Key(key), Slot::current, ctx.env.new_write_id(), base, head.lineage, at_rest, true};
    return Outcome<void>(std::make_shared<UnknownWrite const>(std::move(removal)),
                         Error::because(Errc::unknown_outcome, "the key may or may not have been purged", why,
                                        "; purge it again"));
}

/// There is nothing to purge: makes sure that it stays so, where the sync of a removal may have failed.
template <ConditionalStorage S>
Outcome<void> stay_absent(S& storage, Context const& ctx, KeyView key) {
    if constexpr (!S::late_writes) {
        auto const done = storage.remove(ctx, RecordId(key), Precondition::absent());
        if (!done) return done.error();
        if (done->kind() == WriteOutcome::Kind::unknown) return perhaps_purged(ctx, key, Stamp(), done->why(), true);
    }
    return {};
}

/// Removes the tombstone that was read, and nothing else.
template <ConditionalStorage S>
Outcome<void> remove_for_good(S& storage, Context const& ctx, RecordPtr const& head) {
    using Kind = WriteOutcome::Kind;
    RecordId const id(head->key);
    Contradictions contradictions;
    bool in_doubt = false;  // an earlier request may have arrived, or may yet
    Error why(Errc::unknown_outcome);
    for (Backoff backoff = backoff_for<S>(ctx);;) {
        auto const done = storage.remove(ctx, id, Precondition::matches(head->revision));
        if (done && done->kind() == Kind::applied) return {};
        if (!done && !in_doubt) return done.error();
        bool const at_rest = done && done->kind() == Kind::unknown && done->template is_at_rest<S>();
        if (at_rest) return perhaps_purged(ctx, head->key, head->stamp, done->why(), true);
        auto const now = storage.read(ctx, id);
        // Nothing, or a record that was made anew: only a purge leads there, this one or another.
        if (now && !*now) return stay_absent(storage, ctx, head->key);
        if (now && (*now)->stamp.lineage != head->stamp.lineage) return {};
        if (now && (*now)->revision != head->revision)
            return Error(Errc::conflict, "somebody wrote the key meanwhile; it was not purged");
        // Where nothing arrives late a conflict over what is there unchanged is a contradiction; elsewhere even a
        // conflict may be the echo of a success that could not be looked at.
        bool const refused = now && done && done->kind() == Kind::conflict && done->template is_at_rest<S>();
        if (refused && !in_doubt)
            if (auto may = contradictions.judge(true, false); !may) return std::move(may).error().on(to_string(id));
        in_doubt = in_doubt || !refused;
        if (!done) why = done.error();
        else if (done->kind() == Kind::unknown) why = done->why();
        else if (!now) why = now.error();
        if (backoff.attempts() + 1 < most_sends && backoff.wait()) continue;
        return perhaps_purged(ctx, head->key, head->stamp, why, false);
    }
}

inline Outcome<void> purged(Outcome<void> done, KeyView key) {
    if (done || done.unknown() != nullptr) return done;
    return Error(done.error()).during("purge").on(to_string(RecordId(key)));
}

/// Removes what was found, and nothing else. First the epochs are noted that go with it, so that those of the key go on
/// from there; last goes the record of its lock, unless somebody has locked the key meanwhile. Where a copy of a
/// request may arrive late that is as old as the removal must be; a younger one is left to a later purge.
template <PurgeableStorage S>
Outcome<void> forget(S& storage, Context const& ctx, KeyView key, Purgeable const& found, Duration grace) {
    Epoch last = found.head ? found.head->stamp.epoch : 0;
    if (found.lock && found.lock->stamp.epoch > last) last = found.lock->stamp.epoch;
    if (last != 0) {
        if (auto noted = raise_epoch_floor(storage, ctx, last); !noted) return std::move(noted).error();
    }
    auto done = found.head ? remove_for_good(storage, ctx, found.head) : stay_absent(storage, ctx, key);
    if (!done) return done;
    if (!found.lock || key == epoch_floor_key) return {};
    RecordId const lock(key, Slot::lock);
    // Of what cannot tell ages nothing arrives late.
    bool const late = S::late_writes && (found.age || found.lock_age);
    if (late && (!found.lock_age || *found.lock_age < grace)) return {};
    (void)storage.remove(ctx, lock, Precondition::matches(found.lock->revision));
    return {};
}

/// Forgets a key of which no versions are kept.
template <PurgeableStorage S>
Outcome<void> purge(S& storage, Context const& ctx, KeyView key, Duration grace) {
    auto const found = find_purgeable(storage, ctx, key, grace);
    if (!found) return purged(found.error(), key);
    if (found->head && found->head->stamp.discipline == Discipline::history)
        return purged(Error(Errc::incompatible, "versions of the key are kept: purge it in a store with History<>"),
                      key);
    return purged(forget(storage, ctx, key, *found, grace), key);
}

}  // namespace holdfast::detail

#endif
