#ifndef HOLDFAST_THREADS_FAIR_MUTEX_HPP
#define HOLDFAST_THREADS_FAIR_MUTEX_HPP

#include <holdfast/threads/queue_place.hpp>

#include <atomic>
#include <mutex>

namespace holdfast::detail {

/// Excludes threads, which get it in order of arrival. Without contention no system call is made.
class FairMutex {
public:
    bool try_lock() noexcept {
        std::lock_guard const lock(mutex_);
        return !locked_.load(std::memory_order_relaxed) && (locked_.store(true, std::memory_order_relaxed), true);
    }
    /// Waits as the context says. Errors: `timed_out`, `cancelled`.
    Result<void> lock(Context const& context) {
        if (try_lock()) return {};
        QueuePlace place(mutex_, waiting_, context.env, [this] { unlock(); });
        {
            std::lock_guard const lock(mutex_);
            if (locked_.load(std::memory_order_relaxed)) place.join();
            else locked_.store(true, std::memory_order_relaxed);
        }
        return place.wait(context);
    }
    void unlock() noexcept {
        std::unique_lock lock(mutex_);
        if (auto const next = waiting_.next()) {
            lock.unlock();
            return WaitQueue::tell(next);
        }
        locked_.store(false, std::memory_order_relaxed);
    }
    /// At a glance.
    bool is_locked() const noexcept { return locked_.load(std::memory_order_relaxed); }

private:
    std::mutex mutex_;
    std::atomic<bool> locked_{false};
    WaitQueue waiting_;
};

}  // namespace holdfast::detail

#endif
