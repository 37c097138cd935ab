#ifndef HOLDFAST_PROCESS_FORK_WATCH_HPP
#define HOLDFAST_PROCESS_FORK_WATCH_HPP

#include <holdfast/process/process_image.hpp>

#include <atomic>

#include <sched.h>

namespace holdfast::detail {

/// Notices that the process is a copy of the one that used something last: of what other threads of the parent were
/// doing at that moment, their locks included, the child has a picture that nobody will finish.
class ForkWatch {
public:
    ForkWatch() noexcept : generation_(process_generation()) {}
    /// For an object of the whole process: the first use, too, is one by a copy.
    struct Unused {};
    constexpr explicit ForkWatch(Unused) noexcept : generation_(0) {}

    /// Calls `renew()` once in each copy, before anybody gets past this. Cost: 3 loads.
    template <class Renew>
    void look(Renew&& renew) noexcept {
        unsigned const now = process_generation();
        for (unsigned known; (known = generation_.load(std::memory_order_acquire)) != now;) {
            if (known == ~now) {  // by another thread of this copy
                ::sched_yield();
            } else if (generation_.compare_exchange_strong(known, ~now, std::memory_order_acquire)) {
                renew();
                generation_.store(now, std::memory_order_release);
            }
        }
    }

private:
    std::atomic<unsigned> generation_;
};

}  // namespace holdfast::detail

#endif
