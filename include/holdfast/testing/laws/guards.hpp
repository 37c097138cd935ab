#ifndef HOLDFAST_TESTING_LAWS_GUARDS_HPP
#define HOLDFAST_TESTING_LAWS_GUARDS_HPP

#include <holdfast/testing/laws/locker.hpp>
#include <holdfast/testing/laws/watched.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

// The laws of `LockGuard` and `TenuredGuard`.
namespace holdfast::testing::law {

template <StoragePolicy S, LockingPolicy<S> L>
void guards_hold_until_they_end(L& locking, S& storage, Findings& found) {
    if (!found.begins("guards_hold_until_they_end")) return;
    Locker<S, L> locker(locking, storage, found);
    Environment& env = Environment::system();
    // How long the caller would have waited for it, and whether he would have stopped, is of no account any more.
    std::atomic<bool> stop{false};
    Context const ctx(env, std::chrono::milliseconds(20), &stop);
    auto guard = locker.acquire(ctx);
    bool const too_short = !guard && (guard.error() == Errc::busy || guard.error() == Errc::timed_out);
    if (too_short) guard = locker.acquire();
    if (!locker.succeeds(guard)) return;
    stop = true;
    if (!ctx.expired()) env.sleep(ctx.remaining());
    for (int round = 0; round < 3; ++round) {
        locker.succeeds(locker.confirm(*guard));
        Instant before = guard->reliable_until();
        // Of a short lease nothing is left after a pause of the machine: then once more.
        for (int tries = 0; tries < 20 && before <= env.monotonic(); ++tries) {
            (void)locker.renew(*guard);
            before = guard->reliable_until();
        }
        locker.expect(before > env.monotonic(), "a guard that holds is reliable for some time", "it is not");
        locker.succeeds(locker.renew(*guard));
        locker.expect(guard->reliable_until() >= before, "a guard that was renewed is reliable no shorter than before",
                      "it is reliable for a shorter time");
    }
    auto moved = *std::move(guard);
    locker.succeeds(locker.confirm(moved));
    locker.succeeds(locker.release(moved));
}

template <StoragePolicy S, LockingPolicy<S> L>
void ends_free_the_lock(L& locking, S& storage, Findings& found) {
    if (!found.begins("ends_free_the_lock", {"guards_hold_until_they_end"})) return;
    auto const frees = [&](auto&& end, std::string_view expected) {
        Locker<S, L> locker(locking, storage, found);
        if (auto guard = locker.mine()) {
            end(locker, guard);
            locker.expect(locker.is_free(), expected);
        }
    };
    using Guard = GuardOf<L, S>;
    using Held = std::optional<Guard>;
    frees([](auto& locker, Held& guard) { locker.succeeds(locker.release(*guard)); },
          "a lock that was released can be had at once");
    frees(
        [](auto& locker, Held& guard) {
            (void)locker.renew(*guard);
            locker.succeeds(locker.release(*guard));
        },
        "a lock that was renewed and released can be had at once");
    frees([](auto&, Held& guard) { guard.reset(); }, "destroying a guard releases its lock");
    frees(
        [](auto&, Held& guard) {
            auto moved = std::optional<Guard>(*std::move(guard));
            moved.reset();
        },
        "destroying a guard that was moved to releases its lock");
    Locker<S, L> other(locking, storage, found);
    frees(
        [&](auto&, Held& guard) {
            if (auto another = other.mine()) *guard = *std::move(another);
        },
        "assigning another guard to one releases what that held");
    // The key that it was acquired by may be gone, and its place in memory another's.
    Locker<S, L> kept(locking, storage, found);
    {
        Key const another = fresh_key();
        Key passing = kept.key();
        auto guard = locking.acquire(storage, patient(), passing, "law");
        kept.note("acquire by a key that is overwritten then", guard);
        if (!kept.succeeds(guard)) return;
        passing = another;  // in the same place: it is as long
        (void)guard->release(patient());
    }
    kept.expect(kept.is_free(), "a guard keeps the name of its key, wherever that was");
    // What holds nothing has nothing to release, and that is no error.
    Locker<S, L> locker(locking, storage, found);
    auto guard = locker.mine();
    if (!guard) return;
    auto moved = *std::move(guard);
    locker.succeeds(locker.noted(guard->release(patient()), "moving a guard and releasing what it was moved from"));
    (void)locker.release(moved);
    locker.succeeds(locker.noted(moved.release(patient()), "release again"));
}

/// That a guard is over, in every answer.
template <class Locker>
void expect_over(Locker& locker, typename Locker::Guard& guard, std::string const& which) {
    locker.fails(locker.confirm(guard), Errc::lost, which + " confirms nothing: 'lost'");
    locker.fails(locker.renew(guard), Errc::lost, which + " is not renewed: 'lost'");
    locker.expect(guard.reliable_until() == (Instant::min)(), which + " is reliable until Instant::min()",
                  "until later");
}

template <StoragePolicy S, LockingPolicy<S> L>
void ended_guards_hold_nothing(L& locking, S& storage, Findings& found) {
    if (!found.begins("ended_guards_hold_nothing", {"guards_hold_until_they_end"})) return;
    Locker<S, L> locker(locking, storage, found);
    auto guard = locker.mine();
    if (!guard) return;
    auto moved = *std::move(guard);
    locker.note("move the guard", std::string("success"));
    expect_over(locker, *guard, "a guard that was moved from");
    locker.expect(static_cast<bool>(locker.confirm(moved)),
                  "what was asked of a guard that was moved from ends nothing");
    if (!locker.succeeds(locker.release(moved))) return;
    expect_over(locker, moved, "a guard that was released");
}

template <StoragePolicy S, LockingPolicy<S> L>
void ended_guards_release_nothing(L& locking, S& storage, Findings& found) {
    if (!found.begins("ended_guards_release_nothing",
                      {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock"}))
        return;
    Locker<S, L> locker(locking, storage, found);
    auto guard = locker.mine();
    if (!guard) return;
    auto moved = std::optional(*std::move(guard));
    (void)guard->release(patient());
    locker.note("move the guard, and release what it was moved from", std::string("success"));
    locker.expect(!locker.is_free(), "the release of a guard that was moved from releases nothing");
    guard.reset();
    locker.expect(!locker.is_free(), "the end of a guard that was moved from releases nothing");
    if (!locker.succeeds(locker.release(*moved))) return;
    locker.while_another_holds([&](auto& theirs) {
        (void)locker.noted(moved->release(patient()), "release again");
        locker.expect(!locker.is_free(), "a second release leaves alone who holds the lock by then");
        moved.reset();
        locker.note("destroy the guard that was released", std::string("success"));
        locker.expect(!locker.is_free(),
                      "the end of a guard that was released leaves alone who holds the lock by then");
        locker.succeeds(locker.confirm(theirs));
    });
}

template <StoragePolicy S, LockingPolicy<S> L>
void forked_guards_hold_nothing(L& locking, S& storage, Findings& found) {
    if constexpr (LockingPolicy<L, Watched<S>>) {
        if (!found.begins("forked_guards_hold_nothing",
                          {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock"}))
            return;
        int writes = 0;
        Watched<S> watched(storage);
        watched.on_call = [&](Operation const& operation) {
            writes += operation.writes_something();
            return Watched<S>::Way::pass;
        };
        Locker<Watched<S>, L> locker(locking, watched, found);
        auto guard = locker.mine();
        if (!guard) return;
        pid_t const child = ::fork();
        if (child == 0) {
            writes = 0;
            int wrong = (guard->reliable_until() == (Instant::min)() ? 0 : 1);
            auto const confirmed = guard->confirm(patient());
            wrong |= !confirmed && confirmed.error() == Errc::lost ? 0 : 2;
            wrong |= guard->renew(patient()) ? 4 : 0;
            (void)guard->release(patient());
            guard.reset();
            ::_exit(wrong | (writes == 0 ? 0 : 8));
        }
        int status = -1;
        bool const ended = child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status);
        locker.note("fork a child that asks, renews, releases and destroys its copy of the guard",
                    std::string(ended ? "it ended" : "it ended by a signal"));
        if (!locker.expect(ended, "a child that was forked ends by itself")) return;
        int const wrong = WEXITSTATUS(status);
        locker.expect((wrong & 1) == 0, "in a child the copy of a guard is reliable until Instant::min()",
                      "until later");
        locker.expect((wrong & 2) == 0, "in a child the copy of a guard confirms nothing: 'lost'", "something else");
        locker.expect((wrong & 4) == 0, "in a child the copy of a guard is not renewed", "it is");
        locker.expect((wrong & 8) == 0, "in a child the copy of a guard writes nothing", "it writes");
        locker.expect(!locker.is_free(), "what a child does with the copy of a guard releases nothing");
        locker.succeeds(locker.confirm(*guard));
        locker.succeeds(locker.release(*guard));
        locker.expect(locker.is_free(), "who has forked a child can release his lock");
    }
}

template <StoragePolicy S, LockingPolicy<S> L>
void guards_can_be_handed_over(L& locking, S& storage, Findings& found) {
    if (!found.begins("guards_can_be_handed_over",
                      {"guards_hold_until_they_end", "ends_free_the_lock", "locks_exclude", "holders_are_told"}))
        return;
    Locker<S, L> locker(locking, storage, found);
    auto guard = locker.mine();
    if (!guard) return;
    elsewhere([&] {
        auto handed = *std::move(guard);
        locker.succeeds(locker.noted(handed.confirm(patient()), "confirm in another thread"));
        locker.succeeds(locker.noted(handed.renew(patient()), "renew in another thread"));
        guard.emplace(std::move(handed));
    });
    if constexpr (guards_exclude<GuardOf<L, S>>) {
        auto const again = locker.acquire(for_at_most(0));
        locker.expect(!again, "a guard that was handed over excludes, also who had it before");
        if (!again) locker.expect(again.error() == Errc::busy, "who has handed his guard over is no holder: 'busy'");
    }
    locker.succeeds(locker.confirm(*guard));
    elsewhere([&] {
        auto handed = *std::move(guard);
        locker.succeeds(locker.noted(handed.release(patient()), "release in another thread"));
    });
    locker.expect(locker.is_free(), "a lock that another thread released for its holder can be had at once");
}

template <StoragePolicy S, LockingPolicy<S> L>
void epochs_rise(L& locking, S& storage, Findings& found) {
    if (!found.begins("epochs_rise", {"ends_free_the_lock", "holders_are_told"})) return;
    auto const shown_epoch = [](Epoch epoch) { return "epoch " + std::to_string(epoch); };
    Locker<S, L> locker(locking, storage, found);
    std::optional<Epoch> last;
    for (int round = 0; round < 5; ++round) {
        elsewhere([&] {
            auto guard = locker.mine();
            if (!guard) return;
            Epoch const epoch = guard->epoch();
            bool const above = !last || (*last == 0 ? epoch == 0 : epoch > *last);
            locker.expect(above, "epochs are 0 of every holder, or above that of every earlier one",
                          shown_epoch(epoch) + " after " + shown_epoch(last.value_or(0)));
            (void)guard->renew(patient());
            locker.expect(guard->epoch() == epoch, "a renewal leaves the epoch as it is", shown_epoch(guard->epoch()));
            last = epoch;
            if (round % 2 == 0) (void)locker.release(*guard);
        });
    }
    if (last.value_or(0) == 0) return;
    if constexpr (AttributedStorage<S>) {
        bool removed = false;  // every second state is
        for (Epoch const before : {Epoch{1} << 31, Epoch{1} << 32, Epoch{1} << 40, Epoch{1} << 63}) {
            Place<S> state(storage, found, RecordId(locker.key()));
            Locker<S, L> fresh(locking, storage, found);
            Record record = *make_record(fresh.key(), removed ? "" : "x", nullptr, removed);
            record.stamp.epoch = before;
            if (!is_applied(
                    state.write(RecordId(fresh.key()), std::make_shared<Record const>(record), Precondition::none())))
                return;
            fresh.note((removed ? "remove a state with " : "write a state with ") + shown_epoch(before),
                       std::string("success"));
            removed = !removed;
            Epoch past = before;
            for (int holder = 0; holder < 2; ++holder) {
                auto const guard = fresh.mine();
                if (!guard) return;
                fresh.expect(guard->epoch() > past,
                             "the epoch of a holder is above that of the state and of earlier holders",
                             shown_epoch(guard->epoch()) + " after " + shown_epoch(past));
                past = guard->epoch();
            }
        }
    }
}

template <StoragePolicy S, LockingPolicy<S> L>
    requires TenuredGuard<GuardOf<L, S>>
void tenures_are_of_their_guards(L& locking, S& storage, Findings& found) {
    if (!found.begins("tenures_are_of_their_guards", {"guards_hold_until_they_end", "ended_guards_hold_nothing",
                                                      "leases_are_shown", "looking_takes_nothing"}))
        return;
    Locker<S, L> locker(locking, storage, found);
    Place<S> state(storage, found, RecordId(locker.key()));
    (void)state.applies(state.record("x"));
    auto guard = locker.mine();
    if (!guard) return;
    auto const looks = [&](GuardOf<L, S>& held, std::string const& when) {
        auto const entered = locker.noted(held.enter(patient()), "enter" + when);
        if (!locker.succeeds(entered)) return;
        Tenure const& tenure = **entered;
        RecordPtr const now = state.read();
        auto const is = [&](bool holds, std::string_view expected) { locker.expect(holds, expected, "another"); };
        is(tenure.epoch() == held.epoch(), "the tenure's epoch is the guard's");
        RecordPtr const known = tenure.known().value_or(now);
        is(!known || (now && known->revision == now->revision && known->payload == now->payload),
           "the record of a tenure is the state that is stored");
        is(known || !now, "a tenure says that there is no state only where there is none");
        is(!tenure.news().refused && !tenure.news().unsure, "nothing was refused or is in doubt before the first write");
        is(!tenure.ending() && !tenure.news().ended && !tenure.news().wrote,
           "nothing was written or ended before the first write");
        is(!tenure.embedded() || (tenure.known() && tenure.lives_in(now)),
           "an embedded lease is in the record of its tenure");
        if constexpr (InspectableLocking<L, S>) {
            auto const info = locking.inspect(storage, patient(), locker.key());
            bool const shown = info && *info && tenure.embedded() && now && now->lease;
            is(!shown || (*info)->id == now->lease->id, "the lease in the record is the one that 'inspect' shows");
        }
    };
    looks(*guard, "");
    (void)locker.renew(*guard);
    looks(*guard, " after a renewal");
    auto moved = *std::move(guard);
    looks(moved, " after the guard was moved");
    locker.fails(locker.noted(guard->enter(patient()), "enter by a guard that was moved from"), Errc::lost,
                 "a guard that was moved from has no tenure: 'lost'");
    if (!locker.release(moved)) return;
    locker.fails(locker.noted(moved.enter(patient()), "enter by a guard that was released"), Errc::lost,
                 "a guard that was released has no tenure: 'lost'");
    (void)state.removes();
}

}  // namespace holdfast::testing::law

#endif
