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
///
/// *Optional*: `static constexpr bool excludes = false`: it keeps nobody away (`NoLock`), so that its holder queues for
/// a turn. Then what the laws say of others who acquire, and of children, is not asked for.
///
/// *Laws* (`testing/laws.hpp` checks them)
/// - `guards_hold_until_they_end`: a guard confirms, renews, and is reliable for some time, no shorter after a renewal.
/// - `ends_free_the_lock`: after `release` succeeded, after the destructor, and after another guard was assigned,
///   somebody else can acquire at once. To release what holds nothing is nothing.
/// - `ended_guards_hold_nothing`: a guard that was released or moved from confirms and renews nothing (`lost`) and is
///   reliable until `Instant::min()`.
/// - `ended_guards_release_nothing`: the release and the end of such a guard leave alone who holds the lock by then.
/// - `forked_guards_hold_nothing`: the copy of a guard in a child that was forked confirms nothing (`lost`), is
///   reliable until `Instant::min()`, and neither writes nor releases anything.
/// - `guards_can_be_handed_over`: a guard may be handed to another thread, and works there; who handed it over is no
///   holder any more.
/// - `epochs_rise`: the epoch is 0 of every holder, or above that of every earlier one and of the state, over the whole
///   range of its type; a renewal leaves it.
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
///
/// *Law*
/// - `tenures_are_of_their_guards`: a tenure has the epoch of its guard, and knows the state that is stored or none; if its
///   lease lives there, it is in the record, and the one that `inspect` shows; a guard that was released or moved from has no tenure (`lost`).
template <class G>
concept TenuredGuard = LockGuard<G> && requires(G& g, Context const& c) {
    { g.enter(c) } -> std::same_as<Result<Tenure*>>;
};

/// Decides who may write a key, over a storage. A concept of the pair: a lock that lives in the storage needs one that
/// can carry it.
///
/// *Minimal complete definition*: `static constexpr Family family = Family::locking;` and
/// `Result<Guard> acquire(S&, Context const&, KeyView, std::string_view purpose)`.
/// *Laws*
/// - `locks_exclude`: while a guard of a key lives no other is handed out, to any thread or process that the lock
///   speaks for, by the lock or a copy of it: `busy`.
/// - `keys_are_locked_apart`: guards of different keys do not wait for each other, and end one by one.
/// - `waiting_ends`: waiting lasts until the lock is free, or until the context's time limit, as `busy`, or until a
///   request to stop, as `cancelled`; a context without patience tries once.
/// - `holders_are_told`: a holder that acquires again gets `already_held` at once, and holds as before. The holder is
///   the thread that last acquired, moved or used the guard; one that has ended holds nothing, and the next thread is
///   another one even if it has its `std::thread::id`, which is given anew (a number of one's own in a `thread_local` is
///   not).
/// - `who_gave_up_holds_nothing`: who has given up waiting is not handed the lock later, and may try again.
/// - `threads_exclude_each_other`: several who want the lock all get it, one at a time.
/// - `two_at_once_exclude_each_other`: of two who have looked before either writes one gets it at most.
/// - `locks_leave_states_alone`: acquire, renew and release change nothing of the state but its epoch; of none they
///   make a removed one at most.
/// - `writes_leave_locks_alone`: a lock is held, and can be renewed and released, whoever writes the state meanwhile.
/// - `errors_take_nothing`: an error of the storage is passed on as it is; after that of `acquire` the lock is free,
///   after that of `renew` it is held, and after that of `release` it can be released again.
/// - `locks_expire_unless_renewed`: a lock that expires is handed to nobody else as long as its holder may rely on it
///   or renews it in time, and to somebody else afterwards, whose epoch is above; who was overtaken confirms and renews
///   nothing (`lost`, `fenced`) and ends nothing of his successor.
/// - `errors_are_no_answers`: an error of the storage is passed on as it is by who asks for his lock, looks one up, or
///   ends it by force, too: it is neither `lost` nor nobody, and the lock is held as before.
/// - `pauses_take_nothing`: who pauses between his look and his write takes, renews and ends nothing that became
///   another's meanwhile, be he a holder, one who takes over, or one who ends a lock by force.
/// - `lost_replies_are_not_believed`: nobody acquires, renews or releases by a write of whose fate the storage knows
///   nothing. If it was not made, what was not acquired is free, what was not renewed is held, and what was not
///   released can be released again.
/// - `times_of_day_decide_nothing`: a lock is held, renewed, shown and expires, whatever the clocks on the wall of its
///   holder and of others say.
///
/// *Models*: `NoLock`, `MutexLock`, `FileLock`, `LeaseLock`.
template <class L, class S>
concept LockingPolicy = Policy<L> && L::family == Family::locking && StoragePolicy<S> &&
                        requires(L& l, S& s, Context const& c, KeyView k, std::string_view purpose) {
                            requires LockGuard<typename decltype(l.acquire(s, c, k, purpose))::value_type>;
                        };

/// A lock whose holder can be looked up, also by another process. No value: nobody holds it.
///
/// *Laws*
/// - `holders_are_shown`: as long as a lock is held, and no longer, its holder is shown: by his name, with his purpose,
///   and since when he holds it.
/// - `purposes_are_kept`: 256 bytes of text are kept as they were said; a lock can be acquired for any bytes.
/// - `looking_takes_nothing`: who looks a lock up does not wait, holds and ends nothing, and makes no state.
/// - `leases_are_shown`: the epoch is the guard's; a lease has an id of its own, lasts as long as is shown, and a
///   renewal changes nothing but its time. A lock that is no lease has nothing of one.
template <class L, class S>
concept InspectableLocking = LockingPolicy<L, S> && requires(L& l, S& s, Context const& c, KeyView k) {
    { l.inspect(s, c, k) } -> std::same_as<Result<std::optional<LockInfo>>>;
};

/// A lock that can be taken from its holder by force, exactly the one that was looked up before.
///
/// *Laws*
/// - `force_ends_what_was_looked_up`: the lease of exactly this id ends, and its lock is free at once; no other does:
///   `lost`.
/// - `broken_holders_are_told`: the holder of a lease that was ended by force confirms and renews nothing any more
///   (`lost`, `fenced`), relies on nothing, and ends nothing of the next one, whose epoch is above.
template <class L, class S>
concept BreakableLocking = InspectableLocking<L, S> && requires(L& l, S& s, Context const& c, KeyView k, WriteId id) {
    { l.force_unlock(s, c, k, id) } -> std::same_as<Result<void>>;
};

}  // namespace holdfast

#endif
