#ifndef HOLDFAST_TESTING_LAWS_LOCKING_HPP
#define HOLDFAST_TESTING_LAWS_LOCKING_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/testing/laws/findings.hpp>

#include <atomic>
#include <chrono>

// The laws of `LockingPolicy`, for locks that exclude (not `NoLock`). They wait for tenths of seconds.
namespace holdfast::testing::law {

inline Context for_at_most(int milliseconds) {
    return Context(Environment::system(), std::chrono::milliseconds(milliseconds));
}

/// Runs `body` in another thread and waits for it.
template <class Body>
void elsewhere(Body&& body) {
    detail::in_threads(1, [&](unsigned) { body(); });
}

/// While a guard lives no other is handed out; released, moved from and destroyed guards free the key.
template <StoragePolicy S, LockingPolicy<S> L>
void a_guard_excludes(L& locking, S& storage, Findings& found) {
    Key const key = detail::fresh_key(), other = detail::fresh_key();
    auto const is_free = [&](Key const& which) {
        bool got = false;
        elsewhere([&] {
            auto guard = locking.acquire(storage, for_at_most(0), which, "law");
            got = guard.has_value();
            if (!got) found.expect(guard.error() == Errc::busy, "a lock that somebody holds is 'busy'");
        });
        return got;
    };
    found.expect(is_free(key), "a lock that nobody holds can be had without waiting");
    {
        auto guard = locking.acquire(storage, for_at_most(5000), key, "law");
        if (!found.succeeds(guard, "acquiring a lock that nobody holds")) return;
        found.expect(!is_free(key), "while a guard lives no other is handed out");
        found.expect(is_free(other), "guards of different keys do not wait for each other");
        found.succeeds(guard->renew(for_at_most(5000)), "renewing a lock that is held");
        auto moved = *std::move(guard);
        found.expect(!is_free(key), "a guard that was moved still holds");
        found.succeeds(moved.release(for_at_most(5000)), "releasing a lock that is held");
        found.expect(is_free(key), "a lock that was released can be had");
    }
    {
        auto guard = locking.acquire(storage, for_at_most(5000), key, "law");
        found.succeeds(guard, "acquiring a lock again after its release");
    }
    found.expect(is_free(key), "destroying a guard releases its lock");
}

/// Waiting ends with the time limit, as `busy`, and not before; and it ends when the holder releases.
template <StoragePolicy S, LockingPolicy<S> L>
void waiting_ends(L& locking, S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    auto guard = locking.acquire(storage, for_at_most(5000), key, "law");
    if (!found.succeeds(guard, "acquiring a lock that nobody holds")) return;
    Environment& env = Environment::system();
    elsewhere([&] {
        Instant const begin = env.monotonic();
        auto late = locking.acquire(storage, for_at_most(60), key, "law");
        Duration const waited = env.monotonic() - begin;
        if (!found.expect(!late, "a lock that somebody holds is not handed out")) return;
        found.expect(late.error() == Errc::busy, "waiting for a lock ends as 'busy'");
        found.expect(waited >= std::chrono::milliseconds(50), "waiting for a lock lasts until the time limit");
        found.expect(waited < std::chrono::seconds(5), "waiting for a lock does not last beyond the time limit");
    });
    std::atomic<bool> waiting{false};
    std::thread waiter([&] {
        waiting = true;
        found.succeeds(locking.acquire(storage, for_at_most(20'000), key, "law"),
                       "acquiring a lock once its holder releases it");
    });
    while (!waiting) std::this_thread::yield();
    env.sleep(std::chrono::milliseconds(20));
    found.succeeds(guard->release(for_at_most(5000)), "releasing a lock that is held");
    waiter.join();
}

/// A holder that acquires again is told so at once, whatever its patience.
template <StoragePolicy S, LockingPolicy<S> L>
void a_holder_is_told(L& locking, S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    auto guard = locking.acquire(storage, for_at_most(5000), key, "law");
    if (!found.succeeds(guard, "acquiring a lock that nobody holds")) return;
    auto again = locking.acquire(storage, for_at_most(3000), key, "law");
    if (found.expect(!again, "a lock is not handed out twice to the same holder"))
        found.expect(again.error() == Errc::already_held, "a holder that acquires again is told 'already_held'");
}

/// No two threads are ever inside.
template <StoragePolicy S, LockingPolicy<S> L>
void threads_exclude_each_other(L& locking, S& storage, Findings& found, unsigned threads = 4, unsigned rounds = 50) {
    Key const key = detail::fresh_key();
    std::atomic<int> inside{0};
    std::atomic<unsigned> entered{0};
    detail::in_threads(threads, [&](unsigned) {
        for (unsigned i = 0; i < rounds; ++i) {
            auto guard = locking.acquire(storage, for_at_most(60'000), key, "law");
            if (!found.succeeds(guard, "acquiring a lock that others take and release")) return;
            found.expect(++inside == 1, "only one thread is inside the lock");
            std::this_thread::yield();
            --inside;
            ++entered;
        }
    });
    found.expect(entered == threads * rounds, "everybody gets the lock in the end");
}

/// `inspect` names the holder while there is one.
template <StoragePolicy S, InspectableLocking<S> L>
void holders_are_shown(L& locking, S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    auto const nobody = locking.inspect(storage, for_at_most(5000), key);
    if (found.succeeds(nobody, "looking up a lock")) found.expect(!*nobody, "a lock that nobody holds has no holder");
    {
        auto const guard = locking.acquire(storage, for_at_most(5000), key, "the purpose");
        auto const somebody = locking.inspect(storage, for_at_most(5000), key);
        if (!found.succeeds(guard, "acquiring") || !found.succeeds(somebody, "looking up a lock")) return;
        if (found.expect(somebody->has_value(), "a lock that is held has a holder"))
            found.expect((*somebody)->purpose == "the purpose", "the holder is shown with its purpose");
    }
    auto const after = locking.inspect(storage, for_at_most(5000), key);
    if (found.succeeds(after, "looking up a lock")) found.expect(!*after, "a lock that was released has no holder");
}

}  // namespace holdfast::testing::law

namespace holdfast::testing {

/// Every law of `LockingPolicy`, over one storage, between the threads of this process.
template <StoragePolicy S, LockingPolicy<S> L>
Findings check_locking(L& locking, S& storage) {
    Findings found;
    law::a_guard_excludes(locking, storage, found);
    law::waiting_ends(locking, storage, found);
    law::a_holder_is_told(locking, storage, found);
    law::threads_exclude_each_other(locking, storage, found);
    if constexpr (InspectableLocking<L, S>) law::holders_are_shown(locking, storage, found);
    return found;
}

}  // namespace holdfast::testing

#endif
