#ifndef HOLDFAST_TESTING_LAWS_MEETING_HPP
#define HOLDFAST_TESTING_LAWS_MEETING_HPP

#include <holdfast/layer/layer.hpp>
#include <holdfast/testing/laws/borrowed.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace holdfast::testing::law {

/// A storage by reference where two threads that write do so side by side: each waits with its write until the other
/// has come to one, too, or has left. So what both have read before is what both write upon. They do not wait for ever:
/// who holds a lock that keeps the other from writing goes on after some time.
template <StoragePolicy S>
class Meeting : public Layer<Meeting<S>, Borrowed<S>, 1> {
public:
    explicit Meeting(S& storage)
        : Layer<Meeting<S>, Borrowed<S>, 1>(Borrowed<S>(storage)), shared_(std::make_shared<Shared>()) {}

    /// No writes of this thread will follow.
    void leave() {
        std::lock_guard const lock(shared_->mutex);
        --shared_->present;
        shared_->changed.notify_all();
    }

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if (operation.writes_something()) meet();
        return call();
    }

private:
    struct Shared {
        std::mutex mutex;
        std::condition_variable changed;
        unsigned present = 2, here = 0, meetings = 0;
    };

    void meet() {
        Shared& shared = *shared_;
        std::unique_lock lock(shared.mutex);
        if (shared.present < 2) return;
        unsigned const meeting = shared.meetings;
        if (++shared.here == 2) {
            shared.here = 0;
            ++shared.meetings;
            shared.changed.notify_all();
            return;
        }
        shared.changed.wait_for(lock, std::chrono::milliseconds(100),
                                [&] { return shared.meetings != meeting || shared.present < 2; });
        if (shared.meetings == meeting) shared.here = 0;
    }

    std::shared_ptr<Shared> shared_;
};

}  // namespace holdfast::testing::law

#endif
