#ifndef HOLDFAST_CONCEPTS_VERSIONING_HPP
#define HOLDFAST_CONCEPTS_VERSIONING_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/commit.hpp>
#include <holdfast/fwd.hpp>

namespace holdfast {

/// Decides what is kept when a record is replaced, and whether writers watch each other. A concept of the pair.
///
/// *Minimal complete definition*
/// - `static constexpr Family family = Family::versioning;`
/// - `static constexpr Discipline discipline`: what its records are marked with.
/// - `Result<Commit> commit(S&, Context const&, RecordId const&, RecordPtr const& base, Change)`: replaces `base`.
///
/// *Laws* (`testing::check_versioning` checks them), in every slot
/// - `commits_store_changes`: an applied commit has stored payload and attributes of the change, and nothing of those
///   before.
/// - `commits_return_what_is_stored`: its `now` is the record that is stored, whole and with its revision; null after a
///   physical removal.
/// - `sequences_count_contents`: the first content has sequence 1, each later one the next; removals and writes of the
///   same content (locks, seals) leave it alone.
/// - `contents_are_named`: a content is named by the id of the write that set it, and notes of which one it is the
///   repetition; other writes leave that alone.
/// - `lives_go_on`: the lineage is the id of the first write, for ever; the ring has the ids of the last writes, newest
///   first.
/// - `writers_are_named`: a record bears who wrote it and when, by his own clock; who leaves the content as it is leaves
///   its author, too.
/// - `epochs_never_fall`: an epoch that is later than that of the writer's lock refuses him as `fenced`; whoever writes
///   without one leaves it alone.
/// - `records_bear_their_discipline`: contents are marked with `discipline`, whatever the change says; where only a lock
///   ever was any policy may begin.
/// - `other_disciplines_are_refused`: a base of another discipline, be it a tombstone, is refused as `incompatible` and
///   left alone.
/// - `leases_obey_steps`: the lock in the record is kept, set, or ended as the change says; that others wait outlives it.
/// - `removals_leave_what_goes_on`: a removal leaves a tombstone without payload where an epoch, a history or a late
///   write could need it.
/// - `one_commit_wins`: unless the discipline is `last_writer_wins`, of all commits on one base at most one is applied;
///   who loses changes nothing, and `seen`, if it is there, is what stands there.
/// - `storage_errors_are_passed_on`: a write that the storage refuses by an `Error` makes the commit fail by that code.
/// - `lost_replies_are_unknown`: a write whose fate the storage does not know is unknown; the handle names key, slot, id
///   and base, and what nothing is under way of any more is not sent again.
/// - `outcomes_are_true`: writes get lost, arrive late or twice: none is made twice, and what is said to be a conflict
///   or an error never arrives.
/// - `own_writes_are_recognized`: a write that was made is applied, although its reply was lost, its echo was a
///   conflict, or others have replaced it since.
/// - `joint_commits_are_whole`: `commit_all`, where it is there, makes all changes or none, for the reasons for which one
///   would not be made.
/// - `joint_commits_are_commits`: each of them does what it would do alone, and is returned in its place.
///
/// Over a storage without stamps, instead:
/// - `contents_are_stored`: what a commit leaves is its content and no byte more; attributes, which have no place, are
///   refused.
/// - `first_conflicts_are_conflicts`: a conflict that no lost reply came before is one, whatever stands there.
/// - `failures_are_told`: what the storage refuses is an error of that code; what has no reply is unknown, or applied if
///   that can be seen.
///
/// *Optional*: `static constexpr bool needs_stamps = false`: watches writers by what is stored alone, over storages that
/// keep no stamps. The laws about stamps are then not asked.
///
/// *Models*: `LastWriterWins`, `CompareAndSwap`, `CompareContent`, `History`.
template <class V, class S>
concept VersioningPolicy =
    Policy<V> && V::family == Family::versioning && StoragePolicy<S> &&
    requires(V& v, S& s, Context const& c, RecordId const& id, RecordPtr const& base, Change change) {
        { V::discipline } -> std::convertible_to<Discipline>;
        { v.commit(s, c, id, base, std::move(change)) } -> std::same_as<Result<Commit>>;
    };

/// A versioning policy that keeps what it replaces.
///
/// *Minimal complete definition*: `discipline` is `history`, and
/// - `retention()`, a `RetentionPolicy`: what `prune(key)` keeps.
/// - `bool pin_is_stale(Environment&, WriteId pin, WriteId nonce, Duration ttl)`: whether this pin was seen with this
///   nonce for `ttl` already; says so by its own clock and memory, and may always say no.
///
/// *Laws* (`testing::check_history` checks them)
/// - `replaced_states_are_kept`: what a commit replaces or removes in `Slot::current` is stored as it was, but for its
///   lock, under `Slot::version` and `VersionId{sequence, payload_id}`.
/// - `states_are_kept_before_they_are_replaced`: that is known before the state is replaced, or happens together with it,
///   also if somebody who was stopped has left the version.
/// - `states_that_cannot_be_kept_stay`: while it is not known, the state is not replaced.
/// - `nothing_else_is_kept`: locks, seals, tombstones and other slots leave no versions; a commit that does not take
///   effect stores nothing that was not committed before.
/// - `states_name_the_one_before`: `previous` is the name of the content before, across removals.
/// - `joint_commits_keep_versions`: the same of `commit_all`.
/// - `pins_are_watched`: a pin is stale only if it was seen with one nonce for its time to live, by the monotonic clock.
/// - `retention_is_constant`: `retention()` decides alike each time.
///
/// *Models*: `History`.
template <class V, class S>
concept HistoryVersioning =
    VersioningPolicy<V, S> && V::discipline == Discipline::history &&
    requires(V& v, V const& held, VersionList& versions, Environment& env, WriteId id, Duration ttl) {
        { held.retention().floor(versions) } -> std::same_as<Result<std::uint64_t>>;
        { v.pin_is_stale(env, id, id, ttl) } -> std::convertible_to<bool>;
    };

namespace detail {

/// Writers under `V` notice each other.
template <class V>
concept Watchful = requires { requires V::discipline != Discipline::last_writer_wins; };

/// Watching others takes stamps, unless the policy says that it does without.
template <class V>
concept NeedsStamps = Watchful<V> && !requires { requires !V::needs_stamps; };

/// The refusal of a record that was written under another policy, if it was.
inline Result<void> same_discipline(RecordId const& id, RecordPtr const& base, Discipline ours) {
    if (!base || base->stamp.discipline == ours) return {};
    if (base->stamp.sequence == 0 && base->stamp.tombstone) return {};  // only a lock was ever there
    std::string const theirs(named(base->stamp.discipline).policy);
    return Error(Errc::incompatible, "the record was written under " + theirs + ", this store uses " +
                                         std::string(named(ours).policy) + "; open it with " + theirs +
                                         ", or remove it there first")
        .on(to_string(id));
}

}  // namespace detail

}  // namespace holdfast

#endif
