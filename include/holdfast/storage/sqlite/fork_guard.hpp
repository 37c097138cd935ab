#ifndef HOLDFAST_STORAGE_SQLITE_FORK_GUARD_HPP
#define HOLDFAST_STORAGE_SQLITE_FORK_GUARD_HPP

#include <algorithm>
#include <mutex>
#include <vector>

#include <pthread.h>

namespace holdfast::detail::sqlite {

/// Told before and after each fork of the process, with all others of its kind.
///
/// A connection must not be open across a fork. Locks on files are not inherited, but SQLite in the child believes that
/// it has them, even for a connection that the child opens itself, and another process may then remove the log under
/// it. (sqlite.org/howtocorrupt.html, 2.6)
class ForkGuard {
public:
    ForkGuard(ForkGuard const&) = delete;
    ForkGuard& operator=(ForkGuard const&) = delete;

protected:
    ForkGuard() {
        Registry& all = registry();
        std::lock_guard const lock(all.mutex);
        all.guards.push_back(this);
    }
    ~ForkGuard() = default;

    /// To be called by the destructor of the derived class, first.
    void leave() noexcept {
        Registry& all = registry();
        std::lock_guard const lock(all.mutex);
        all.guards.erase(std::find(all.guards.begin(), all.guards.end(), this));
    }

    virtual void before_fork() noexcept = 0;
    virtual void after_fork(bool child) noexcept = 0;

private:
    struct Registry {
        std::mutex mutex;
        std::vector<ForkGuard*> guards;
    };

    static Registry& registry() {
        static Registry& all = *new Registry;  // never destroyed: a process may fork while it ends
        static bool const watched = pthread_atfork(before, after<false>, after<true>) == 0;
        (void)watched;
        return all;
    }

    static void before() {
        registry().mutex.lock();
        for (ForkGuard* const guard : registry().guards) guard->before_fork();
    }
    template <bool child>
    static void after() {
        for (ForkGuard* const guard : registry().guards) guard->after_fork(child);
        registry().mutex.unlock();
    }
};

}  // namespace holdfast::detail::sqlite

#endif
