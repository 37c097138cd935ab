#ifndef HOLDFAST_LOCKING_NO_LOCK_HPP
#define HOLDFAST_LOCKING_NO_LOCK_HPP

#include <holdfast/concepts/locking.hpp>

#include <utility>

namespace holdfast {

/// Nobody waits for anybody: the versioning policy alone decides between writers. The default. Costs nothing.
struct NoLock {
    static constexpr Family family = Family::locking;

    /// Excludes nobody, so that a forked child may go on with its copy; but what was released or moved from has ended.
    class Guard {
    public:
        static constexpr bool excludes = false;  ///< so that its holder queues for a turn

        Guard() noexcept = default;
        Guard(Guard&& other) noexcept : held_(std::exchange(other.held_, false)) {}
        Guard& operator=(Guard other) noexcept {
            held_ = other.held_;
            return *this;
        }

        Epoch epoch() const noexcept { return 0; }
        Instant reliable_until() const noexcept { return held_ ? (Instant::max)() : (Instant::min)(); }
        Result<void> confirm(Context const&) const {
            if (held_) return {};
            return Error(Errc::lost, "the lock was released: acquire it again");
        }
        Result<void> renew(Context const& context) const { return confirm(context); }
        Result<void> release(Context const&) noexcept { return held_ = false, Result<void>(); }

    private:
        bool held_ = true;
    };

    template <class S>
    Result<Guard> acquire(S&, Context const&, KeyView, std::string_view) const noexcept {
        return Guard();
    }
};

}  // namespace holdfast

#endif
