#ifndef HOLDFAST_DETAIL_PURGE_HPP
#define HOLDFAST_DETAIL_PURGE_HPP

#include <holdfast/core/outcome.hpp>
#include <holdfast/core/settle.hpp>

#include <string>
#include <utility>

namespace holdfast::detail {

/// Whether the age of a record can be told: on one host by the time of day, elsewhere only by the storage's own clock.
template <class S>
concept TellsAge = StoragePolicy<S> && (!S::late_writes || AgingStorage<S>);

/// What is purged: a tombstone that has been one for `grace`. Null: there is nothing at all. Errors: `conflict` (there
/// is a state), `busy` (too young, or locked).
template <TellsAge S>
Result<RecordPtr> find_purgeable(S& storage, Context const& ctx, KeyView key, Duration grace) {
    auto head = storage.read(ctx, RecordId(key));
    if (!head || !*head) return head;
    Stamp const& stamp = (*head)->stamp;
    if (!stamp.tombstone) return Error(Errc::conflict, "the key has a state: remove it first, and purge it later");
    if ((*head)->lease && (*head)->lease->held)
        return Error(Errc::busy, "the key is locked by " + std::string((*head)->lease->holder.view()));
    Duration age{};
    if constexpr (AgingStorage<S>) {
        auto const told = storage.age(ctx, RecordId(key));
        if (!told) return told.error();
        if (!*told) return RecordPtr();  // purged by somebody else since it was read
        age = **told;
    } else {
        Timestamp const now = ctx.env.wall();
        if (now < stamp.when)
            return Error(Errc::busy,
                         "the key was removed in the future by this host's clock; set the clock right, or "
                         "wait");
        auto const since = now - stamp.when;
        age = since > std::chrono::duration_cast<Timestamp::duration>(forever) ? forever : Duration(since);
    }
    if (age < grace) {
        auto const seconds = [](Duration d) {
            return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(d).count()) + " s";
        };
        return Error(Errc::busy, "the key was removed " + seconds(age) + " ago, and is purged after " + seconds(grace) +
                                     ": until then a write that is still under way may need to find the removal");
    }
    return head;
}

/// Removes the tombstone that was read, and nothing else.
template <ConditionalStorage S>
Outcome<void> remove_for_good(S& storage, Context const& ctx, RecordPtr const& head) {
    using Kind = WriteOutcome::Kind;
    RecordId const id(head->key);
    bool in_doubt = false;  // an earlier request may have arrived, or may yet
    Error why(Errc::unknown_outcome);
    for (Backoff backoff = backoff_for<S>(ctx);;) {
        auto const done = storage.remove(ctx, id, Precondition::matches(head->revision));
        if (done && done->kind() == Kind::applied) return {};
        if (!done && !in_doubt) return done.error();
        auto const now = storage.read(ctx, id);
        // Nothing, or a record that was made anew: only a purge leads there, this one or another.
        if (now && (!*now || (*now)->stamp.lineage != head->stamp.lineage)) return {};
        if (now && (*now)->revision != head->revision)
            return Error(Errc::conflict, "somebody wrote the key meanwhile; it was not purged");
        in_doubt = true;  // even a conflict may be the echo of a success that could not be looked at
        if (!done) why = done.error();
        else if (done->kind() == Kind::unknown) why = done->why();
        else if (!now) why = now.error();
        if (backoff.attempts() + 1 < most_sends && backoff.wait()) continue;
        return Outcome<void>(
            std::make_shared<UnknownWrite const>(UnknownWrite{head->key, Slot::current, ctx.env.new_write_id(),
                                                              head->stamp.ids.newest(), head->stamp.lineage}),
            Error(Errc::unknown_outcome,
                  "the key may or may not have been purged (" + why.describe() + "); purge it again"));
    }
}

inline Outcome<void> purged(Outcome<void> done, KeyView key) {
    if (done || done.unknown() != nullptr) return done;
    return Error(done.error()).during("purge").on(to_string(RecordId(key)));
}

/// Forgets a key of which no versions are kept.
template <TellsAge S>
Outcome<void> purge(S& storage, Context const& ctx, KeyView key, Duration grace) {
    auto const head = find_purgeable(storage, ctx, key, grace);
    if (!head) return purged(head.error(), key);
    if (!*head) return {};
    if ((*head)->stamp.discipline == Discipline::history)
        return purged(Error(Errc::incompatible, "versions of the key are kept: purge it in a store with History<>"),
                      key);
    return purged(remove_for_good(storage, ctx, *head), key);
}

}  // namespace holdfast::detail

#endif
