#ifndef HOLDFAST_STORAGE_SQLITE_FORK_GUARD_HPP
#define HOLDFAST_STORAGE_SQLITE_FORK_GUARD_HPP

#include <holdfast/process/immortal.hpp>
#include <holdfast/storage/sqlite/in_use.hpp>

#include <atomic>
#include <mutex>

#include <pthread.h>

namespace holdfast::detail::sqlite {

/// Is told before each fork of the process, with all others of its kind, to close what nobody uses: then the child may
/// use SQLite, see `InUse`, which does not depend on this.
///
/// Nothing is locked while the process forks, so that handlers of others, before and after ours, may use a storage.
class ForkGuard {
public:
    ForkGuard(ForkGuard const&) = delete;
    ForkGuard& operator=(ForkGuard const&) = delete;

    /// Whether a thread is about to fork: nothing is to be kept open.
    static bool forking() noexcept { return forking_.load(std::memory_order_acquire) != 0; }

protected:
    ForkGuard() noexcept = default;
    ~ForkGuard() = default;

    /// By the constructor of the derived class, last: from then on `close_unused` may be called.
    void join() {
        if (!watched_.load(std::memory_order_acquire)) {  // two threads may do it twice, which does no harm
            (void)::pthread_atfork(before, after, [] { forking_.store(0, std::memory_order_release); });
            watched_.store(true, std::memory_order_release);
        }
        auto const use = InUse::begin();
        if (!use) return;
        std::lock_guard const lock(mutex_.object);
        next_ = first_;
        if (next_ != nullptr) next_->previous_ = this;
        first_ = this;
        joined_ = true;
    }
    /// By its destructor, first.
    void leave() noexcept {
        if (!joined_) return;
        auto const use = InUse::begin();
        if (!use) return;  // a copy, which calls nobody
        std::lock_guard const lock(mutex_.object);
        (previous_ != nullptr ? previous_->next_ : first_) = next_;
        if (next_ != nullptr) next_->previous_ = previous_;
    }

    virtual void close_unused() noexcept = 0;

private:
    static void before() {
        forking_.fetch_add(1, std::memory_order_acq_rel);
        auto const use = InUse::begin();
        if (!use) return;
        std::lock_guard const lock(mutex_.object);
        for (auto* guard = first_; guard != nullptr; guard = guard->next_) guard->close_unused();
    }
    static void after() { forking_.fetch_sub(1, std::memory_order_acq_rel); }

    static inline constinit Immortal<std::mutex> mutex_;  ///< held only by who is counted as a user
    static inline constinit ForkGuard* first_ = nullptr;
    static inline constinit std::atomic<bool> watched_{false};
    static inline constinit std::atomic<unsigned> forking_{0};

    ForkGuard *next_ = nullptr, *previous_ = nullptr;
    bool joined_ = false;
};

}  // namespace holdfast::detail::sqlite

#endif
