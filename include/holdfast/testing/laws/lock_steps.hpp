#ifndef HOLDFAST_TESTING_LAWS_LOCK_STEPS_HPP
#define HOLDFAST_TESTING_LAWS_LOCK_STEPS_HPP

#include <holdfast/testing/laws/locker.hpp>
#include <holdfast/testing/laws/samples.hpp>
#include <holdfast/testing/laws/watched.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

// The laws of `LockingPolicy` about the state beside the lock, errors of the storage, and locks that expire.
namespace holdfast::testing::law {

/// Whether a state says the same, whatever lock is in its record.
inline bool same_state(RecordPtr const& a, RecordPtr const& b) {
    using holdfast::detail::is_there;
    // A lock may make a removed record of none, which never had a content.
    if (!a)
        return !is_there(b) && (!b || (b->stamp.sequence == 0 && b->payload.view().empty() && b->attributes.empty()));
    if (!b) return false;
    Stamp const &x = a->stamp, &y = b->stamp;
    return a->payload == b->payload && a->attributes == b->attributes && x.lineage == y.lineage &&
           x.payload_id == y.payload_id && x.previous == y.previous && x.restored == y.restored &&
           x.sequence == y.sequence && x.discipline == y.discipline && x.tombstone == y.tombstone &&
           x.author() == y.author() && x.epoch <= y.epoch;
}

template <StoragePolicy S, LockingPolicy<S> L>
void locks_leave_states_alone(L& locking, S& storage, Findings& found) {
    if (!found.begins("locks_leave_states_alone", {"guards_hold_until_they_end"})) return;
    auto const leaves = [&](std::string const& which, auto const& state_of) {
        Locker<S, L> locker(locking, storage, found);
        Place<S> state(storage, found, RecordId(locker.key()));
        if (RecordPtr const record = state_of(locker.key());
            record && !state.expect(state.applies(record), "a write is applied"))
            return;
        RecordPtr const before = state.read();
        auto const is_left = [&](RecordPtr const& now) {
            locker.expect(same_state(before, now), which + " is left as it is by the lock of its key", came(now));
        };
        if (auto guard = locker.mine()) {
            is_left(state.read());
            (void)locker.renew(*guard);
            is_left(state.read());
            (void)locker.release(*guard);
            is_left(state.read());
        }
        (void)state.removes();
    };
    leaves("that there is no state", [](KeyView) { return RecordPtr(); });
    if constexpr (AttributedStorage<S>) {
        for (std::size_t const n : {2u, 6u, 7u})  // with every member, others of every member, with few
            leaves("a state", [n](KeyView key) {
                Record record = *sample(key, n);
                record.lease = nullptr;
                return std::make_shared<Record const>(std::move(record));
            });
        leaves("a removed state", [](KeyView key) { return make_record(key, "", make_record(key, "x"), true); });
    } else {
        leaves("a state", [](KeyView key) { return make_record(key, "x"); });
    }
}

template <StoragePolicy S, LockingPolicy<S> L>
void writes_leave_locks_alone(L& locking, S& storage, Findings& found) {
    if (!found.begins("writes_leave_locks_alone", {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock",
                                                   "locks_leave_states_alone"}))
        return;
    for (bool const exists : {false, true}) {
        Locker<S, L> locker(locking, storage, found);
        Place<S> state(storage, found, RecordId(locker.key()));
        // As whoever does not know of the lock writes: what the record says of it stays.
        auto const write = [&](std::string const& payload, bool tombstone) {
            RecordPtr const base = state.read();
            Record record = *make_record(locker.key(), payload, base, tombstone);
            if (base) record.lease = base->lease;
            bool const done = state.applies(std::make_shared<Record const>(std::move(record)));
            locker.note(
                (tombstone ? "removal of the state by " : "write of the state by ") + std::string("who holds no lock"),
                std::string(done ? "applied" : "not applied"));
        };
        if (exists) write("0", false);
        auto guard = locker.mine();
        if (!guard) return;
        for (int round = 1; round < 4; ++round) {
            write(std::to_string(round), round == 2 && AttributedStorage<S>);
            locker.expect(!locker.is_free(), "a lock is held also when the state was written meanwhile");
            locker.succeeds(locker.confirm(*guard));
            if (round == 2) continue;
            locker.succeeds(locker.renew(*guard));
            locker.expect(!locker.is_free(), "a lock is held also when it was renewed after a write of the state");
        }
        write("last", false);
        locker.succeeds(locker.release(*guard));
        locker.expect(locker.is_free(), "a lock can be released also when the state was written meanwhile");
        (void)state.removes();
    }
}

/// Renewals and releases of callers that have no time left or ask to stop.
template <StoragePolicy S, LockingPolicy<S> L>
void expect_haste_to_take_nothing(L& locking, S& storage, Findings& found) {
    Environment& env = Environment::system();
    std::atomic<bool> const stop{true};
    for (Context const& hasty : {for_at_most(0), Context(env, std::chrono::seconds(30), &stop)}) {
        Locker<S, L> locker(locking, storage, found);
        auto guard = locker.mine();
        if (!guard) return;
        auto const holds = [&](Result<void> const& came) {
            locker.expect(came || (came.error() != Errc::lost && came.error() != Errc::fenced),
                          "a lock is not lost because its holder is in a hurry");
            locker.expect(!locker.is_free(), "a lock whose holder was in a hurry is held as before");
            locker.succeeds(locker.confirm(*guard));
        };
        holds(locker.noted(guard->renew(hasty), "renew in a hurry"));
        auto const released = locker.noted(guard->release(hasty), "release in a hurry");
        if (!released) {
            holds(released);
            locker.succeeds(locker.release(*guard));
        }
        locker.expect(locker.is_free(), "a lock that was released in a hurry, or again in peace, is free");
    }
}

/// A storage that cannot be reached for one operation, each in turn: of who takes the lock, of who holds it, and of who
/// tries to have what somebody else holds.
template <StoragePolicy S, LockingPolicy<S> L>
void errors_take_nothing(L& locking, S& storage, Findings& found) {
    if constexpr (LockingPolicy<L, Watched<S>>) {
        if (!found.begins("errors_take_nothing",
                          {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock", "holders_are_told"}))
            return;
        expect_haste_to_take_nothing(locking, storage, found);
        unsigned left = 0;  // operations until one is refused; 0: none
        Watched<S> watched(storage);
        watched.on_call = [&](Operation const&) {
            return left == 0 || --left != 0 ? Watched<S>::Way::pass : Watched<S>::Way::refused;
        };
        watched.fails_by = Errc::unavailable;
        using Locks = Locker<Watched<S>, L>;
        auto const nth = [](unsigned n) { return "refuse operation " + std::to_string(n) + " of the storage"; };
        auto const is_passed_on = [](Locks& locker, auto const& result) {
            if (!result)
                locker.expect(result.error() == Errc::unavailable, "an error of the storage is passed on as it is");
        };
        for (unsigned n = 1; n < 20; ++n) {
            Locks locker(locking, watched, found);
            locker.note(nth(n), std::string("planned"));
            left = n;
            auto guard = locker.acquire(locker.patience());
            bool const through = std::exchange(left, 0) != 0;
            is_passed_on(locker, guard);
            if (guard) {
                locker.expect(!locker.is_free(), "a lock that was acquired in spite of an error excludes");
                locker.succeeds(locker.confirm(*guard));
                locker.succeeds(locker.release(*guard));
            }
            locker.expect(locker.is_free(), "an error of 'acquire' leaves the lock free");
            auto const again = locker.acquire(for_at_most(0));
            locker.expect(static_cast<bool>(again), "who got an error can acquire again");
            if (through) break;
        }
        for (unsigned n = 1; n < 20; ++n) {
            Locks locker(locking, watched, found);
            auto guard = locker.mine();
            if (!guard) return;
            locker.note(nth(n), std::string("planned"));
            left = n;
            is_passed_on(locker, locker.renew(*guard));
            bool const renewed = std::exchange(left, 0) != 0;
            locker.expect(!locker.is_free(), "an error of 'renew' leaves the lock held");
            locker.succeeds(locker.confirm(*guard));
            locker.succeeds(locker.renew(*guard));
            locker.note(nth(n), std::string("planned"));
            left = n;
            auto const released = locker.release(*guard);
            bool const through = std::exchange(left, 0) != 0;
            is_passed_on(locker, released);
            if (!released) locker.succeeds(locker.release(*guard));
            locker.expect(locker.is_free(), "a lock whose release failed can be released again");
            if (renewed && through) break;
        }
        for (unsigned n = 1; n < 20; ++n) {
            Locks locker(locking, watched, found);
            auto guard = locker.mine();
            if (!guard) return;
            left = n;
            locker.note(nth(n), std::string("planned"));
            auto const came = locker.tried();
            bool const through = std::exchange(left, 0) != 0;
            locker.expect(!came, "an error of the storage hands a lock that somebody holds to nobody");
            if (!locker.succeeds(locker.confirm(*guard)) || through) break;
        }
    }
}

/// A storage whose reply takes long, while another waits from the moment on in which the request was granted.
template <StoragePolicy S, LockingPolicy<Watched<S>> L>
void expect_slow_replies_to_count(L& locking, S& storage, Duration span, Findings& found) {
    Environment& env = Environment::system();
    for (bool const renews : {false, true}) {
        Watched<S> watched(storage);
        Locker<Watched<S>, L> locker(locking, watched, found);
        std::optional<GuardOf<L, Watched<S>>> guard;
        if (renews && !(guard = locker.mine())) return;
        std::atomic<bool> slow{true};
        std::thread waiter;
        Instant got = (Instant::max)();
        watched.on_applied = [&](Operation const&) {
            if (!slow.exchange(false)) return;
            waiter = std::thread([&] {
                auto other = locker.another();
                auto const theirs = other.acquire(Context(env, found.patience()));
                got = env.monotonic();
            });
            env.sleep(span / 2);
        };
        if (renews) (void)locker.renew(*guard);
        else guard = locker.mine();
        if (waiter.joinable()) waiter.join();
        if (guard)
            locker.expect(got >= guard->reliable_until(),
                          "a holder relies on a lock from when he asked for it, not from when he got the reply",
                          "another got it while he did");
    }
}

/// Only of locks that expire, and soon: others would keep whoever checks them waiting.
template <StoragePolicy S, LockingPolicy<S> L>
void locks_expire_unless_renewed(L& locking, S& storage, Findings& found) {
    Environment& env = Environment::system();
    {
        Locker<S, L> locker(locking, storage, found);
        auto const guard = locker.acquire();
        if (!guard || guard->reliable_until() == (Instant::max)() ||
            guard->reliable_until() > env.monotonic() + std::chrono::seconds(2))
            return;
    }
    if (!found.begins("locks_expire_unless_renewed",
                      {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock", "waiting_ends",
                       "holders_are_told", "epochs_rise", "ended_guards_hold_nothing"}))
        return;
    Locker<S, L> locker(locking, storage, found);
    auto guard = locker.mine();
    if (!guard) return;
    Duration const span = guard->reliable_until() - env.monotonic();

    // Renewed in time. A machine that is busy elsewhere may pause for too long: then nothing is learned, and once more.
    for (int tries = 0; tries < 5; ++tries) {
        bool got = false, ended = false;
        std::atomic<bool> over{false};
        std::thread waiter([&] {
            auto other = locker.another();
            got = static_cast<bool>(other.acquire(Context(env, 2 * span)));
            over = true;
        });
        bool in_time = true;
        for (Instant last = env.monotonic(); !over;) {
            env.sleep(span / 8);
            ended = !locker.renew(*guard) || ended;
            Instant const now = env.monotonic();
            in_time = in_time && now - last < span;
            last = now;
        }
        waiter.join();
        if (in_time) {
            locker.expect(!got && !ended, "a lock that is renewed in time is handed to nobody else",
                          got ? "somebody else got it" : "it could not be renewed");
            Instant const asked = env.monotonic();
            if (locker.renew(*guard))
                locker.expect(guard->reliable_until() >= asked + span / 2,
                              "a guard is reliable anew from its renewal on", "it is not");
            break;
        }
        guard.reset();
        guard = locker.mine();
        if (!guard) return;
    }
    if (!locker.renew(*guard)) return;
    Instant const sure = guard->reliable_until();
    Epoch const epoch = guard->epoch();
    elsewhere([&] {
        auto other = locker.another();
        other.note("let the lock of another thread expire", std::string("not renewed"));
        auto theirs = other.acquire(Context(env, found.patience()));
        Instant const got = env.monotonic();
        if (!other.expect(static_cast<bool>(theirs), "a lock that is not renewed any more can be had")) return;
        other.expect(got >= sure, "a lock is handed to nobody else as long as its holder may rely on it", "too early");
        other.expect(epoch == 0 || theirs->epoch() > epoch, "the epoch of who takes over is above", "it is not");
        elsewhere([&] {
            auto const renewed = locker.renew(*guard);
            locker.expect(!renewed && (renewed.error() == Errc::lost || renewed.error() == Errc::fenced),
                          "who was overtaken cannot renew: 'lost' or 'fenced'");
            auto const confirmed = locker.confirm(*guard);
            locker.expect(!confirmed && (confirmed.error() == Errc::lost || confirmed.error() == Errc::fenced),
                          "who was overtaken confirms nothing: 'lost' or 'fenced'");
            locker.expect(guard->reliable_until() == (Instant::min)(), "who was overtaken relies on nothing",
                          "he does");
            (void)locker.release(*guard);
            guard.reset();
        });
        if (!other.expect(static_cast<bool>(other.confirm(*theirs)),
                          "the end of who was overtaken ends nothing of his successor"))
            return;
    });
    if constexpr (LockingPolicy<L, Watched<S>>) expect_slow_replies_to_count<S>(locking, storage, span, found);
}

}  // namespace holdfast::testing::law

#endif
