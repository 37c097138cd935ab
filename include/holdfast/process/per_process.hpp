#ifndef HOLDFAST_PROCESS_PER_PROCESS_HPP
#define HOLDFAST_PROCESS_PER_PROCESS_HPP

#include <holdfast/process/fork_watch.hpp>

#include <mutex>
#include <new>
#include <utility>

namespace holdfast::detail {

/// What the threads of this process share and may lose, with its mutex. A child that is forked begins with a new one:
/// a thread of the parent may have held the mutex, in the middle of a change that nobody will finish. What the parent
/// had put there is never looked at again, nor freed.
template <class T>
class PerProcess {
public:
    PerProcess() = default;
    PerProcess(PerProcess const&) = delete;
    PerProcess& operator=(PerProcess const&) = delete;

    /// `use(T&)`, by one thread at a time.
    template <class Use>
    decltype(auto) with(Use&& use) {
        fork_.look([this] {
            ::new (&mutex_) std::mutex;
            ::new (&object_) T();
        });
        std::lock_guard const lock(mutex_);
        return std::forward<Use>(use)(object_);
    }

private:
    ForkWatch fork_;
    std::mutex mutex_;
    T object_{};
};

}  // namespace holdfast::detail

#endif
