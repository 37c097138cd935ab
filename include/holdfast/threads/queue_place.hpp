#ifndef HOLDFAST_THREADS_QUEUE_PLACE_HPP
#define HOLDFAST_THREADS_QUEUE_PLACE_HPP

#include <holdfast/threads/wait_queue.hpp>

#include <mutex>

namespace holdfast::detail {

/// A place in a queue, given up when nothing comes of it. `GiveBack`: passes the thing on that was handed over to one
/// who had given it up; called without the mutex.
template <class GiveBack>
class QueuePlace {
public:
    /// In no queue yet. `mutex`: that of the queue.
    QueuePlace(std::mutex& mutex, WaitQueue& queue, Environment& env, GiveBack give_back) noexcept
        : mutex_(mutex), queue_(queue), waiter_(env), give_back_(give_back) {}
    QueuePlace(QueuePlace const&) = delete;
    QueuePlace& operator=(QueuePlace const&) = delete;
    ~QueuePlace() {  // what comes after an exception, such as the crash of a simulated actor
        if (!waits_ || give_up()) return;
        WaitQueue::part(waiter_);
        give_back_();
    }

    /// Under the mutex.
    void join() noexcept {
        queue_.join(waiter_);
        waits_ = true;
    }
    /// Without the mutex: until it has the thing, at once if it did not join. Errors: `timed_out`, `cancelled`.
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
        std::lock_guard const lock(mutex_);
        if (waiter_.has_it()) return false;
        queue_.leave(waiter_);
        waits_ = false;
        return true;
    }

    std::mutex& mutex_;
    WaitQueue& queue_;
    WaitQueue::Waiter waiter_;
    GiveBack give_back_;
    bool waits_ = false;
};

}  // namespace holdfast::detail

#endif
