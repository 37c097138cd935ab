#ifndef HOLDFAST_TESTING_LAWS_MEETING_HPP
#define HOLDFAST_TESTING_LAWS_MEETING_HPP

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace holdfast::testing::law {

/// Where two threads that write do so side by side: each waits with its write until the other has come to one, too, or
/// has left. So what both have read before is what both write upon. They do not wait for ever: who holds a lock that
/// keeps the other from writing goes on after some time.
class Meeting {
public:
    /// Before a write.
    void meet() {
        std::unique_lock lock(mutex_);
        if (present_ < 2) return;
        unsigned const meeting = meetings_;
        if (++here_ == 2) {
            here_ = 0;
            ++meetings_;
            changed_.notify_all();
            return;
        }
        changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return meetings_ != meeting || present_ < 2; });
        if (meetings_ == meeting) here_ = 0;
    }
    /// No writes of this thread will follow.
    void leave() {
        std::lock_guard const lock(mutex_);
        --present_;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    unsigned present_ = 2, here_ = 0, meetings_ = 0;
};

}  // namespace holdfast::testing::law

#endif
