#ifndef HOLDFAST_LOCKING_NO_LOCK_HPP
#define HOLDFAST_LOCKING_NO_LOCK_HPP

#include <holdfast/concepts/locking.hpp>

namespace holdfast {

/// Nobody waits for anybody: the versioning policy alone decides between writers. The default. Costs nothing.
struct NoLock {
    static constexpr Family family = Family::locking;

    /// Excludes nobody, and ends all the same: what was released, moved from or forked writes under no policy.
    class Guard {
    public:
        static constexpr bool excludes = false;  ///< so that its holder queues for a turn

        Epoch epoch() const noexcept { return 0; }
        Instant reliable_until() const noexcept { return holding_.reliable_until(); }
        Result<void> confirm(Context const&) { return holding_.confirm(); }
        Result<void> renew(Context const&) { return holding_.confirm(); }
        Result<void> release(Context const&) noexcept { return holding_.end(), Result<void>(); }

    private:
        Holding holding_;
    };

    template <class S>
    Result<Guard> acquire(S&, Context const&, KeyView, std::string_view) const noexcept {
        return Guard();
    }
};

}  // namespace holdfast

#endif
