#ifndef HOLDFAST_LOCKING_NO_LOCK_HPP
#define HOLDFAST_LOCKING_NO_LOCK_HPP

#include <holdfast/concepts/locking.hpp>

namespace holdfast {

/// Nobody waits for anybody: the versioning policy alone decides between writers. The default. Costs nothing.
struct NoLock {
    static constexpr Family family = Family::locking;

    struct Guard {
        Epoch epoch() const noexcept { return 0; }
        Result<void> renew(Context const&) noexcept { return {}; }
        Result<void> release(Context const&) noexcept { return {}; }
    };

    template <class S>
    Result<Guard> acquire(S&, Context const&, KeyView, std::string_view) const noexcept {
        return Guard();
    }
};

}  // namespace holdfast

#endif
