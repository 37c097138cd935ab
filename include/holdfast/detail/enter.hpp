#ifndef HOLDFAST_DETAIL_ENTER_HPP
#define HOLDFAST_DETAIL_ENTER_HPP

#include <holdfast/concepts/locking.hpp>

#include <type_traits>

namespace holdfast::detail {

/// The tenure of a guard: its own, or `without` where it has nothing to tell but its epoch.
template <LockGuard G>
Result<Tenure*> enter(G& guard, Context const& ctx, Tenure& without) {
    if constexpr (TenuredGuard<G>) {
        return guard.enter(ctx);
    } else {
        without.epoch = guard.epoch();
        without.excludes = !std::is_empty_v<G>;  // that of `NoLock` holds nothing
        return &without;
    }
}

}  // namespace holdfast::detail

#endif
