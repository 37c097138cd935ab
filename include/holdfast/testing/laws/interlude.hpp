#ifndef HOLDFAST_TESTING_LAWS_INTERLUDE_HPP
#define HOLDFAST_TESTING_LAWS_INTERLUDE_HPP

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace holdfast::testing::law {

/// What others do while a call pauses: in a thread of their own, to its end. If the call keeps them out it goes on
/// after some time, and they come to it when they can.
template <class Act>
class Interlude {
public:
    explicit Interlude(Act act) : act_(std::move(act)) {}
    ~Interlude() { join(); }
    Interlude(Interlude const&) = delete;
    Interlude& operator=(Interlude const&) = delete;

    /// From now on the next moment is taken.
    void arm() { armed_ = true; }
    /// A moment in which others can act. Any thread; the first one that comes takes it.
    void moment() {
        if (!armed_.exchange(false)) return;
        thread_ = std::thread([this] {
            act_();
            std::lock_guard const lock(mutex_);
            over_ = true;
            changed_.notify_all();
        });
        std::unique_lock lock(mutex_);
        in_time_ = changed_.wait_for(lock, std::chrono::seconds(5), [this] { return over_; });
    }
    /// The call has ended: whether they acted within it.
    bool happened() {
        armed_ = false;
        join();
        return in_time_;
    }

private:
    void join() {
        if (thread_.joinable()) thread_.join();
    }

    Act act_;
    std::atomic<bool> armed_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::thread thread_;
    bool over_ = false, in_time_ = false;
};

}  // namespace holdfast::testing::law

#endif
