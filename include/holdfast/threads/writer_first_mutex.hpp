#ifndef HOLDFAST_THREADS_WRITER_FIRST_MUTEX_HPP
#define HOLDFAST_THREADS_WRITER_FIRST_MUTEX_HPP

#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace holdfast::detail {

/// A mutex of many readers or one writer, in which readers who come after a writer let him go first: those of the
/// system may let in one reader after the other, and a writer waits as long as there are any. Without writers who wait
/// it costs what those cost, and one load.
class WriterFirstMutex {
public:
    std::shared_lock<std::shared_mutex> for_reading() {
        if (writers_.load(std::memory_order_relaxed) != 0) {
            std::lock_guard const behind_them(gate_);
        }
        return std::shared_lock(mutex_);
    }
    std::unique_lock<std::shared_mutex> for_writing() {
        std::unique_lock lock(mutex_, std::try_to_lock);
        if (lock) return lock;
        writers_.fetch_add(1, std::memory_order_relaxed);
        {
            std::lock_guard const at_the_gate(gate_);
            lock.lock();
        }
        writers_.fetch_sub(1, std::memory_order_relaxed);
        return lock;
    }

private:
    std::shared_mutex mutex_;
    std::mutex gate_;  ///< of the writer who is next, until he is in
    std::atomic<unsigned> writers_{0};
};

}  // namespace holdfast::detail

#endif
