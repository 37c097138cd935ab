#ifndef HOLDFAST_STORE_ENTER_HPP
#define HOLDFAST_STORE_ENTER_HPP

#include <holdfast/concepts/locking.hpp>

#include <memory>

namespace holdfast::detail {

/// Whether a guard may be relied on, or says so when it is asked. Cost: none if it ends with its holder; a look at the
/// clock if it expires; that of `confirm` once it has.
template <LockGuard G>
Result<void> still_held(G& guard, Context const& ctx) {
    Instant const until = guard.reliable_until();
    if (until == (Instant::max)() || (until != (Instant::min)() && ctx.env.monotonic() < until)) return {};
    return guard.confirm(ctx);
}

/// Answers `Tenure::ask`.
template <LockGuard G>
Result<void> ask_guard(Tenure const& held, Context const& ctx, Tenure::Asked how) {
    G& guard = *static_cast<G*>(held.guard);
    if (how == Tenure::Asked::anew) {
        auto renewed = guard.renew(ctx);
        if (renewed || renewed.error() != Errc::lost) return renewed;
        auto why = guard.confirm(ctx);  // it may know who took it over
        return why ? renewed : why;
    }
    if (how == Tenure::Asked::before_write && held.embedded && guard.reliable_until() != (Instant::min)()) {
        return {};  // the write itself asks: it replaces the record that carries the lock
    }
    return guard.confirm(ctx);
}

/// The tenure of a guard: its own, or `without` where it has nothing to tell but its epoch. It lasts for one operation.
template <LockGuard G>
Result<Tenure*> enter(G& guard, Context const& ctx, Tenure& without) {
    Tenure* held = &without;
    if constexpr (TenuredGuard<G>) {
        auto own = guard.enter(ctx);
        if (!own) return own;
        held = *own;
    } else {
        if (auto ours = still_held(guard, ctx); !ours) return std::move(ours).error();
        without.epoch = guard.epoch();
        without.excludes = !requires { requires !G::excludes; };
    }
    held->guard = std::addressof(guard);
    held->ask = &ask_guard<G>;
    return held;
}

}  // namespace holdfast::detail

#endif
