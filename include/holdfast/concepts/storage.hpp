#ifndef HOLDFAST_CONCEPTS_STORAGE_HPP
#define HOLDFAST_CONCEPTS_STORAGE_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/listing.hpp>
#include <holdfast/core/policy.hpp>
#include <holdfast/core/precondition.hpp>
#include <holdfast/core/record.hpp>
#include <holdfast/core/turn.hpp>
#include <holdfast/core/write_outcome.hpp>
#include <holdfast/fwd.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace holdfast {

/// One element of a batch. A null record removes.
struct Write {
    RecordId id;
    RecordPtr record;
    Precondition when;
};

/// What to read, of several: what the caller has of it is not transferred again.
struct KnownRecord {
    RecordId id;
    RecordPtr known{};
};
/// What to remove, of several.
struct Removal {
    RecordId id;
    Precondition when = Precondition::none();
};

/// A record, and how long ago it was written.
struct Aged {
    RecordPtr record{};             ///< null if there is none
    std::optional<Duration> age{};  ///< none: there is no record, or nobody can tell
};

// The single requirements, so that the concepts and the sentences of `store/explain.hpp` cannot drift apart.
namespace detail {

template <class S>
concept CanRead = requires(S& s, Context const& c, RecordId const& id) {
    { s.read(c, id) } -> std::same_as<Result<RecordPtr>>;
};
template <class S>
concept CanWrite = requires(S& s, Context const& c, RecordId const& id, RecordPtr const& r, Precondition const& when) {
    { s.write(c, id, r, when) } -> std::same_as<Result<WriteOutcome>>;
};
template <class S>
concept CanRemove = requires(S& s, Context const& c, RecordId const& id, Precondition const& when) {
    { s.remove(c, id, when) } -> std::same_as<Result<WriteOutcome>>;
};
template <class S>
concept SaysConditional = requires {
    { S::conditional } -> std::convertible_to<bool>;
};
template <class S>
concept SaysAttributed = requires {
    { S::attributed } -> std::convertible_to<bool>;
};
template <class S>
concept SaysLateWrites = requires {
    { S::late_writes } -> std::convertible_to<bool>;
};

/// Whether removals honour `matches`: what a type does not say it can.
template <class S>
inline constexpr bool can_remove_conditionally = true;
template <class S>
    requires requires { S::conditional_remove; }
inline constexpr bool can_remove_conditionally<S> = S::conditional_remove;

/// Whether a read that may be stale is answered from what was known before.
template <class S>
inline constexpr bool serves_stale = requires { requires S::stale_reads; };

}  // namespace detail

/// Keeps records under ids.
///
/// *Minimal complete definition*
/// - `static constexpr Family family = Family::storage;`
/// - `Result<RecordPtr> read(Context const&, RecordId const&)`: null if there is none. Tombstones are records.
/// - `Result<WriteOutcome> write(Context const&, RecordId const&, RecordPtr const&, Precondition const&)`
/// - `Result<WriteOutcome> remove(Context const&, RecordId const&, Precondition const&)`: removes the bytes; removing
///   what is absent is `applied` under `none` and `absent`, and `conflict` under `matches`.
/// - `static constexpr bool conditional`: honours `absent` and `matches`, atomically.
/// - `static constexpr bool attributed`: keeps stamp, attributes and lease, atomically with the payload, in every slot.
/// - `static constexpr bool late_writes`: a write whose reply was lost may still take effect after later calls. Without
///   them `unknown` means that the storage did what it could, and that a power loss may undo what can be seen, or bring
///   what cannot: it is not sent again, and nothing that is read afterwards decides it.
///
/// *Optional*: `static constexpr bool conditional_remove`, of a storage that honours preconditions: whether removals heed
/// `matches`; without it they do. `bool removes_conditionally() const`: whether this object does, where the type can and
/// what it stands on may not. Where they do not they refuse it (`not_supported`), and remove nothing.
///
/// *Optional*: `static constexpr bool stale_reads`: answers reads that may be stale (`Context::may_be_stale`) by what
/// it knows from before. All other reads see every write that was acknowledged before they began.
///
/// *Laws*, each by the name under which `testing::check_storage` reports it
/// - `reads_see_writes`: a read that begins after `applied` sees that write, byte for byte, or one that replaced it; it
///   carries the revision that the write returned. What is not there is null. Who hurries sees the same, or an `Error`.
/// - `payloads_are_whole`: a payload of up to 64 KiB is stored and read whole; a larger one is, or is refused by an
///   `Error` and changes nothing.
/// - `removals_remove`: what was removed is absent and can be written again; a removal may be repeated.
/// - `keys_are_apart`: different keys are different records, however much they look alike, and are read as they were
///   written; a key that cannot be kept is refused.
/// - `records_never_change`: a record that was read never changes.
/// - `readers_see_whole_records`: a reader beside a writer sees a record of one write, and never an older one than he,
///   or whoever told him, has seen. (Length and checksum of what is stored are verified.)
/// - `neighbours_are_left_alone`: writes of other keys and slots at the same time do not touch a record.
/// - `errors_change_nothing`: an `Error` from `write` or `remove` means: known not applied, also where the caller has no
///   time left or asks to stop. What may have arrived is `WriteOutcome::unknown`. Neither is a conflict.
/// - `only_what_may_be_stale_is`: a read that may be stale sees something that was there; without `stale_reads`, and in
///   every other read, it is what is there now.
/// - `calls_are_those_of_a_map`: any sequence of calls has the outcomes, and leaves the records, that a map would.
///
/// And between handles of one storage, opened beside each other or one after the other (`testing::check_handles`)
/// - `handles_share_records`: what one wrote or removed is so for every other, under the same revision, whichever call
///   asks. They have one lock directory.
/// - `handles_compete`: of writes, removals or batches on one base by several handles exactly one is applied.
/// - `handles_notice_each_other`: a write or a removal by one wakes who waits by another. (Of watchable storages.)
/// - `records_outlive_handles`: what was written is there, whole, and what was removed is not, when all were closed and one
///   is opened; no revision is used again.
///
/// *Models*: `MemoryStorage`, `FileStorage`, `SqliteStorage`, `ObjectStorage`, `OneOf`, and every layer.
///
/// Thread safety: every member may be called from any thread at any time.
template <class S>
concept StoragePolicy =
    Policy<S> && S::family == Family::storage && detail::CanRead<S> && detail::CanWrite<S> && detail::CanRemove<S> &&
    detail::SaysConditional<S> && detail::SaysAttributed<S> && detail::SaysLateWrites<S>;

/// A storage that honours preconditions. What compare-and-swap, leases and history need.
///
/// *Laws*
/// - `writes_heed_conditions`: a write takes effect if and only if its precondition holds. `absent` demands that there
///   is no record; `matches` that there is one of exactly this revision. What other slots have is no matter. Where it does
///   not hold the outcome is a conflict, and no `Error`.
/// - `removals_heed_conditions`: the same of removals. What is absent is removed under `none` and `absent`, and is a
///   conflict under `matches`.
/// - `revisions_name_one_write`: a revision identifies one write, for ever: not when the same bytes are stored again,
///   and not when the record was removed. (Where stamps are kept; elsewhere equal content may be one revision.)
/// - `repeats_take_effect_once`: the same id, record and precondition may be given again, at once or much later: it
///   takes effect at most once, as long as the record was not removed. `applied` the second time is no less than
///   `applied` the first time, under the same revision; the other answer is a conflict. (Where stamps are kept.)
/// - `one_write_wins`: of several writes on one base exactly one is applied, and what is left is what it wrote. None undoes
///   a write without a precondition that was made meanwhile.
/// - `removals_compete`: a removal is a rival of writes and of other removals like any write.
template <class S>
concept ConditionalStorage = StoragePolicy<S> && static_cast<bool>(S::conditional);

/// A storage that keeps stamps. Exact foreign layouts have no place for them.
///
/// *Laws*
/// - `records_are_kept`: every member of `Record`, `Stamp` and `Lease` is read as it was written, over its whole range,
///   in every slot, whichever call wrote it, and nothing is left of the record before.
/// - `attributes_are_whole`: 16 KiB of attributes are stored; more is kept whole or refused.
/// - `slots_are_apart`: the slots and versions of a key are different records.
/// - `slots_are_no_keys`: no slot of a key is the state of another key.
/// - `tombstones_are_records`: a tombstone is read, replaced and removed like any record, and `absent` does not hold on
///   it. (Of conditional storages.)
template <class S>
concept AttributedStorage = StoragePolicy<S> && static_cast<bool>(S::attributed);

/// A storage that can say which records it has.
///
/// *Laws*; order is not promised, and memory is bounded by the page
/// - `every_key_is_listed_once`: a listing has every key that has a record once, by pages of any size, and ends; also where
///   the caller hurries, or else by an `Error`. What was removed is not unreadable.
/// - `pages_are_bounded`: a page has at most `limit` records and errors; 0 is 1.
/// - `prefixes_are_bytes`: a prefix is compared byte by byte, and a whole key is that key only; an empty prefix is every
///   key.
/// - `listings_go_on_behind_removals`: what was listed may be removed before the next page is asked for.
/// - `cursors_can_be_used_again`: a page may be asked for again, by another size, and by another thread.
/// - `tombstones_are_not_listed`: tombstones are left out of `Slot::current`; what replaced one is not.
/// - `every_slot_is_listed`: every slot is listed by itself, versions with their ids, tombstones of all slots but
///   `Slot::current` among them. (Of attributed storages.)
/// - `listings_bear_writers`: a key that exists during the whole listing is listed once, whoever writes meanwhile.
///
/// One entry that is damaged or not ours does not end the listing: it is passed over, or named in
/// `ListPage::unreadable` if it may be a record. (No law can check it: how to damage one is the storage's own.)
template <class S>
concept ListableStorage = StoragePolicy<S> && requires(S& s, Context const& c, ListRequest const& request) {
    { s.list(c, request) } -> std::same_as<Result<ListPage>>;
};

/// A storage that applies several writes all together or not at all. A batch, not a session: no code of the user runs
/// inside, and it passes layers like any other call.
///
/// *Laws*; a batch names each record once
/// - `batches_are_whole`: a batch takes effect as a whole or not at all, also where the caller hurries. It may remove, and
///   only check, and name several slots of a key; one of nothing is applied.
/// - `batches_heed_conditions`: one precondition that does not hold, in any slot, is enough that nothing is written: it is a
///   conflict. Preconditions and revisions are those of single writes.
/// - `batches_take_effect_once`: a batch that is given again, at once or later, takes effect once.
/// - `batches_are_seen_whole`: whoever has read one record as a batch wrote it reads the others no older.
/// - `batches_compete`: batches are rivals of writes, removals and other batches like any write.
/// - `crossed_absences_exclude_each_other`: of two batches that each demand the absence of what the other creates one is
///   applied: between the look at the conditions and the writes nobody else writes.
template <class S>
concept TransactionalStorage =
    ConditionalStorage<S> && requires(S& s, Context const& c, std::span<Write const> writes) {
        { s.write_all(c, writes) } -> std::same_as<Result<WriteOutcome>>;
    };

/// A storage that can say cheaply that a record is still the one that the caller has.
///
/// `reread(context, id, known)` is `read` for somebody who has `known`, a record that this storage gave for this id (or
/// null: then it is `read`).
///
/// *Laws*
/// - `rereads_are_reads`: what it returns is equal to what `read` would.
/// - `rereads_return_what_is_known`: if the stored record still has the revision of `known`, it returns `known` itself:
///   the same object.
///
/// The point is the cost: an unchanged payload is neither transferred nor copied. Bytes that were damaged where they
/// are stored, under an unchanged revision, need not be noticed, since the caller has them whole.
///
/// *Models*: `FileStorage`, `SqliteStorage`, `ObjectStorage`, `OneOf`, `testing::LateStorage`, and every layer over one.
template <class S>
concept RevalidatingStorage =
    StoragePolicy<S> && requires(S& s, Context const& c, RecordId const& id, RecordPtr const& known) {
        { s.reread(c, id, known) } -> std::same_as<Result<RecordPtr>>;
    };

/// A storage that can tell when a record changes, so that nobody has to ask again and again.
///
/// `wait_for_change(context, id, since)` returns when the record no longer has the revision `since` (empty: when it is
/// no longer absent).
///
/// *Laws*
/// - `waits_end`: false at the end of the context's time limit and not before; `cancelled` within about 20 ms of a
///   request to stop. It does not return true for ever while nothing changes.
/// - `changes_are_noticed`: true when it changed, or may have, by whichever call, to everybody who waits; who was woken
///   reads again. A change that was made before the call is noticed, too: between the caller's read and this call nothing
///   is lost.
///
/// *Models*: `FileStorage`, `SqliteStorage`, `OneOf`, and every layer over one. For the others the store asks.
template <class S>
concept WatchableStorage =
    StoragePolicy<S> && requires(S& s, Context const& c, RecordId const& id, Revision const& since) {
        { s.wait_for_change(c, id, since) } -> std::same_as<Result<bool>>;
    };

/// A storage that can say how long ago a record was written, by its own clock alone, in the request that reads it.
///
/// `read_aged(context, id)` is `read`, and says the age of what it read: no value if there is no record. One whose writes
/// do not arrive late may say none of any record, if it has no such clock (`OneOf` does, of such a storage).
///
/// *Laws*
/// - `ages_are_true`: the record is what `read` would give, and its age never more than the time since the write that made
///   it took effect, whichever call made it and whatever time it says itself, and never negative. Other slots are no
///   matter.
///
/// *Models*: `ObjectStorage`, `OneOf` of such and of storages without late writes, and every layer over one.
template <class S>
concept AgingStorage = StoragePolicy<S> && requires(S& s, Context const& c, RecordId const& id) {
    { s.read_aged(c, id) } -> std::same_as<Result<Aged>>;
};

/// A storage that does many things at once.
///
/// - `std::vector<Result<RecordPtr>> read_many(Context const&, std::span<KnownRecord const>)`
/// - `std::vector<Result<WriteOutcome>> remove_many(Context const&, std::span<Removal const>)`
/// - `std::size_t at_once() const`: how many of them it does beside each other; 0 is 1
///
/// *Laws*
/// - `many_reads_are_reads`: each result is that of `reread` (`read`, of a record that is not known), in the order of the
///   requests; one that fails leaves the others as they are.
/// - `many_removals_are_removals`: each outcome is that of a single removal. They are not one step.
///
/// *Models*: `ObjectStorage` over a `BulkObjectStore`, `OneOf`, and every layer over one. Elsewhere the store asks one by
/// one.
template <class S>
concept BulkStorage = StoragePolicy<S> && requires(S& s, S const& fixed, Context const& c,
                                                   std::span<KnownRecord const> reads, std::span<Removal const> removals) {
    { s.read_many(c, reads) } -> std::same_as<std::vector<Result<RecordPtr>>>;
    { s.remove_many(c, removals) } -> std::same_as<std::vector<Result<WriteOutcome>>>;
    { fixed.at_once() } -> std::same_as<std::size_t>;
};

/// A storage where the writers of a record can queue, so that one who is slow between his read and his write is not
/// outrun for ever by quick ones.
///
/// `turn(context, id, always)` waits for the caller's turn and gives it to him until the `Turn` ends. Without `always`
/// he gets an empty one at once if nobody has or awaits a turn of this record.
///
/// *Laws*
/// - `turns_are_courtesy`: nobody needs a turn to read or write, and whatever becomes of turns, preconditions hold. Who
///   only looks gets none where nobody is.
/// - `turns_are_in_order`: those who wait get their turns one after the other, in order of arrival.
/// - `waits_for_turns_end`: waiting ends with the context's time limit and its request to stop, by an error. Any error
///   means only: no turn, and nobody waits for who gave up. Who asks again, or looks, while he has a turn of this record
///   gets an empty one at once, or an error.
///
/// Who cannot go on any more (killed, stopped) does not keep the others for ever. Turns of different records may be one.
/// Who wants several takes them in the order of the keys, or, of a storage whose batches need another order, by ascending
/// `turn_rank(id)` (`RankedTurnStorage`).
///
/// Cost without `always` if nobody is there: a look, at most one system call, no request and no allocation.
///
/// *Models*: `MemoryStorage`, `FileStorage`, `SqliteStorage`, `OneOf`, and every layer over one.
template <class S>
concept TurnTakingStorage = StoragePolicy<S> && requires(S& s, Context const& c, RecordId const& id, bool always) {
    { s.turn(c, id, always) } -> std::same_as<Result<Turn>>;
};

/// Where several turns are taken from the lowest rank on, those of one rank in the order of the keys.
///
/// *Laws*
/// - `ranks_are_an_order`: the rank of a record is always the same, and below a million; records of different ranks have
///   different turns.
///
/// *Models*: `SqliteStorage`, `OneOf` of such, and every layer over one.
template <class S>
concept RankedTurnStorage = TurnTakingStorage<S> && requires(S const& s, RecordId const& id) {
    { s.turn_rank(id) } -> std::same_as<std::size_t>;
};

/// A storage from which what is left of removed keys can be removed for good: the age of a record can be told.
///
/// Elsewhere a record that carries an epoch is there for ever, and what is under way to it meets it.
template <class S>
concept PurgeableStorage = ConditionalStorage<S> && AttributedStorage<S> && detail::can_remove_conditionally<S> &&
                           (!S::late_writes || AgingStorage<S>);

namespace detail {

/// The same of a storage: by its type, and by what it stands on.
template <StoragePolicy S>
bool removes_conditionally(S const& storage) {
    if constexpr (AnswersOfRemovals<S>)
        return can_remove_conditionally<S> && storage.removes_conditionally();
    else
        return can_remove_conditionally<S>;
}

}  // namespace detail

/// A storage that lives in a directory of this host, beside which lock files can be kept.
///
/// `lock_directory()` gives a directory that exists, holds no records, and is the same for every process that uses the
/// same storage; it stays open as long as anybody has it. Errors: as of opening it.
///
/// *Laws*
/// - `lock_directories_are_one`: it is the same at every question, and what is kept there stays, whatever becomes of
///   records, and is none.
///
/// `LockDirectory::open(path)` opens one (`posix/lock_directory.hpp`); a storage keeps it and hands out copies.
template <class S>
concept HostStorage = StoragePolicy<S> && requires(S const& s) {
    { s.lock_directory() } -> std::same_as<Result<LockDirectory>>;
};

}  // namespace holdfast

#endif
