#ifndef HOLDFAST_THREADS_FAIR_MUTEX_HPP
#define HOLDFAST_THREADS_FAIR_MUTEX_HPP

#include <holdfast/threads/wait_queue.hpp>

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
        Place place(*this, context.env);
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
    /// In the queue, until it is left for nothing.
    class Place {
    public:
        Place(FairMutex& mutex, Environment& env) noexcept : mutex_(mutex), waiter_(env) {
            std::lock_guard const lock(mutex_.mutex_);
            if (mutex_.locked_.load(std::memory_order_relaxed)) mutex_.waiting_.join(waiter_);
            else mutex_.locked_.store(true, std::memory_order_relaxed), waits_ = false;
        }
        Place(Place const&) = delete;
        Place& operator=(Place const&) = delete;
        ~Place() {  // what comes after an exception
            if (!waits_ || give_up()) return;
            WaitQueue::part(waiter_);
            mutex_.unlock();
        }

        Result<void> wait(Context const& context) {
            if (!waits_) return {};
            auto waited = waiter_.wait(context);
            if (!waited && give_up()) return waited;
            waits_ = false;
            WaitQueue::part(waiter_);
            return {};
        }

    private:
        /// False: it was handed over meanwhile.
        bool give_up() noexcept {
            std::lock_guard const lock(mutex_.mutex_);
            if (waiter_.has_it()) return false;
            mutex_.waiting_.leave(waiter_);
            waits_ = false;
            return true;
        }

        FairMutex& mutex_;
        WaitQueue::Waiter waiter_;
        bool waits_ = true;
    };

    std::mutex mutex_;
    std::atomic<bool> locked_{false};
    WaitQueue waiting_;
};

}  // namespace holdfast::detail

#endif
