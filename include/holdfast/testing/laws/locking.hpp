#ifndef HOLDFAST_TESTING_LAWS_LOCKING_HPP
#define HOLDFAST_TESTING_LAWS_LOCKING_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/testing/laws/meeting.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

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

/// A guard that was released or moved from holds nothing, and says so; one that was moved to, also by another thread,
/// works.
template <StoragePolicy S, LockingPolicy<S> L>
void a_guard_that_ended_holds_nothing(L& locking, S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    Context const ctx = for_at_most(5000);
    auto guard = locking.acquire(storage, ctx, key, "law");
    if (!found.succeeds(guard, "acquiring a lock that nobody holds")) return;
    auto const is_over = [&](auto& over, std::string which) {
        auto const confirmed = over.confirm(ctx);
        if (found.expect(!confirmed, which + " confirms nothing"))
            found.expect(confirmed.error() == Errc::lost, which + " is 'lost'");
        found.expect(!over.renew(ctx), which + " is not renewed");
        found.expect(over.reliable_until() == Instant::min(), which + " is reliable no longer");
    };
    found.succeeds(guard->confirm(ctx), "confirming a lock that is held");
    found.expect(guard->reliable_until() > ctx.env.monotonic(), "a guard that holds is reliable for some time");
    auto moved = *std::move(guard);
    is_over(*guard, "a guard that was moved from");
    found.succeeds(guard->release(ctx), "releasing a guard that was moved from, which is nothing");
    elsewhere([&] {
        auto handed = std::move(moved);
        found.succeeds(handed.confirm(ctx), "confirming a lock that another thread acquired and handed over");
        found.expect(!locking.acquire(storage, for_at_most(0), key, "law"), "a guard that was handed over excludes");
        moved = std::move(handed);
    });
    found.succeeds(moved.confirm(ctx), "confirming a lock that another thread has handed back");
    found.succeeds(moved.release(ctx), "releasing a lock that is held");
    is_over(moved, "a guard that was released");
}

/// The copy of a guard that a child of `fork` has holds nothing, and its end takes nothing from the parent.
template <StoragePolicy S, LockingPolicy<S> L>
void a_child_holds_nothing(L& locking, S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    Context const ctx = for_at_most(5000);
    auto acquired = locking.acquire(storage, ctx, key, "law");
    if (!found.succeeds(acquired, "acquiring a lock that nobody holds")) return;
    auto guard = std::optional(*std::move(acquired));
    pid_t const child = ::fork();
    if (child == 0) {
        auto const confirmed = guard->confirm(ctx);
        int const wrong = (confirmed ? 1 : 0) + (guard->reliable_until() != Instant::min() ? 2 : 0);
        guard.reset();
        ::_exit(wrong);
    }
    int status = -1;
    if (!found.expect(child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status),
                      "a child ends by itself"))
        return;
    found.expect((WEXITSTATUS(status) & 1) == 0, "the copy of a guard in a child confirms nothing");
    found.expect((WEXITSTATUS(status) & 2) == 0, "the copy of a guard in a child is not reliable");
    found.succeeds(guard->confirm(ctx), "confirming a lock whose holder forked a child");
    found.succeeds(guard->release(ctx), "releasing a lock whose holder forked a child");
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

/// Of two who take a lock side by side, having seen the same, one gets it at most. A storage that does not do what
/// the lock relies on is found out here.
template <StoragePolicy S, LockingPolicy<S> L>
void two_at_once_exclude_each_other(L& locking, S& storage, Findings& found, unsigned rounds = 3) {
    if constexpr (LockingPolicy<L, Meeting<S>>) {
        Key const key = detail::fresh_key();
        for (unsigned round = 0; round < rounds; ++round) {
            Meeting<S> meeting(storage);
            using Taken = decltype(locking.acquire(meeting, for_at_most(0), key, "law"));
            std::optional<Taken> taken[2];
            at_once(2, [&](unsigned me) {
                taken[me].emplace(locking.acquire(meeting, for_at_most(0), key, "law"));
                meeting.leave();
            });
            if (!found.expect(!*taken[0] || !*taken[1], "of two who take a lock side by side one gets it at most"))
                return;
            for (auto& one : taken) {
                if (*one) found.succeeds((*one)->release(for_at_most(5000)), "releasing a lock that is held");
            }
        }
    }
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
    law::a_guard_that_ended_holds_nothing(locking, storage, found);
    law::a_child_holds_nothing(locking, storage, found);
    law::waiting_ends(locking, storage, found);
    law::a_holder_is_told(locking, storage, found);
    law::threads_exclude_each_other(locking, storage, found);
    law::two_at_once_exclude_each_other(locking, storage, found);
    if constexpr (InspectableLocking<L, S>) law::holders_are_shown(locking, storage, found);
    return found;
}

}  // namespace holdfast::testing

#endif
