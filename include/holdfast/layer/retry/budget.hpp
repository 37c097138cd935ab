#ifndef HOLDFAST_LAYER_RETRY_BUDGET_HPP
#define HOLDFAST_LAYER_RETRY_BUDGET_HPP

#include <atomic>
#include <cstdint>

namespace holdfast {

/// Bounds the repetitions of many operations together, so that a service that is down is not asked several times as
/// often as one that is well: of N operations at most `percent` % of N + `burst` are repeated. A token bucket.
///
/// Thread safety: every member, from any thread. Cost: while nothing fails, one read of an atomic number.
class RetryBudget {
public:
    RetryBudget(unsigned percent, unsigned burst) noexcept
        : earned_(percent), most_(std::uint64_t{burst} * price), saved_(most_) {}

    /// An operation begins.
    void earn() noexcept {
        std::uint64_t saved = saved_.load(std::memory_order_relaxed);
        while (saved < most_) {
            std::uint64_t const more = most_ - saved < earned_ ? most_ : saved + earned_;
            if (saved_.compare_exchange_weak(saved, more, std::memory_order_relaxed)) return;
        }
    }
    /// Whether an operation may be repeated once; if so, that is paid for.
    bool spend() noexcept {
        std::uint64_t saved = saved_.load(std::memory_order_relaxed);
        while (saved >= price)
            if (saved_.compare_exchange_weak(saved, saved - price, std::memory_order_relaxed)) return true;
        return false;
    }

private:
    static constexpr std::uint64_t price = 100;

    std::uint64_t const earned_;
    std::uint64_t const most_;
    std::atomic<std::uint64_t> saved_;
};

}  // namespace holdfast

#endif
