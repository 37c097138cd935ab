#ifndef HOLDFAST_TESTING_LAWS_WAITING_HPP
#define HOLDFAST_TESTING_LAWS_WAITING_HPP

#include <holdfast/testing/laws/locker.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

// The laws of `LockingPolicy` about who waits, and for how long.
namespace holdfast::testing::law {

/// Who has given up must be neither handed the lock later nor taken for its holder.
template <StoragePolicy S, LockingPolicy<S> L>
void who_gave_up_holds_nothing(L& locking, S& storage, Findings& found) {
    if (!found.begins("who_gave_up_holds_nothing",
                      {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock", "holders_are_told"}))
        return;
    Environment& env = Environment::system();
    for (bool const cancelled : {false, true}) {
        Locker<S, L> holder(locking, storage, found);
        auto guard = holder.mine();
        if (!guard) return;
        std::atomic<bool> stop{false}, gave_up{false}, released{false};
        std::thread waiter([&] {
            auto locker = holder.another();
            auto const late = cancelled ? locker.acquire(Context(env, found.patience(), &stop))
                                        : locker.acquire(for_at_most(20));
            gave_up = true;
            if (!locker.expect(!late, "a lock that somebody holds is not handed out")) return;
            while (!released) env.sleep(std::chrono::milliseconds(1));
            locker.note("release by the holder", std::string("success"));
            locker.expect(locker.is_free(), "a lock is not handed to who has given up waiting");
            auto const again = locker.acquire(for_at_most(0));
            locker.expect(static_cast<bool>(again), "who gave up waiting can try again");
        });
        env.sleep(std::chrono::milliseconds(20));
        stop = true;
        while (!gave_up) env.sleep(std::chrono::milliseconds(1));
        (void)holder.release(*guard);
        released = true;
        waiter.join();
    }
}

/// False: the holder may have lost the lock meanwhile.
template <StoragePolicy S, LockingPolicy<S> L>
bool waits_end(L& locking, S& storage, Findings& found) {
    using std::chrono::milliseconds, std::chrono::seconds;
    Locker<S, L> holder(locking, storage, found);
    auto guard = holder.mine();
    if (!guard) return true;
    Environment& env = Environment::system();
    Instant const begin = env.monotonic();
    // One that expires soon is not kept waiting for.
    bool const brief = guard->reliable_until() < begin + seconds(5);

    // Two who wait until the lock is free, from the first and to the last.
    std::atomic<unsigned> waiting{0};
    std::atomic<Duration::rep> released{0};
    auto const waits_for_it = [&] {
        auto locker = holder.another();
        ++waiting;
        auto const got = locker.acquire(locker.patience());
        if (!locker.expect(static_cast<bool>(got), "who waits gets the lock once its holder releases it")) return;
        Duration const waited = env.monotonic() - Instant(Duration(released));
        locker.expect(waited < found.patience(), "who waits gets the lock soon after its release",
                      "after " + std::to_string(waited / milliseconds(1)) + " ms");
    };
    std::thread first(waits_for_it);
    while (waiting < 1) std::this_thread::yield();

    auto const in_time = [&](Context const& ctx, Duration least, Duration most, Errc code, std::string const& how) {
        Duration waited{};
        elsewhere([&] {
            auto locker = holder.another();
            Instant const asked = env.monotonic();
            auto const late = locker.acquire(ctx);
            waited = env.monotonic() - asked;
            std::string const time = std::to_string(waited / milliseconds(1)) + " ms";
            locker.fails(late, code, how + " ends as '" + std::string(name(code)) + "'");
            locker.expect(waited >= least, how + " does not end before", time);
            locker.expect(waited < most, how + " does not last much longer", time);
        });
        return waited;
    };
    Duration const look =
        in_time(for_at_most(0), Duration::zero(), found.patience(), Errc::busy, "a try without patience");
    // A storage may be slow.
    Duration const usual = milliseconds(400), limit = brief ? milliseconds(20) : 10 * look > usual ? 10 * look : usual;
    Duration const most = brief ? found.patience() : limit + limit / 4 * 3;
    (void)in_time(Context(env, limit), limit, most, Errc::busy, "waiting until the time limit");
    std::atomic<bool> stop{false};
    std::thread stopper([&] {
        env.sleep(milliseconds(20));
        stop = true;
    });
    (void)in_time(Context(env, 2 * found.patience(), &stop), Duration::zero(), found.patience(), Errc::cancelled,
                  "waiting until a request to stop");
    stopper.join();

    Instant const before = guard->reliable_until();
    bool const kept = !brief || (holder.renew(*guard) && env.monotonic() < before);
    Instant const sure = kept ? guard->reliable_until() : (Instant::min)();
    std::thread second(waits_for_it);
    while (waiting < 2) std::this_thread::yield();
    env.sleep(milliseconds(brief ? 10 : 30));
    // Nobody gives up after some tries.
    Duration const long_enough = found.thorough() ? Duration(seconds(5)) : Duration(milliseconds(800));
    if (Duration const passed = env.monotonic() - begin; !brief && passed < long_enough)
        env.sleep(long_enough - passed);
    released = env.monotonic().time_since_epoch().count();
    holder.succeeds(holder.release(*guard));
    bool const held = sure > env.monotonic();
    first.join();
    second.join();
    return held;
}

template <StoragePolicy S, LockingPolicy<S> L>
void waiting_ends(L& locking, S& storage, Findings& found) {
    if (!found.begins("waiting_ends", {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock",
                                       "who_gave_up_holds_nothing"}))
        return;
    // A machine that is busy elsewhere may pause for too long. What is wrong is wrong each time.
    for (int tries = 3; tries-- > 0;) {
        Findings once({.seed = found.seed(), .thorough = found.thorough(), .patience = found.patience()});
        bool const held = waits_end(locking, storage, once);
        if (held && once.empty()) return;
        if (!held || tries > 0) continue;
        for (Finding const& finding : once) (void)found.expect(false, finding.did, finding.expected, finding.came);
    }
}

}  // namespace holdfast::testing::law

#endif
