#ifndef HOLDFAST_STATE_STORE_HPP
#define HOLDFAST_STATE_STORE_HPP

#include <holdfast/core/backoff.hpp>
#include <holdfast/core/entry.hpp>
#include <holdfast/core/key_range.hpp>
#include <holdfast/core/locked.hpp>
#include <holdfast/core/options.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/core/settle.hpp>
#include <holdfast/detail/explain.hpp>
#include <holdfast/detail/refuse.hpp>
#include <holdfast/detail/update_function.hpp>
#include <holdfast/fwd.hpp>
#include <holdfast/locking/no_lock.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/versioning/compare_and_swap.hpp>

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
/// functions and of allocation pass through; locks are released.
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

    /// From policy objects, in any order, and `StoreOptions`; what is not given is made by default.
    template <class... Args>
        requires(detail::OneOfThese<std::remove_cvref_t<Args>, Storage, Locking, Versioning, Serialization,
                                    StoreOptions> &&
                 ...)
    explicit BasicStateStore(Args&&... args)
        : storage_(pick<Storage>(std::forward<Args>(args)...)),
          locking_(pick<Locking>(std::forward<Args>(args)...)),
          versioning_(pick<Versioning>(std::forward<Args>(args)...)),
          serialization_(pick<Serialization>(std::forward<Args>(args)...)),
          options_(pick<StoreOptions>(std::forward<Args>(args)...)) {}

    Storage& storage() noexcept { return storage_; }
    Locking& locking() noexcept { return locking_; }

    /// The state of a key, or nothing. Cost: 1 request.
    Result<std::optional<Entry<State>>> get(KeyView key, CallOptions const& options = {}) {
        Context const ctx = context(options);
        auto record = storage_.read(ctx, key);
        if (!record) return place(std::move(record).error(), "get", key);
        if (!*record || (*record)->stamp.tombstone) return Result<std::optional<Entry<State>>>(std::in_place);
        if constexpr (viewed) {
            return Result<std::optional<Entry<State>>>(std::in_place, std::in_place, *std::move(record));
        } else {
            auto value = decode(key, *record);
            if (!value) return place(std::move(value).error(), "get", key);
            return Result<std::optional<Entry<State>>>(std::in_place, std::in_place, *std::move(value),
                                                       *std::move(record));
        }
    }

    /// Reads, lets `fn` decide, and writes if the record is still the one that `fn` saw; otherwise again, until the
    /// time limit. `fn` is `void(State&)` (an absent state begins as `State()`) or `State(std::optional<State>)`; with
    /// a `Result` as its return type it can give up, and then nothing is written. It runs once for every record that it
    /// is shown, and never again while its write may still land. Cost: 2 requests if nobody interferes, +2 a conflict.
    /// Errors: what `fn` returned, `conflict` (time is over), `malformed`, `fenced`, and those of the storage.
    template <detail::UpdateFunction<State> F>
    Outcome<Entry<State>> update(KeyView key, F&& fn, CallOptions const& options = {})
        requires watchful
    {
        Context const ctx = context(options);
        return locked(ctx, key, "update", options,
                      [&](Epoch epoch) { return update_under(ctx, key, epoch, options, fn); });
    }
    HOLDFAST_REFUSE(update(KeyView, auto&&...), watchful,
                    "holdfast: update() could lose updates under LastWriterWins; use put(), or the versioning policy "
                    "CompareAndSwap");

    /// Writes the first state of a key. Errors: `conflict` if there is one. Cost: 1 request; 2 after a removal.
    Outcome<Entry<State>> create(KeyView key, State value, CallOptions const& options = {})
        requires watchful
    {
        Context const ctx = context(options);
        return locked(ctx, key, "create", options,
                      [&](Epoch epoch) { return create_under(ctx, key, epoch, options, std::move(value)); });
    }
    HOLDFAST_REFUSE(create(KeyView, auto&&...), watchful,
                    "holdfast: create() must notice other writers; use put(), or the versioning policy CompareAndSwap");

    /// Replaces exactly the state that was read. Errors: `conflict` if it is another by now. Cost: 1 request.
    Outcome<Entry<State>> replace(Entry<State> const& entry, State value, CallOptions const& options = {})
        requires watchful
    {
        Context const ctx = context(options);
        return locked(ctx, entry.key(), "replace", options,
                      [&](Epoch epoch) { return replace_under(ctx, entry, epoch, options, std::move(value)); });
    }
    HOLDFAST_REFUSE(
        replace(Entry<State> const&, auto&&...), watchful,
        "holdfast: replace() must notice other writers; use put(), or the versioning policy CompareAndSwap");

    /// Removes exactly the state that was read. Errors: `conflict` if it is another by now. Cost: 1 request.
    Outcome<void> remove(Entry<State> const& entry, CallOptions const& options = {})
        requires watchful
    {
        Context const ctx = context(options);
        return locked(ctx, entry.key(), "remove", options,
                      [&](Epoch epoch) { return remove_under(ctx, entry, epoch); });
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
                      [&](Epoch epoch) { return put_under(ctx, key, epoch, options, std::move(value)); });
    }
    HOLDFAST_REFUSE(put(KeyView, auto&&...), (!watchful),
                    "holdfast: put() overwrites what others wrote; use update(), create() or replace(), or the "
                    "versioning policy LastWriterWins");

    /// Removes whatever is there. Cost: 2 requests.
    Outcome<void> remove(KeyView key, CallOptions const& options = {})
        requires(!watchful)
    {
        Context const ctx = context(options);
        return locked(ctx, key, "remove", options, [&](Epoch epoch) { return remove_key_under(ctx, key, epoch); });
    }
    HOLDFAST_REFUSE(
        remove(KeyView, auto&&...), (!watchful),
        "holdfast: remove(key) removes what others wrote; use remove(entry), or the versioning policy LastWriterWins");

    /// The keys that begin with `prefix` as a `KeyRange`, read page by page, in no promised order.
    auto keys(std::string_view prefix = {}, CallOptions const& options = {})
        requires ListableStorage<Storage>
    {
        return KeyRange<Storage>(storage_, context(options), std::string(prefix));
    }
    HOLDFAST_REFUSE(keys(auto&&...), ListableStorage<Storage>,
                    "holdfast: keys() needs a storage that can list its records ('Result<ListPage> list(Context "
                    "const&, ListRequest const&)')");

    using Guard = typename detail::GuardOf<Locking, Storage>::type;

    /// Locks a key, waiting for its holder until the time limit. Errors: `busy`, `already_held`.
    Result<Locked<BasicStateStore, Guard>> lock(KeyView key, CallOptions const& options = {}) {
        auto guard = locking_.acquire(storage_, context(options), key, options.purpose);
        if (!guard) return place(std::move(guard).error(), "lock", key);
        return Result<Locked<BasicStateStore, Guard>>(std::in_place, *this, Key(key), *std::move(guard));
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
        return locking_.inspect(storage_, context(options), key);
    }
    HOLDFAST_REFUSE(holder(KeyView, auto&&...), (InspectableLocking<Locking, Storage>),
                    "holdfast: holder() needs a locking policy that can be inspected; choose MutexLock or FileLock");

    /// Changes several keys together or not at all: reads them, lets `fn(std::span<std::optional<State>>)` change the
    /// states in place (empty: absent, before and after), and writes all in one batch if all are still as read;
    /// otherwise again. `fn` returns nothing, or a `Result<void>` to give up. At least one key; they must differ. Cost:
    /// a read per key, 1 batch.
    template <class F>
        requires std::invocable<F&, std::span<std::optional<State>>>
    Outcome<void> transaction(std::span<KeyView const> keys, F&& fn, CallOptions const& options = {})
        requires batched
    {
        Context const ctx = context(options);
        std::vector<Guard> guards;
        if (auto taken = lock_all(ctx, keys, options, guards); !taken) return std::move(taken).error();
        auto done = transaction_under(ctx, keys, options, guards, fn);
        for (Guard& guard : guards) (void)guard.release(ctx);
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

    /// Asks for the fate of a write whose outcome was unknown, at any later time. Cost: 1 read.
    Result<Fate> resolve(UnknownWrite const& write, CallOptions const& options = {}) {
        Context const ctx = context(options);
        auto const now = storage_.read(ctx, RecordId(write.key, write.slot));
        if (!now) return place(now.error(), "resolve", write.key);
        return decide(write, now->get());
    }

    /// Makes the fate of a write certain if it is still pending: writes the unchanged state once more, so that the
    /// earlier request can never take effect. Cost: 1 read, and 1 write if it was pending.
    Result<Fate> seal(UnknownWrite const& write, CallOptions const& options = {})
        requires watchful
    {
        Context const ctx = context(options);
        RecordId const id(write.key, write.slot);
        auto const now = storage_.read(ctx, id);
        if (!now) return place(now.error(), "seal", write.key);
        Fate const fate = decide(write, now->get());
        if (fate != Fate::pending) return fate;
        // On absence a removed record is put down: a tombstone where a create may still land.
        Change change{.tombstone = !*now || (*now)->stamp.tombstone, .same_content = true};
        if (*now) {
            change.payload = (*now)->payload;
            change.attributes = (*now)->attributes;
        }
        auto const sealed = versioning_.commit(storage_, ctx, id, *now, std::move(change));
        if (!sealed) return place(sealed.error(), "seal", write.key);
        if (sealed->kind == WriteOutcome::Kind::applied) return Fate::never;
        if (sealed->kind == WriteOutcome::Kind::unknown) return Fate::unknown;
        return resolve(write, options);
    }

private:
    template <class, class>
    friend class Locked;

    static constexpr bool viewed =
        std::is_same_v<State, Bytes> && requires { requires Serialization::payload_is_value; };

    template <class T, class... Args>
    static T pick(Args&&... args) {
        if constexpr ((std::same_as<std::remove_cvref_t<Args>, T> || ...)) {
            return pick_first<T>(std::forward<Args>(args)...);
        } else if constexpr (std::default_initializable<T>) {
            return T();
        } else {
            static_assert(
                std::default_initializable<T>,
                "holdfast: this policy must be given to the store's constructor, it cannot be made by default");
        }
    }
    template <class T, class First, class... Rest>
    static T pick_first(First&& first, Rest&&... rest) {
        if constexpr (std::same_as<std::remove_cvref_t<First>, T>) return std::forward<First>(first);
        else return pick_first<T>(std::forward<Rest>(rest)...);
    }

    Context context(CallOptions const& options) const noexcept {
        return Context(*options_.environment, options.timeout ? *options.timeout : options_.timeout, options.stop);
    }

    static Error place(Error error, std::string_view operation, KeyView key) {
        return std::move(error).during(operation).on(to_string(RecordId(key)));
    }

    Result<State> decode(KeyView key, RecordPtr const& record) {
        return serialization_.template decode<State>(CodingContext{key, record->stamp.sequence, nullptr}, record);
    }

    /// The state of a record that was read; nothing if there is none.
    Result<std::optional<State>> decode_if_there(KeyView key, RecordPtr const& record) {
        if (!record || record->stamp.tombstone) return Result<std::optional<State>>(std::in_place);
        auto value = decode(key, record);
        if (!value) return std::move(value).error();
        return Result<std::optional<State>>(std::in_place, *std::move(value));
    }

    /// Bytes are not coded: they become the payload, by a move if they may.
    template <class Value>
    Result<Change> encode(KeyView key, RecordPtr const& base, Value&& value, Epoch epoch, CallOptions const& options) {
        bool const there = base && !base->stamp.tombstone;
        Change change{.epoch = epoch};
        if constexpr (viewed) {
            change.payload = std::forward<Value>(value);
        } else {
            Buffer out(there ? base->payload.size() : 0);
            auto coded = serialization_.encode(
                CodingContext{key, base ? base->stamp.sequence + 1 : 1, there ? base.get() : nullptr}, value, out);
            if (!coded) return std::move(coded).error();
            change.payload = Bytes(std::move(out));
        }
        if (options.attributes != nullptr) change.attributes = *options.attributes;
        else if (there) change.attributes = base->attributes;
        return change;
    }

    /// Runs `body(epoch)` while the key's lock is held. A lock that cannot be released after a write was made ends by
    /// itself; it does not turn success into failure.
    template <class Body>
    auto locked(Context const& ctx, KeyView key, std::string_view operation, CallOptions const& options, Body&& body)
        -> decltype(body(Epoch())) {
        auto guard = locking_.acquire(storage_, ctx, key, options.purpose.empty() ? operation : options.purpose);
        if (!guard) return place(std::move(guard).error(), operation, key);
        auto done = body(guard->epoch());
        (void)guard->release(ctx);
        return done;
    }

    /// Bytes are not held beside the record that holds them.
    static Entry<State> entry(State&& value, RecordPtr record) {
        if constexpr (viewed) return Entry<State>(std::move(record));
        else return Entry<State>(std::move(value), std::move(record));
    }

    static Outcome<Entry<State>> written(Result<Commit>& done, State&& value, std::string_view operation, KeyView key) {
        if (!done) return place(std::move(done).error(), operation, key);
        if (done->kind == WriteOutcome::Kind::applied) return entry(std::move(value), std::move(done->now));
        return not_written<Entry<State>>(*done, operation, key);
    }

    template <class T>
    static Outcome<T> not_written(Commit& done, std::string_view operation, KeyView key) {
        if (done.kind == WriteOutcome::Kind::conflict)
            return place(Error(Errc::conflict, "somebody else wrote first; read again"), operation, key);
        Error const why(Errc::unknown_outcome, "the write may or may not have been made (" + done.why.describe() +
                                                   "); ask later with resolve(), or seal() it");
        return Outcome<T>(std::move(done.write), place(why, operation, key));
    }

    /// The end of attempts that all met others.
    static Error gave_way(Error const& why, Backoff const& backoff, std::string_view operation, KeyView key) {
        return place(Error(why.code() == Errc::cancelled ? Errc::cancelled : Errc::conflict,
                           "others kept writing until " +
                               std::string(why.code() == Errc::cancelled ? "the request to stop" : "the time limit") +
                               "; " + std::to_string(backoff.attempts()) + " attempts were made"),
                     operation, key);
    }

    /// The one loop: read, `draft(base)` makes a `Result<std::pair<Change, State>>`-like draft, conditional write,
    /// again on conflict. `finish(done, draft)` makes the outcome.
    template <class T, class Draft, class Finish>
    Outcome<T> write_until_done(Context ctx, KeyView key, std::string_view operation, Draft&& draft, Finish&& finish) {
        ctx.may_be_stale = true;
        std::optional<RecordPtr> seen;
        for (Backoff backoff = backoff_for<Storage>(ctx);; ctx.may_be_stale = false) {
            auto base = seen ? Result<RecordPtr>(*std::move(seen)) : storage_.read(ctx, key);
            seen.reset();
            if (!base) return place(std::move(base).error(), operation, key);
            auto next = draft(*base);
            if (!next) return place(std::move(next).error(), operation, key);
            auto done = versioning_.commit(storage_, ctx, key, *base, std::move(next->change));
            if (!done) return place(std::move(done).error(), operation, key);
            if (done->kind == WriteOutcome::Kind::applied) return finish(*done, *next);
            if (done->kind == WriteOutcome::Kind::unknown) return not_written<T>(*done, operation, key);
            if (auto more = backoff.wait(); !more) return gave_way(more.error(), backoff, operation, key);
            seen = std::move(done->seen);
        }
    }

    struct Draft {
        Change change;
        std::optional<State> value;
    };

    template <class F>
    Outcome<Entry<State>> update_under(Context const& ctx, KeyView key, Epoch epoch, CallOptions const& options,
                                       F& fn) {
        return write_until_done<Entry<State>>(
            ctx, key, "update",
            [&](RecordPtr const& base) -> Result<Draft> {
                auto current = decode_if_there(key, base);
                if (!current) return std::move(current).error();
                auto next = detail::next_state<State>(fn, *std::move(current));
                if (!next) return std::move(next).error();
                auto change = encode(key, base, *std::move(next), epoch, options);
                if (!change) return std::move(change).error();
                return Draft{*std::move(change), *std::move(next)};
            },
            [](Commit& done, Draft& draft) { return entry(*std::move(draft.value), std::move(done.now)); });
    }

    Outcome<Entry<State>> put_under(Context const& ctx, KeyView key, Epoch epoch, CallOptions const& options,
                                    State value) {
        return write_until_done<Entry<State>>(
            ctx, key, "put",
            [&](RecordPtr const& base) -> Result<Draft> {
                auto change = encode(key, base, value, epoch, options);
                if (!change) return std::move(change).error();
                return Draft{*std::move(change), {}};
            },
            [&](Commit& done, Draft&) { return entry(std::move(value), std::move(done.now)); });
    }

    Outcome<void> remove_key_under(Context const& ctx, KeyView key, Epoch epoch) {
        return write_until_done<void>(
            ctx, key, "remove",
            [&](RecordPtr const&) -> Result<Draft> {
                return Draft{Change{.tombstone = true, .epoch = epoch}, {}};
            },
            [](Commit&, Draft&) { return Outcome<void>(); });
    }

    Outcome<Entry<State>> create_under(Context const& ctx, KeyView key, Epoch epoch, CallOptions const& options,
                                       State value) {
        RecordPtr base;  // most often there is none: look only when the storage says so
        for (Backoff backoff = backoff_for<Storage>(ctx);;) {
            auto change = encode(key, base, value, epoch, options);
            if (!change) return place(std::move(change).error(), "create", key);
            auto done = versioning_.commit(storage_, ctx, key, base, *std::move(change));
            if (!done || done->kind != WriteOutcome::Kind::conflict)
                return written(done, std::move(value), "create", key);
            auto now = done->seen ? Result<RecordPtr>(*std::move(done->seen)) : storage_.read(ctx, key);
            if (!now) return place(std::move(now).error(), "create", key);
            bool const there = *now && !(*now)->stamp.tombstone;
            if (there)
                return place(Error(Errc::conflict, "the key has a state already; update() or replace() it"), "create",
                             key);
            // The first look is no second attempt: that the key was removed is for it to find out.
            if (base || !*now) {
                if (auto more = backoff.wait(); !more) return gave_way(more.error(), backoff, "create", key);
            }
            base = *std::move(now);
        }
    }

    Outcome<Entry<State>> replace_under(Context const& ctx, Entry<State> const& entry, Epoch epoch,
                                        CallOptions const& options, State value) {
        auto change = encode(entry.key(), entry.record(), value, epoch, options);
        if (!change) return place(std::move(change).error(), "replace", entry.key());
        auto done = versioning_.commit(storage_, ctx, entry.key(), entry.record(), *std::move(change));
        return written(done, std::move(value), "replace", entry.key());
    }

    Outcome<void> remove_under(Context const& ctx, Entry<State> const& entry, Epoch epoch) {
        auto done =
            versioning_.commit(storage_, ctx, entry.key(), entry.record(), Change{.tombstone = true, .epoch = epoch});
        if (!done) return place(std::move(done).error(), "remove", entry.key());
        if (done->kind == WriteOutcome::Kind::applied) return {};
        return not_written<void>(*done, "remove", entry.key());
    }

    /// Locks in the order of the keys, so that two transactions cannot wait for each other.
    Result<void> lock_all(Context const& ctx, std::span<KeyView const> keys, CallOptions const& options,
                          std::vector<Guard>& guards) {
        if (keys.empty())
            return Error(Errc::invalid_argument, "a transaction names at least one key").during("transaction");
        std::vector<KeyView> sorted(keys.begin(), keys.end());
        for (std::size_t i = 1; i < sorted.size(); ++i)
            for (std::size_t j = i; j > 0 && sorted[j] < sorted[j - 1]; --j) std::swap(sorted[j], sorted[j - 1]);
        for (std::size_t i = 0; i < sorted.size(); ++i) {
            if (i > 0 && sorted[i] == sorted[i - 1])
                return place(Error(Errc::invalid_argument, "the key is named twice in one transaction"), "transaction",
                             sorted[i]);
            auto guard =
                locking_.acquire(storage_, ctx, sorted[i], options.purpose.empty() ? "transaction" : options.purpose);
            if (!guard) return place(std::move(guard).error(), "transaction", sorted[i]);
            guards.push_back(*std::move(guard));
        }
        return {};
    }

    template <class F>
    Outcome<void> transaction_under(Context const& ctx, std::span<KeyView const> keys, CallOptions const& options,
                                    std::vector<Guard>& guards, F& fn) {
        Epoch epoch = 0;
        for (Guard const& guard : guards) epoch = guard.epoch() > epoch ? guard.epoch() : epoch;
        for (Backoff backoff = backoff_for<Storage>(ctx);;) {
            std::vector<std::optional<State>> states;
            std::vector<BatchChange> changes;
            for (KeyView const key : keys) {
                auto base = storage_.read(ctx, key);
                if (!base) return place(std::move(base).error(), "transaction", key);
                auto state = decode_if_there(key, *base);
                if (!state) return place(std::move(state).error(), "transaction", key);
                states.push_back(*std::move(state));
                changes.push_back({key, *std::move(base), {}, false});
            }
            if constexpr (std::is_void_v<std::invoke_result_t<F&, std::span<std::optional<State>>>>) {
                fn(std::span(states));
            } else {
                Result<void> decided = fn(std::span(states));
                if (!decided) return std::move(decided).error().during("transaction");
            }
            for (std::size_t i = 0; i < keys.size(); ++i) {
                BatchChange& change = changes[i];
                if (states[i]) {
                    auto encoded = encode(keys[i], change.base, *states[i], epoch, options);
                    if (!encoded) return place(std::move(encoded).error(), "transaction", keys[i]);
                    change.change = *std::move(encoded);
                } else {
                    change.only_check = !change.base;
                    change.change = Change{.tombstone = true, .epoch = epoch};
                }
            }
            auto done = versioning_.commit_all(storage_, ctx, std::span(changes));
            if (!done) return std::move(done).error().during("transaction");
            if (done->commit.kind == WriteOutcome::Kind::applied) return {};
            if (done->commit.kind == WriteOutcome::Kind::unknown)
                return not_written<void>(done->commit, "transaction", done->commit.write->key);
            if (auto more = backoff.wait(); !more) return gave_way(more.error(), backoff, "transaction", keys.front());
        }
    }

    [[no_unique_address]] Storage storage_;
    [[no_unique_address]] Locking locking_;
    [[no_unique_address]] Versioning versioning_;
    [[no_unique_address]] Serialization serialization_;
    StoreOptions options_;
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
