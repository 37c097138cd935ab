#ifndef HOLDFAST_CONCEPTS_STORAGE_HPP
#define HOLDFAST_CONCEPTS_STORAGE_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/listing.hpp>
#include <holdfast/core/policy.hpp>
#include <holdfast/core/precondition.hpp>
#include <holdfast/core/turn.hpp>
#include <holdfast/core/write_outcome.hpp>

#include <optional>
#include <span>
#include <string>

namespace holdfast {

class LockDirectory;

/// One element of a batch. A null record removes.
struct Write {
    RecordId id;
    RecordPtr record;
    Precondition when;
};

// The single requirements, so that the concepts and the sentences of `detail/explain.hpp` cannot drift apart.
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
/// *Optional*: `static constexpr bool stale_reads`: answers reads that may be stale (`Context::may_be_stale`) by what
/// it knows from before. All other reads see every write that was acknowledged before they began.
///
/// *Laws* (`testing/laws.hpp` checks them)
/// - An `Error` from `write` or `remove` means: known not applied. What may have arrived is `WriteOutcome::unknown`.
/// - A read that begins after `applied` sees that write or one that replaced it.
/// - A revision identifies one write, for ever. The record that `read` returns carries it.
/// - The same id, record and precondition may be given again: it takes effect at most once (conditional storages), as
///   long as the record was not removed. `applied` the second time is no less than `applied` the first time.
/// - A record that was read never changes. A reader sees a whole record: length and checksum are verified.
///
/// *Models*: `MemoryStorage`, `FileStorage`, `SqliteStorage`, `OneOf`, and every layer.
///
/// Thread safety: every member may be called from any thread at any time.
template <class S>
concept StoragePolicy =
    Policy<S> && S::family == Family::storage && detail::CanRead<S> && detail::CanWrite<S> && detail::CanRemove<S> &&
    detail::SaysConditional<S> && detail::SaysAttributed<S> && detail::SaysLateWrites<S>;

/// A storage that honours preconditions. What compare-and-swap, leases and history need.
template <class S>
concept ConditionalStorage = StoragePolicy<S> && static_cast<bool>(S::conditional);

/// A storage that keeps stamps. Exact foreign layouts have no place for them.
template <class S>
concept AttributedStorage = StoragePolicy<S> && static_cast<bool>(S::attributed);

/// A storage that can say which records it has.
///
/// *Law*: a key that exists during the whole listing is listed once; order is not promised; tombstones are left out of
/// `Slot::current`. Memory is bounded by the page. One entry that is damaged or not ours does not end the listing: it
/// is passed over, or named in `ListPage::unreadable` if it may be a record.
template <class S>
concept ListableStorage = StoragePolicy<S> && requires(S& s, Context const& c, ListRequest const& request) {
    { s.list(c, request) } -> std::same_as<Result<ListPage>>;
};

/// A storage that applies several writes all together or not at all. A batch, not a session: no code of the user runs
/// inside, and it passes layers like any other call.
///
/// *Law*: whoever has read one record as a batch wrote it reads the others no older; and between the look at the
/// conditions and the writes nobody else writes.
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
/// - What it returns is equal to what `read` would.
/// - If the stored record still has the revision of `known`, it returns `known` itself: the same object.
///
/// The point is the cost: an unchanged payload is neither transferred nor copied. Bytes that were damaged where they
/// are stored, under an unchanged revision, need not be noticed, since the caller has them whole.
///
/// *Models*: `FileStorage`, `SqliteStorage`, `OneOf`, `testing::LateStorage`, and every layer over one.
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
/// - True: it changed, or may have; who was woken reads again. False: the context's time limit is over.
/// - A change that was made before the call is noticed, too: between the caller's read and this call nothing is lost.
/// - It does not return true for ever while nothing changes.
/// - A request to stop ends it within about 20 ms: `cancelled`.
///
/// *Models*: `FileStorage`, `SqliteStorage`, `OneOf`, and every layer over one. For the others the store asks.
template <class S>
concept WatchableStorage =
    StoragePolicy<S> && requires(S& s, Context const& c, RecordId const& id, Revision const& since) {
        { s.wait_for_change(c, id, since) } -> std::same_as<Result<bool>>;
    };

/// A storage that can say how long ago a record was written, by its own clock alone: no value if there is no record.
///
/// *Law*: `age(context, id)` is never more than the time since the last write of that record took effect.
template <class S>
concept AgingStorage = StoragePolicy<S> && requires(S& s, Context const& c, RecordId const& id) {
    { s.age(c, id) } -> std::same_as<Result<std::optional<Duration>>>;
};

/// A storage where the writers of a record can queue, so that one who is slow between his read and his write is not
/// outrun for ever by quick ones.
///
/// `turn(context, id, always)` waits for the caller's turn and gives it to him until the `Turn` ends. Without `always`
/// he gets an empty one at once if nobody has or awaits a turn of this record.
///
/// *Laws*
/// - It is courtesy: nobody needs a turn to read or write, and whatever becomes of turns, preconditions hold.
/// - Those who wait get their turns one after the other, in order of arrival. Who cannot go on any more (killed,
///   stopped) does not keep the others for ever.
/// - Who asks again while he has a turn of this record gets an empty one at once, or an error; he is not kept waiting.
/// - Waiting ends with the context's time limit and its request to stop, by an error. Any error means only: no turn.
/// - Turns of different records may be one. Who wants several takes them in the order of the keys, or, of a storage
///   whose batches need another order, by ascending `turn_rank(id)` (`RankedTurnStorage`).
///
/// Cost without `always` if nobody is there: a look, at most one system call, no request and no allocation.
///
/// *Models*: `MemoryStorage`, `FileStorage`, `SqliteStorage`, `OneOf`, and every layer over one.
template <class S>
concept TurnTakingStorage = StoragePolicy<S> && requires(S& s, Context const& c, RecordId const& id, bool always) {
    { s.turn(c, id, always) } -> std::same_as<Result<Turn>>;
};

/// Where several turns are taken from the lowest rank on, those of one rank in the order of the keys. Ranks are small.
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
concept PurgeableStorage = ConditionalStorage<S> && AttributedStorage<S> && (!S::late_writes || AgingStorage<S>);

/// A storage that lives in a directory of this host, beside which lock files can be kept.
///
/// `lock_directory()` gives a directory that exists, holds no records, and is the same for every process that uses the
/// same storage; it stays open as long as anybody has it. Errors: as of opening it.
///
/// `LockDirectory::open(path)` opens one (`storage/lock_directory.hpp`); a storage keeps it and hands out copies.
template <class S>
concept HostStorage = StoragePolicy<S> && requires(S const& s) {
    { s.lock_directory() } -> std::same_as<Result<LockDirectory>>;
};

}  // namespace holdfast

#endif
