#ifndef HOLDFAST_DETAIL_ENTER_HPP
#define HOLDFAST_DETAIL_ENTER_HPP

#include <holdfast/concepts/locking.hpp>

namespace holdfast::detail {

/// The tenure of a guard: its own, or `without` where it has nothing to tell but its epoch.
template <LockGuard G>
Result<Tenure*> enter(G& guard, Context const& ctx, Tenure& without) {
    if constexpr (TenuredGuard<G>) {
        return guard.enter(ctx);
    } else {
        without.epoch = guard.epoch();
        return &without;
    }
}

}  // namespace holdfast::detail

#endif
