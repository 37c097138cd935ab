#ifndef HOLDFAST_STATE_STORE_HPP
#define HOLDFAST_STATE_STORE_HPP

#include <holdfast/concepts/retention.hpp>
#include <holdfast/core/entry.hpp>
#include <holdfast/core/note.hpp>
#include <holdfast/core/options.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/core/refuse.hpp>
#include <holdfast/core/undisturbed.hpp>
#include <holdfast/fwd.hpp>
#include <holdfast/locking/no_lock.hpp>
#include <holdfast/protocol/purge.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/store/engine.hpp>
#include <holdfast/store/explain.hpp>
#include <holdfast/store/kept_options.hpp>
#include <holdfast/store/key_range.hpp>
#include <holdfast/store/lock_all.hpp>
#include <holdfast/store/locked.hpp>
#include <holdfast/store/pick.hpp>
#include <holdfast/store/update_function.hpp>
#include <holdfast/store/wait_for_entry.hpp>
#include <holdfast/versioning/compare_and_swap.hpp>
#include <holdfast/versioning/history/pin.hpp>
#include <holdfast/versioning/history/version_info.hpp>

#include <initializer_list>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace holdfast {

/// States of one type under keys, by four policies. Name it `StateStore<State, Policies...>`.
///
/// Absence is a value: `get` of a key that was never written is an empty optional, not an error.
/// Every write is conditional on the record that it was decided on (unless the policy is `LastWriterWins`), and its
/// outcome is applied, known not applied, or a handle to ask later; see `Outcome`.
/// Where a locking policy is named, every write takes the key's lock; while a `lock()` is held, write through it.
///
/// Thread safety: every member may be called from any thread at any time. Exceptions: only those of the user's own
/// functions and of allocation pass through; locks are released. A store that was moved from refuses every operation,
/// as every store refuses keys, entries, pins and locks that were moved from (`invalid_argument`).
template <class State, class Storage, class Locking, class Versioning, class Serialization>
class BasicStateStore {
    // Whatever it answers: its sentences have been said by then, and one is enough.
    static_assert(detail::explain_store<State, Storage, Locking, Versioning, Serialization>() || true);

public:
    using state_type = State;
    using storage_type = Storage;
    using locking_type = Locking;
    using versioning_type = Versioning;
    using serialization_type = Serialization;
    using entry_type = Entry<State>;

    /// Writers notice each other, so that states can be updated; otherwise they can only be put.
    static constexpr bool watchful = detail::Watchful<Versioning>;
    /// Several keys can be changed together.
    static constexpr bool batched =
        watchful && TransactionalStorage<Storage> &&
        requires(Versioning& v, Storage& s, Context const& c, std::span<BatchChange> changes) {
            { v.commit_all(s, c, changes) } -> std::same_as<Result<BatchCommit>>;
        };

    /// Versions are kept.
    static constexpr bool historic = HistoryVersioning<Versioning, Storage>;
    /// What is left of removed keys can be removed.
    static constexpr bool purgeable = PurgeableStorage<Storage> && (!historic || ListableStorage<Storage>);

    /// From policy objects, in any order, and `StoreOptions`; what is not given is made by default.
    template <class... Args>
        requires(detail::OneOfThese<std::remove_cvref_t<Args>, Storage, Locking, Versioning, Serialization,
                                    StoreOptions> &&
                 ...)
    explicit BasicStateStore(Args&&... args)
        : storage_(detail::pick<Storage>(std::forward<Args>(args)...)),
          locking_(detail::pick<Locking>(std::forward<Args>(args)...)),
          versioning_(detail::pick<Versioning>(std::forward<Args>(args)...)),
          serialization_(detail::pick<Serialization>(std::forward<Args>(args)...)),
          options_(detail::pick<StoreOptions>(std::forward<Args>(args)...)) {}

    Storage& storage() noexcept { return storage_; }
    Locking& locking() noexcept { return locking_; }
    Serialization& serialization() noexcept { return serialization_; }

    /// The state of a key, or nothing. Cost: 1 request.
    Result<std::optional<Entry<State>>> get(KeyView key, CallOptions const& options = {}) {
        return about(key, "get", [&] { return unlocked().get(context(options), key); });
    }

    /// Reads, lets `fn` decide, and writes if the record is still the one that `fn` saw; otherwise again, until the
    /// time limit. `fn` is `void(State&)` (an absent state begins as `State()`) or `State(std::optional<State>)`; with
    /// a `Result` as its return type it can give up, and then nothing is written. It runs once for every record that it
    /// is shown, and never again while its write may still land. A state that `fn` leaves as it was is not written
    /// (unless `CallOptions::write_unchanged`). Cost: 2 requests if nobody interferes, +2 a conflict; 1 if nothing
    /// changed. Errors: what `fn` returned, `conflict` (time is over), `malformed`, `lost`, `fenced`,
    /// `store_violates_conditions` (conflicts although nobody else wrote), and those of the lock and the storage.
    template <detail::UpdateFunction<State> F>
    Outcome<Entry<State>> update(KeyView key, F&& fn, CallOptions const& options = {})
        requires watchful
    {
        Context const ctx = context(options);
        return locked(ctx, key, "update", options,
                      [&](Tenure& held) { return unlocked().update(ctx, key, held, options, fn); });
    }
    HOLDFAST_REFUSE(update(KeyView, auto&&...), watchful,
                    "holdfast: update() could lose updates under LastWriterWins; use put(), or the versioning policy "
                    "CompareAndSwap");
    HOLDFAST_REFUSE(update(KeyView, detail::NoUpdateFunction<State> auto&&, CallOptions const& = {}), (!watchful),
                    HOLDFAST_UPDATE_FUNCTIONS);

    /// Writes the first state of a key. Errors: `conflict` if there is one. Cost: 1 request; 2 after a removal.
    Outcome<Entry<State>> create(KeyView key, State value, CallOptions const& options = {})
        requires watchful
    {
        Context const ctx = context(options);
        return locked(ctx, key, "create", options,
                      [&](Tenure& held) { return unlocked().create(ctx, key, held, options, std::move(value)); });
    }
    HOLDFAST_REFUSE(create(KeyView, auto&&...), watchful,
                    "holdfast: create() must notice other writers; use put(), or the versioning policy CompareAndSwap");
    HOLDFAST_REFUSE(create(KeyView, detail::LosesValue<State> auto, CallOptions const& = {}), (!watchful),
                    HOLDFAST_LOSES_VALUE);

    /// Replaces exactly the state that was read. Errors: `conflict` if it is another by now. Cost: 1 request.
    Outcome<Entry<State>> replace(Entry<State> const& entry, State value, CallOptions const& options = {})
        requires watchful
    {
        Context const ctx = context(options);
        return locked(ctx, entry.key(), "replace", options,
                      [&](Tenure& held) { return unlocked().replace(ctx, entry, held, options, std::move(value)); });
    }
    HOLDFAST_REFUSE(
        replace(Entry<State> const&, auto&&...), watchful,
        "holdfast: replace() must notice other writers; use put(), or the versioning policy CompareAndSwap");
    HOLDFAST_REFUSE(replace(Entry<State> const&, detail::LosesValue<State> auto, CallOptions const& = {}), (!watchful),
                    HOLDFAST_LOSES_VALUE);

    /// Removes exactly the state that was read. Errors: `conflict` if it is another by now. Cost: 1 request.
    Outcome<void> remove(Entry<State> const& entry, CallOptions const& options = {})
        requires watchful
    {
        Context const ctx = context(options);
        return locked(ctx, entry.key(), "remove", options,
                      [&](Tenure& held) { return unlocked().remove(ctx, entry, held); });
    }
    HOLDFAST_REFUSE(
        remove(Entry<State> const&, auto&&...), watchful,
        "holdfast: remove(entry) must notice other writers; use remove(key), or the versioning policy CompareAndSwap");

    /// Writes whatever is there. Cost: 2 requests.
    Outcome<Entry<State>> put(KeyView key, State value, CallOptions const& options = {})
        requires(!watchful)
    {
        Context const ctx = context(options);
        return locked(ctx, key, "put", options,
                      [&](Tenure& held) { return unlocked().put(ctx, key, held, options, std::move(value)); });
    }
    HOLDFAST_REFUSE(put(KeyView, auto&&...), (!watchful),
                    "holdfast: put() overwrites what others wrote; use update(), create() or replace(), or the "
                    "versioning policy LastWriterWins");
    HOLDFAST_REFUSE(put(KeyView, detail::LosesValue<State> auto, CallOptions const& = {}), watchful,
                    HOLDFAST_LOSES_VALUE);

    /// Removes whatever is there. Cost: 2 requests.
    Outcome<void> remove(KeyView key, CallOptions const& options = {})
        requires(!watchful)
    {
        Context const ctx = context(options);
        return locked(ctx, key, "remove", options, [&](Tenure& held) { return unlocked().remove_key(ctx, key, held); });
    }
    HOLDFAST_REFUSE(
        remove(KeyView, auto&&...), (!watchful),
        "holdfast: remove(key) removes what others wrote; use remove(entry), or the versioning policy LastWriterWins");

    /// The keys that begin with `prefix` as a `KeyRange`, read page by page, in no promised order.
    auto keys(std::string_view prefix = {}, CallOptions const& options = {})
        requires ListableStorage<Storage>
    {
        KeyRange<Storage> range(storage_, context(options), std::string(prefix));
        if (!options_) range.refuse(detail::moved_store().during("keys"));
        return range;
    }
    HOLDFAST_REFUSE(keys(auto&&...), ListableStorage<Storage>,
                    "holdfast: keys() needs a storage that can list its records ('Result<ListPage> list(Context "
                    "const&, ListRequest const&)')");

    /// The versions of a key, the newest first, page by page; see `HistoryPage`. One that is damaged or missing is
    /// shown as such, and does not hide those before it (if the storage can list; else it is the last). Cost: 2
    /// requests, and 1 for each version that is shown but the current one, however many there are.
    Result<HistoryPage> history(KeyView key, HistoryQuery const& query = {}, CallOptions const& options = {})
        requires historic
    {
        return about(key, "history", [&] { return versions().history(context(options), key, query); });
    }
    HOLDFAST_REFUSE(history(KeyView, auto&&...), historic,
                    "holdfast: history() needs a versioning policy that keeps versions; choose History<>");

    /// A version of a key. Errors: `not_found` (pruned, or there never was one), `malformed`. Cost: 2 requests; 3 if it
    /// is the current one.
    template <std::same_as<VersionId> V>
    Result<Entry<State>> get(KeyView key, V version, CallOptions const& options = {})
        requires historic
    {
        return about(key, "get", [&] { return versions().get(context(options), key, version, false); });
    }
    HOLDFAST_REFUSE(get(KeyView, std::same_as<VersionId> auto, auto&&...), historic,
                    "holdfast: get(key, version) needs a versioning policy that keeps versions; choose History<>");

    /// The version that a pin holds, always the same while newer ones come. Errors: `not_found` if it was not renewed
    /// in time. Cost: 1 request; 2 while it is the current one.
    Result<Entry<State>> get(Pin const& pin, CallOptions const& options = {})
        requires historic
    {
        return about(pin.key(), "get",
                     [&] { return versions().get(context(options), pin.key(), pin.version(), true); });
    }

    /// The full name of the version with a sequence. Errors: `not_found`. Cost: 1 request if it is the current
    /// one; else 1 more, and 1 per 1000 versions (where the storage cannot list: per version that is newer).
    Result<VersionId> version(KeyView key, std::uint64_t sequence, CallOptions const& options = {})
        requires historic
    {
        return about(key, "version", [&] { return versions().version(context(options), key, sequence); });
    }
    HOLDFAST_REFUSE(version(KeyView, auto&&...), historic,
                    "holdfast: version() needs a versioning policy that keeps versions; choose History<>");

    /// Makes the state of a version, with its attributes unless others are given, the state of the key once more, as
    /// the newest version: nothing is taken back. Brings back a removed key; writes even if nothing changes. Errors:
    /// those of `get(key, version)` and `update`. Cost: that of reading the version, and of an `update`.
    Outcome<Entry<State>> rollback(KeyView key, VersionId version, CallOptions const& options = {})
        requires historic
    {
        Context const ctx = context(options);
        return locked(ctx, key, "rollback", options,
                      [&](Tenure& held) { return versions().rollback(ctx, key, version, held, options); });
    }
    HOLDFAST_REFUSE(rollback(KeyView, auto&&...), historic,
                    "holdfast: rollback() needs a versioning policy that keeps versions; choose History<>");

    /// Pins the current state of a key: no prune deletes it until `unpin`, or until it was not renewed for its time to
    /// live. Errors: `not_found` if there is none, `too_large` beyond 1000 pins of a key. Cost: 3 requests.
    Outcome<Pin> pin(KeyView key, PinOptions const& pinning = {}, CallOptions const& options = {})
        requires historic
    {
        return about(key, "pin", [&] { return versions().pin(context(options), key, std::nullopt, pinning); });
    }
    /// Pins a version. Errors: `not_found` if it was pruned. Cost: 3 requests; 4 if it is the current one.
    template <std::same_as<VersionId> V>
    Outcome<Pin> pin(KeyView key, V version, PinOptions const& pinning = {}, CallOptions const& options = {})
        requires historic
    {
        return about(key, "pin", [&] { return versions().pin(context(options), key, version, pinning); });
    }
    HOLDFAST_REFUSE(pin(KeyView, auto&&...), historic,
                    "holdfast: pin() needs a versioning policy that keeps versions; choose History<>");

    /// Says that a pin is still wanted; go on with the pin that is returned. Errors: `lost` if it was dropped or
    /// unpinned. Cost: 1 request, 2 more if others changed the pins of the key; 2 with a pin that was parsed.
    Outcome<Pin> renew(Pin const& pin, CallOptions const& options = {})
        requires historic
    {
        return about(pin.key(), "renew", [&] { return versions().renew(context(options), pin); });
    }
    /// Lets go of a version. No error if it was let go already. Cost: as `renew`.
    Outcome<void> unpin(Pin const& pin, CallOptions const& options = {})
        requires historic
    {
        return about(pin.key(), "unpin", [&] { return versions().unpin(context(options), pin); });
    }
    /// Who holds which versions of a key. Cost: 1 request.
    Result<std::vector<PinInfo>> pins(KeyView key, CallOptions const& options = {})
        requires historic
    {
        return about(key, "pins", [&] { return versions().pins(context(options), key); });
    }

    /// Deletes the versions of a key that are neither kept by `retention` nor pinned: `prune("k", KeepLast<10>())`.
    /// Never the current state. Nothing else ever deletes a version. Pins whose holders did not renew them for their
    /// time to live are dropped. How long that is, and how old a version is for `KeepFor`, is what this and earlier
    /// prunes have watched, each on its own monotonic clock, and is noted with what is kept: prunes may be processes
    /// that come and go, as cron's are. What passes between two of them counts if they are made in a row on one machine
    /// since its start. No time of day decides (but see `PruneOptions::trust_clocks`).
    ///
    /// Safe at any moment, also by several at once. What a crash leaves, and what a writer that was stalled puts back,
    /// does not count as existing, and the next prune deletes it. Cost: 3 requests (2 if nothing is to be noted), a
    /// listing of the key's versions (24 bytes of memory each), 1 per deleted version (where the storage writes
    /// batches: 1 per 100), and those of the retention policy. `progress(deleted, all)` is called now and then.
    template <RetentionPolicy R, std::invocable<std::size_t, std::size_t> Progress = detail::NoProgress>
    Result<Pruned> prune(KeyView key, R const& retention, PruneOptions const& pruning = {},
                         CallOptions const& options = {}, Progress progress = {})
        requires(historic && ListableStorage<Storage>)
    {
        return about(key, "prune",
                     [&] { return versions().prune(context(options), key, retention, pruning, progress); });
    }
    /// The same by the retention of the store's `History<Retention>`.
    Result<Pruned> prune(KeyView key, CallOptions const& options = {})
        requires(historic && ListableStorage<Storage>)
    {
        detail::NoProgress progress;
        return about(key, "prune", [&] {
            return versions().prune(context(options), key, versioning_.retention(), PruneOptions(), progress);
        });
    }
    HOLDFAST_REFUSE(prune(KeyView, auto&&...), (historic && ListableStorage<Storage>),
                    "holdfast: prune() needs a versioning policy that keeps versions (History<>) and a storage that "
                    "can list its records");

    /// Forgets a removed key for good: its versions, what is kept of them, the record of the removal, which otherwise
    /// stays to tell late writes and former holders of a lock that their time is over, and that of its lock. What the
    /// epochs of its locks had come to is noted, for all keys in one record: they go on from there, and former holders
    /// stay out. The key must have been removed for `grace`, which must be longer than any operation or request may
    /// live. Where writes can be late the storage's own clock says so. Elsewhere no time of day is believed: the first
    /// call begins to watch the removal, later ones, also of other processes, add what passed since the call before if
    /// that was made on the same machine since its start, and the one that finds `grace` over purges; a `grace` of zero
    /// purges at once. A key that is not there is no error.
    ///
    /// Errors: `conflict` (there is a state, or somebody wrote meanwhile), `busy` (too young, locked, pinned). Cost: 3
    /// requests, 1 more if the removal was watched, 1 to 3 more if the key was ever locked by leases; with history
    /// those of a prune of all versions, and 3. An outcome that is unknown: purge again.
    Outcome<void> purge(KeyView key, Duration grace = std::chrono::hours(24), CallOptions const& options = {})
        requires purgeable
    {
        Context const ctx = context(options);
        // A lock that lives in the key's records is looked for there; to take it would be a write of them.
        auto const purged = [&]() -> Outcome<void> {
            if constexpr (historic) return versions().purge(ctx, key, grace);
            else return detail::purge(storage_, ctx, key, grace);
        };
        if constexpr (TenuredGuard<Guard> && InspectableLocking<Locking, Storage>) {
            auto const holder = locking_.inspect(storage_, ctx, key);
            if (!holder) return detail::place(holder.error(), "purge", key);
            if (*holder)
                return detail::place(Error(Errc::busy, "the key is locked by " + std::string((*holder)->who.view())),
                                     "purge", key);
        }
        if constexpr (TenuredGuard<Guard>) return about(key, "purge", purged);
        else return locked(ctx, key, "purge", options, [&](Tenure&) { return purged(); });
    }
    HOLDFAST_REFUSE(
        purge(KeyView, auto&&...), purgeable,
        "holdfast: purge() needs a storage with preconditions and stamps that can tell how old a record is: "
        "one without late writes, or with 'Result<std::optional<Duration>> age(Context const&, RecordId "
        "const&)' by its own clock; with History<> one that can list its records, too");

    /// Waits until the state of a key is another than `since` (empty: until there is one), and returns it; empty if it
    /// was removed. Locks do not count as changes. What was replaced before it was seen is passed over. Errors:
    /// `timed_out`, `cancelled`. Cost: where the storage can watch a record (`WatchableStorage`) a wake-up and a read
    /// per change; elsewhere a read in pauses of up to a second.
    Result<std::optional<Entry<State>>> wait_for_change(KeyView key, std::optional<Entry<State>> const& since,
                                                        CallOptions const& options = {}) {
        return about(since ? since->key() : key, "wait_for_change", [&] {
            Context const ctx = context(options);
            return unlocked().entry_of(key, "wait_for_change",
                                       detail::wait_for_content(storage_, ctx, key, since ? since->record() : nullptr));
        });
    }

    using Guard = typename detail::GuardOf<Locking, Storage>::type;

    /// Locks a key, waiting for its holder until the time limit. Errors: `busy`, `already_held`.
    Result<Locked<BasicStateStore, Guard>> lock(KeyView key, CallOptions const& options = {}) {
        using R = Result<Locked<BasicStateStore, Guard>>;
        return about(key, "lock", [&]() -> R {
            auto guard = locking_.acquire(storage_, context(options), key, options.purpose);
            if (!guard) return detail::place(std::move(guard).error(), "lock", key);
            return R(std::in_place, *this, Key(key), *std::move(guard));
        });
    }

    /// Locks a key if nobody holds it.
    Result<std::optional<Locked<BasicStateStore, Guard>>> try_lock(KeyView key, CallOptions options = {}) {
        using R = Result<std::optional<Locked<BasicStateStore, Guard>>>;
        options.timeout = Duration::zero();
        auto held = lock(key, options);
        if (held) return R(std::in_place, *std::move(held));
        if (held.error() == Errc::busy) return R(std::in_place);
        return std::move(held).error();
    }

    /// Who holds a key's lock, if anybody.
    Result<std::optional<LockInfo>> holder(KeyView key, CallOptions const& options = {})
        requires InspectableLocking<Locking, Storage>
    {
        return about(key, "holder", [&] { return locking_.inspect(storage_, context(options), key); });
    }
    HOLDFAST_REFUSE(holder(KeyView, auto&&...), (InspectableLocking<Locking, Storage>),
                    "holdfast: holder() needs a locking policy that can be inspected; choose MutexLock, FileLock or "
                    "LeaseLock");

    /// Ends the lease that `holder(key)` showed, whoever has it. What its holder writes afterwards is refused as
    /// `fenced`. Errors: `lost` if it is another lease by now, or none. Cost: 1 read, 1 write.
    Result<void> force_unlock(KeyView key, WriteId lease, CallOptions const& options = {})
        requires BreakableLocking<Locking, Storage>
    {
        return about(key, "force_unlock", [&]() -> Result<void> {
            auto broken = locking_.force_unlock(storage_, context(options), key, lease);
            if (!broken) return detail::place(std::move(broken).error(), "force_unlock", key);
            return {};
        });
    }
    HOLDFAST_REFUSE(force_unlock(KeyView, auto&&...), (BreakableLocking<Locking, Storage>),
                    "holdfast: force_unlock() needs leases; choose LeaseLock (the system frees the other locks when "
                    "their holder dies)");

    /// Changes several keys together or not at all: reads them, lets `fn(std::span<std::optional<State>>)` change the
    /// states in place (empty: absent, before and after), and writes all in one batch if all are still as read;
    /// otherwise again. `fn` returns nothing, or a `Result<void>` to give up. At least one key; they must differ. Cost:
    /// a read per key, 1 batch.
    template <class F>
        requires std::invocable<F&, std::span<std::optional<State>>>
    Outcome<void> transaction(std::span<KeyView const> keys, F&& fn, CallOptions const& options = {})
        requires batched
    {
        for (KeyView const key : keys)
            if (!usable(key)) return unusable("transaction");
        Context const ctx = context(options);
        std::vector<Guard> guards;
        if (auto taken = detail::lock_all(locking_, storage_, ctx, keys, options.purpose, guards); !taken)
            return std::move(taken).error();
        std::vector<Tenure> without(keys.size());
        std::vector<Tenure*> held;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            auto entered = detail::enter(guards[i], ctx, without[i]);
            if (!entered) return detail::place(std::move(entered).error(), "transaction", keys[i]);
            held.push_back(*entered);
            held.back()->ending = true;
        }
        auto done = unlocked().transaction(ctx, keys, held, options, fn);
        for (std::size_t i = 0; i < keys.size(); ++i) end_lock(ctx, keys[i], guards[i]);
        return done;
    }
    template <class F>
        requires std::invocable<F&, std::span<std::optional<State>>>
    Outcome<void> transaction(std::initializer_list<KeyView> keys, F&& fn, CallOptions const& options = {})
        requires batched
    {
        return transaction(std::span<KeyView const>(keys.begin(), keys.size()), fn, options);
    }
    HOLDFAST_REFUSE(transaction(std::span<KeyView const>, auto&&...), batched,
                    "holdfast: transaction() needs a storage that writes batches and CompareAndSwap; choose "
                    "SqliteStorage or MemoryStorage");
    HOLDFAST_REFUSE(transaction(std::initializer_list<KeyView>, auto&&...), batched,
                    "holdfast: transaction() needs a storage that writes batches and CompareAndSwap; choose "
                    "SqliteStorage or MemoryStorage");

    /// Asks for the fate of a write whose outcome was unknown, at any later time. It only reads: on a storage without
    /// late writes (files, SQLite) that proves nothing about a sync that failed, so that a write that can be seen is
    /// `unknown` there, not `applied`. Cost: 1 read.
    Result<Fate> resolve(UnknownWrite const& write, CallOptions const& options = {}) {
        return about(write.key, "resolve", [&] { return unlocked().resolve(context(options), write); });
    }

    /// Makes the fate of a write certain: writes the unchanged state once more, so that an earlier request that is
    /// still pending can never take effect, and what can be seen of one whose sync failed is durable (`applied`). If
    /// there is no state a removed one is written, which `purge` forgets. `unknown`: it is not there, and will not come
    /// back (others may have removed it), or the seal itself could not be made for certain: seal again. Cost: 1 read,
    /// and 1 write if it was pending or the storage has no late writes.
    Result<Fate> seal(UnknownWrite const& write, CallOptions const& options = {})
        requires watchful
    {
        return about(write.key, "seal", [&] { return unlocked().seal(context(options), write); });
    }

private:
    template <class, class>
    friend class Locked;

    using Unlocked = detail::UnlockedStore<State, Storage, Versioning, Serialization>;

    auto versions() noexcept {
        return detail::HistoryStore<State, Storage, Versioning, Serialization>(storage_, versioning_, serialization_);
    }
    Unlocked unlocked() noexcept { return Unlocked(storage_, versioning_, serialization_); }

    Context context(CallOptions const& options) const noexcept {
        Environment& env = options_ ? *options_->environment : Environment::system();
        return Context(env, options.timeout ? *options.timeout : options_->timeout, options.stop);
    }

    bool usable(KeyView key) const noexcept { return options_ && !key.empty(); }
    [[gnu::cold, gnu::noinline]] Error unusable(std::string_view operation) const {
        return (options_ ? detail::no_key() : detail::moved_store()).during(operation);
    }

    /// Runs `body()` unless there is nothing to run it on.
    template <class Body>
    auto about(KeyView key, std::string_view operation, Body&& body) -> decltype(body()) {
        if (!usable(key)) [[unlikely]]
            return unusable(operation);
        return body();
    }

    /// Runs `body(held)` while the key's lock is held. A lock that cannot be released after a write was made ends by
    /// itself; it does not turn success into failure.
    template <class Body>
    auto locked(Context const& ctx, KeyView key, std::string_view operation, CallOptions const& options, Body&& body)
        -> decltype(body(std::declval<Tenure&>())) {
        if (!usable(key)) [[unlikely]]
            return unusable(operation);
        auto guard = locking_.acquire(storage_, ctx, key, options.purpose.empty() ? operation : options.purpose);
        if (!guard) return detail::place(std::move(guard).error(), operation, key);
        Tenure without;
        auto held = detail::enter(*guard, ctx, without);
        if (!held) return detail::place(std::move(held).error(), operation, key);
        (*held)->ending = true;
        auto done = body(**held);
        end_lock(ctx, key, *guard);
        return done;
    }

    /// Ends a lock. That it failed, be it for want of memory, does not undo what was written; it is for observers.
    void end_lock(Context const& ctx, KeyView key, Guard& guard) noexcept {
        detail::undisturbed([&] {
            if (auto done = guard.release(ctx); !done)
                detail::note_to(storage_, StoreNote{StoreNote::Kind::lock_not_released, ctx, key, done.error()});
        });
    }

    [[no_unique_address]] Storage storage_;
    [[no_unique_address]] Locking locking_;
    [[no_unique_address]] Versioning versioning_;
    [[no_unique_address]] Serialization serialization_;
    detail::KeptOptions options_;
};

namespace detail {

/// Sorts the policies into their places and fills in the defaults. A faulty list has been refused with a sentence; it
/// goes on without what is too much, so that nothing is said after that.
template <class State, bool /*explained*/, class... P>
struct Compose {
    using type = BasicStateStore<State, typename Select<Family::storage, MemoryStorage, P...>::type,
                                 typename Select<Family::locking, NoLock, P...>::type,
                                 typename Select<Family::versioning, CompareAndSwap, P...>::type,
                                 typename Select<Family::serialization, Json, P...>::type>;
};

}  // namespace detail

/// A store of `State` by the given policies, in any order; defaults: `MemoryStorage`, `NoLock`, `CompareAndSwap`,
/// `Json` (whose header must be included). Two spellings of one composition are one type. What cannot hold is refused
/// with a sentence. A function that takes any store of a state is constrained with `StateStoreOf<State>`.
template <class State, class... Policies>
using StateStore = typename detail::Compose<State, detail::explain_list<Policies...>(), Policies...>::type;

/// Any store of `State`, for functions that do not care how it is kept: `void report(StateStoreOf<Progress> auto&
/// store)`.
template <class S, class State>
concept StateStoreOf = requires(std::remove_cvref_t<S>& s) {
    []<class A, class B, class C, class D>(BasicStateStore<State, A, B, C, D>&) {}(s);
};

}  // namespace holdfast

#endif
