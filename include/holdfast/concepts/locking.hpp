#ifndef HOLDFAST_CONCEPTS_LOCKING_HPP
#define HOLDFAST_CONCEPTS_LOCKING_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/holding.hpp>
#include <holdfast/core/tenure.hpp>

#include <optional>
#include <string_view>

namespace holdfast {

/// Who holds a lock, for people.
struct LockInfo {
    Writer who;           ///< `user@host:pid`
    std::string purpose;  ///< what the holder said it is doing
    Timestamp since{};    ///< by the holder's clock

    // Of leases only:
    WriteId id{};         ///< names this lease: what `force_unlock` asks for
    Epoch epoch = 0;      ///< the holder's fencing token
    Duration ttl{};       ///< it ends when it is not renewed for this long
    Timestamp renewed{};  ///< by the holder's clock
};

/// A lock that is held. Destroying it releases it; `release` does so and can say that it failed.
///
/// *Minimal complete definition*: movable, and
/// - `epoch()`: 0 = this lock gives order, but does not fence.
/// - `confirm(ctx)`: whether it still holds its lock. The store asks before each write, and writes nothing without.
///   Errors: `lost` (released, moved from, its holder dead or forked, its file gone), `fenced` (somebody else took it
///   over); those of a storage or service that could not be asked.
/// - `reliable_until()`: until when, on the monotonic clock of the environment, the holder may rely on it without
///   asking. `Instant::max()` of locks that end with their holder, `Instant::min()` once it is not held any more.
/// - `renew(ctx)`: extends a lock that expires, and asks whoever decides about it: a success proves that it was held
///   at some moment of the call, and that nobody else was handed it before. Errors: as `confirm`.
/// - `release(ctx)`.
///
/// A member of the type `Holding` answers `confirm` and `reliable_until` for locks that end with their process.
/// *Laws*: after `release` succeeded, and after the destructor, somebody else can acquire. A guard that was released or
/// moved from, and the copy of one in a child that was forked, confirm nothing (`lost`), are reliable until
/// `Instant::min()`, and release nothing. A guard may be handed to another thread, and works there.
template <class G>
concept LockGuard = std::movable<G> && requires(G& g, G const& held, Context const& c) {
    { held.epoch() } -> std::same_as<Epoch>;
    { held.reliable_until() } -> std::same_as<Instant>;
    { g.confirm(c) } -> std::same_as<Result<void>>;
    { g.renew(c) } -> std::same_as<Result<void>>;
    { g.release(c) } -> std::same_as<Result<void>>;
};

/// A guard that has more to tell its writes than an epoch, and to be told by them.
///
/// `enter(ctx)` is asked before an operation and gives the guard's `Tenure`, or says why nothing may be written any
/// more: `lost`, `fenced`.
template <class G>
concept TenuredGuard = LockGuard<G> && requires(G& g, Context const& c) {
    { g.enter(c) } -> std::same_as<Result<Tenure*>>;
};

/// Decides who may write a key, over a storage. A concept of the pair: a lock that lives in the storage needs one that
/// can carry it.
///
/// *Minimal complete definition*: `static constexpr Family family = Family::locking;` and
/// `Result<Guard> acquire(S&, Context const&, KeyView, std::string_view purpose)`.
/// *Laws*: while a guard of a key lives, no other is handed out, to any thread or process that the lock speaks for.
/// Waiting ends with the context's time limit as `busy`; a context without patience tries once. A holder that acquires
/// again gets `already_held` at once. Guards of different keys do not wait for each other.
/// *Models*: `NoLock`, `MutexLock`, `FileLock`, `LeaseLock`.
template <class L, class S>
concept LockingPolicy = Policy<L> && L::family == Family::locking && StoragePolicy<S> &&
                        requires(L& l, S& s, Context const& c, KeyView k, std::string_view purpose) {
                            requires LockGuard<typename decltype(l.acquire(s, c, k, purpose))::value_type>;
                        };

/// A lock whose holder can be looked up, also by another process. No value: nobody holds it.
template <class L, class S>
concept InspectableLocking = LockingPolicy<L, S> && requires(L& l, S& s, Context const& c, KeyView k) {
    { l.inspect(s, c, k) } -> std::same_as<Result<std::optional<LockInfo>>>;
};

/// A lock that can be taken from its holder by force, exactly the one that was looked up before.
template <class L, class S>
concept BreakableLocking = InspectableLocking<L, S> && requires(L& l, S& s, Context const& c, KeyView k, WriteId id) {
    { l.force_unlock(s, c, k, id) } -> std::same_as<Result<void>>;
};

}  // namespace holdfast

#endif
