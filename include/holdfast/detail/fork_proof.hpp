#ifndef HOLDFAST_DETAIL_FORK_PROOF_HPP
#define HOLDFAST_DETAIL_FORK_PROOF_HPP

#include <holdfast/detail/fork_watch.hpp>

#include <mutex>
#include <new>

namespace holdfast::detail {

/// What threads share under a mutex, and can do without. A copy of the process begins with an empty one: another thread
/// of the parent may have been changing it, and will never give the mutex back. The parent's is left alone.
template <class T>
class ForkProof {
public:
    /// The mutex is held until this ends.
    class Access {
    public:
        T* operator->() const noexcept { return &value_; }
        T& operator*() const noexcept { return value_; }

    private:
        friend class ForkProof;
        Access(std::mutex& mutex, T& value) : lock_(mutex), value_(value) {}

        std::lock_guard<std::mutex> lock_;
        T& value_;
    };

    /// Cost: 3 loads more than the mutex.
    Access lock() {
        fork_.look([this] {
            ::new (&mutex_) std::mutex;
            ::new (&value_) T;
        });
        return {mutex_, value_};
    }

private:
    ForkWatch fork_;
    std::mutex mutex_;
    T value_{};
};

}  // namespace holdfast::detail

#endif
