#ifndef HOLDFAST_TESTING_LAWS_LOCK_DOUBTS_HPP
#define HOLDFAST_TESTING_LAWS_LOCK_DOUBTS_HPP

#include <holdfast/testing/laws/interlude.hpp>
#include <holdfast/testing/laws/lock_info.hpp>
#include <holdfast/testing/laws/other_day.hpp>
#include <holdfast/testing/laws/watched.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// The laws of `LockingPolicy` about what one knew a moment ago, what nobody knows, and clocks that are wrong.
namespace holdfast::testing::law {

/// Whether this lock expires, and so soon that it can be waited for.
template <StoragePolicy S, LockingPolicy<S> L>
bool expires_soon(L& locking, S& storage, Findings& found) {
    Locker<S, L> locker(locking, storage, found);
    auto const guard = locker.acquire();
    return guard && guard->reliable_until() != (Instant::max)() &&
           guard->reliable_until() <= Environment::system().monotonic() + std::chrono::seconds(2);
}

/// A storage that cannot be reached for one operation of who asks for his lock, looks one up, or ends it by force.
template <StoragePolicy S, LockingPolicy<S> L>
void errors_are_no_answers(L& locking, S& storage, Findings& found) {
    if constexpr (LockingPolicy<L, Watched<S>>) {
        if (!found.begins("errors_are_no_answers",
                          {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock", "holders_are_told",
                           "keys_are_locked_apart", "errors_take_nothing", "holders_are_shown", "looking_takes_nothing",
                           "leases_are_shown", "force_ends_what_was_looked_up"}))
            return;
        unsigned left = 0;  // operations until one is refused; 0: none
        Watched<S> watched(storage);
        watched.on_call = [&](Operation const&) {
            return left == 0 || --left != 0 ? Watched<S>::Way::pass : Watched<S>::Way::refused;
        };
        watched.fails_by = Errc::unavailable;
        for (unsigned n = 1; n < 20; ++n) {
            Locker<Watched<S>, L> locker(locking, watched, found);
            auto guard = locker.mine();
            if (!guard) return;
            bool through = true;
            auto const plan = [&] {
                locker.note("refuse operation " + std::to_string(n) + " of the storage", std::string("planned"));
                left = n;
            };
            auto const is_passed_on = [&](auto const& result) {
                through = std::exchange(left, 0) != 0 && through;
                if (!result)
                    locker.expect(result.error() == Errc::unavailable, "an error of the storage is passed on as it is");
            };
            plan();
            is_passed_on(locker.confirm(*guard));
            locker.succeeds(locker.confirm(*guard));
            if constexpr (InspectableLocking<L, Watched<S>>) {
                auto const look = [&] {
                    auto info = locking.inspect(watched, for_at_most(5000), locker.key());
                    locker.note("inspect", info);
                    return info;
                };
                plan();
                auto const info = look();
                is_passed_on(info);
                locker.expect(!info || *info, "an error of the storage is not that nobody holds the lock", "nobody");
                if constexpr (BreakableLocking<L, Watched<S>>) {
                    auto const held = look();
                    if (!held || !*held) return;
                    auto const force = [&] {
                        return locker.noted(locking.force_unlock(watched, for_at_most(5000), locker.key(), (*held)->id),
                                            "force_unlock");
                    };
                    plan();
                    auto const forced = force();
                    is_passed_on(forced);
                    if (!forced) locker.succeeds(force());
                    locker.expect(locker.is_free(), "a lock that force could not end can be ended again");
                }
            }
            if (through) break;
        }
    }
}

/// A holder, or who ends his lock by force, pauses before he writes; by then another has it.
template <StoragePolicy S, BreakableLocking<Watched<S>> L>
void expect_pauses_to_end_nothing(L& locking, Watched<S>& watched, Findings& found) {
    enum class Paused : unsigned char { release, renewal, force };
    for (Paused const paused : {Paused::release, Paused::renewal, Paused::force}) {
        Locker<Watched<S>, L> locker(locking, watched, found);
        auto guard = locker.mine();
        if (!guard) return;
        auto const held = look_up(locker);
        if (!held) return;
        auto const force = [&] { return locking.force_unlock(watched, for_at_most(4000), locker.key(), held->id); };
        std::optional<GuardOf<L, Watched<S>>> theirs;
        Interlude others([&] {
            if (paused == Paused::force) (void)guard->release(for_at_most(4000));
            else (void)force();
            auto got = locking.acquire(watched, for_at_most(4000), locker.key(), "law, another");
            if (got) theirs.emplace(*std::move(got));
        });
        watched.on_call = [&](Operation const& operation) {
            if (operation.writes_something()) others.moment();
            return Watched<S>::Way::pass;
        };
        others.arm();
        auto const came = paused == Paused::release   ? locker.release(*guard)
                          : paused == Paused::renewal ? locker.renew(*guard)
                                                      : locker.noted(force(), "force_unlock");
        bool const happened = others.happened() && theirs;
        watched.on_call = nullptr;
        if (!happened) continue;  // it kept others out, or writes nothing here
        locker.note("before its write was made another got the lock", came);
        if (paused == Paused::renewal)
            locker.expect(!came, "a lock that another got before the renewal was written is not renewed");
        if (paused == Paused::force)
            locker.fails(came, Errc::lost, "force that was late has not ended what it was told: 'lost'");
        locker.expect(!locker.is_free(), "what is written late leaves alone who has the lock by then");
        elsewhere([&] { locker.succeeds(locker.confirm(*theirs)); });
    }
}

/// Who waits has seen a lock expire, and pauses before he takes it over; by then its holder has renewed it.
template <StoragePolicy S, LockingPolicy<Watched<S>> L>
void expect_pauses_to_take_nothing(L& locking, Watched<S>& watched, Findings& found) {
    Environment& env = Environment::system();
    Locker<Watched<S>, L> locker(locking, watched, found);
    auto guard = locker.mine();
    if (!guard) return;
    Instant const sure = guard->reliable_until();
    Duration const span = sure - env.monotonic();
    std::atomic<bool> stop{false};
    std::atomic<Duration::rep> until{0};
    auto const renews = [&] {
        if (guard->renew(for_at_most(4000))) until = guard->reliable_until().time_since_epoch().count();
        if (env.monotonic() > sure) stop = true;  // that was the one
    };
    elsewhere([&] {
        auto const waiter = std::this_thread::get_id();
        watched.on_call = [&](Operation const& operation) {
            if (!operation.writes_something() || std::this_thread::get_id() != waiter || stop)
                return Watched<S>::Way::pass;
            Interlude holder(renews);
            holder.arm();
            holder.moment();
            return Watched<S>::Way::pass;
        };
        auto other = locker.another();
        auto const got = other.acquire(Context(env, 5 * span + std::chrono::seconds(1), &stop));
        Instant const now = env.monotonic();
        watched.on_call = nullptr;
        other.note("the holder renewed before that was written", std::string("success"));
        if (got)
            other.expect(now >= Instant(Duration(until)), "a lock that was renewed since is not taken over",
                         "it was taken over");
    });
}

template <StoragePolicy S, LockingPolicy<S> L>
void pauses_take_nothing(L& locking, S& storage, Findings& found) {
    if constexpr (LockingPolicy<L, Watched<S>>) {
        if (!found.begins("pauses_take_nothing",
                          {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock", "holders_are_told",
                           "keys_are_locked_apart", "guards_can_be_handed_over", "ended_guards_release_nothing",
                           "two_at_once_exclude_each_other", "errors_take_nothing", "locks_expire_unless_renewed",
                           "broken_holders_are_told"}))
            return;
        Watched<S> watched(storage);
        if constexpr (BreakableLocking<L, Watched<S>>) expect_pauses_to_end_nothing<S>(locking, watched, found);
        if (expires_soon(locking, storage, found)) expect_pauses_to_take_nothing<S>(locking, watched, found);
    }
}

/// Writes of whose fate the storage knows nothing: each in turn, made or not.
template <StoragePolicy S, LockingPolicy<S> L>
void lost_replies_are_not_believed(L& locking, S& storage, Findings& found) {
    if constexpr (LockingPolicy<L, Watched<S>>) {
        if (!found.begins("lost_replies_are_not_believed",
                          {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock", "holders_are_told",
                           "keys_are_locked_apart", "errors_take_nothing"}))
            return;
        using Way = typename Watched<S>::Way;
        using Locks = Locker<Watched<S>, L>;
        Watched<S> watched(storage);
        std::atomic<unsigned> left{0}, made{0};  // writes until one is spoiled; 0: none
        Way way = Way::lost;
        watched.on_call = [&](Operation const& operation) {
            if (!operation.writes_something()) return Way::pass;
            if (left != 0 && --left == 0) return way;
            ++made;
            return Way::pass;
        };
        auto const planned = [&](Locks& locker, unsigned n) {
            locker.note((way == Way::lost ? "lose write " : "lose the reply to write ") + std::to_string(n),
                        std::string("planned"));
            left = n;
        };
        auto const through = [&] { return left.exchange(0) != 0; };
        for (Way const next : {Way::lost, Way::reply_lost}) {
            way = next;
            for (unsigned n = 1; n < 20; ++n) {
                Locks locker(locking, watched, found);
                planned(locker, n);
                auto guard = locker.acquire(for_at_most(5000));
                bool const last = through();
                if (guard) {
                    locker.expect(!locker.is_free(), "a lock that was acquired in spite of a lost reply excludes");
                    locker.succeeds(locker.confirm(*guard));
                    locker.succeeds(locker.release(*guard));
                    locker.expect(locker.is_free(),
                                  "a lock that was acquired in spite of a lost reply can be released");
                } else if (way == Way::lost) {
                    locker.expect(locker.is_free(), "a lock that was not acquired, nor written, is free");
                }
                if (last) break;
            }
        }
        way = Way::lost;
        for (unsigned n = 1; n < 20; ++n) {
            Locks locker(locking, watched, found);
            auto guard = locker.mine();
            if (!guard) return;
            made = 0;
            if (!locker.renew(*guard)) return;
            unsigned const usual = made;
            planned(locker, n);
            made = 0;
            auto const renewed = locker.renew(*guard);
            bool const renewed_through = through();
            locker.expect(!renewed || made >= usual, "a renewal that was lost has renewed nothing",
                          "success, without another write");
            locker.expect(!locker.is_free(), "a lost renewal leaves the lock held");
            locker.succeeds(locker.renew(*guard));
            planned(locker, n);
            auto const released = locker.release(*guard);
            bool const last = through() && renewed_through;
            if (!released) locker.succeeds(locker.release(*guard));
            locker.expect(locker.is_free(),
                          released ? "a release that succeeded was made" : "a release that was lost can be repeated");
            if (last) break;
        }
    }
}

/// Machines whose clocks on the wall say another year.
template <StoragePolicy S, LockingPolicy<S> L>
void times_of_day_decide_nothing(L& locking, S& storage, Findings& found) {
    if (!found.begins(
            "times_of_day_decide_nothing",
            {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock", "holders_are_told",
             "keys_are_locked_apart", "locks_expire_unless_renewed", "holders_are_shown", "looking_takes_nothing"}))
        return;
    Environment& env = Environment::system();
    bool const expires = expires_soon(locking, storage, found);
    for (auto const years : {std::chrono::hours(24 * 3'650), std::chrono::hours(-24 * 3'650)}) {
        OtherDay other_day(years);
        std::string const when = years.count() > 0 ? " by a clock that is ahead" : " by a clock that is behind";
        auto const there = [&](Duration patience) { return Context(other_day, patience); };
        Locker<S, L> locker(locking, storage, found);
        auto guard = locker.mine();
        if (!guard) return;
        elsewhere([&] {
            for (int look = 0; look < 2; ++look) {
                auto const taken = locker.acquire(there(Duration::zero()));
                locker.note("acquire" + when, taken);
                locker.fails(taken, Errc::busy, "a lock is held, whatever the time of day is where others want it");
            }
            if constexpr (InspectableLocking<L, S>) {
                auto const info = locking.inspect(storage, there(std::chrono::seconds(5)), locker.key());
                locker.expect(info && *info, "a holder is shown, whatever the time of day is where others look",
                              "nobody");
            }
        });
        auto const works = [&](Result<void> const& came, std::string const& did) {
            locker.note(did + when, came);
            locker.expect(static_cast<bool>(came), "a guard works on, whatever its clock is set to");
        };
        works(guard->confirm(there(std::chrono::seconds(5))), "confirm");
        works(guard->renew(there(std::chrono::seconds(5))), "renew");
        locker.expect(guard->reliable_until() > env.monotonic(), "a guard is reliable, whatever its clock is set to",
                      "it is not");
        locker.expect(!locker.is_free(), "a lock is held, whatever the clock of its holder is set to");
        works(guard->release(there(std::chrono::seconds(5))), "release");
        {
            auto theirs = locker.acquire(there(std::chrono::seconds(5)));
            locker.note("acquire" + when, theirs);
            if (!locker.expect(static_cast<bool>(theirs), "a lock that is free can be had at any time of day")) return;
            locker.expect(!locker.is_free(), "a lock is held, whatever the clock of its holder is set to");
            if (expires)
                elsewhere([&] {
                    auto const next = locker.acquire(Context(env, found.patience()));
                    locker.expect(static_cast<bool>(next), "a lock expires, whatever the clock of its holder said");
                });
        }
    }
}

}  // namespace holdfast::testing::law

#endif
