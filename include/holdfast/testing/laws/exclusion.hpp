#ifndef HOLDFAST_TESTING_LAWS_EXCLUSION_HPP
#define HOLDFAST_TESTING_LAWS_EXCLUSION_HPP

#include <holdfast/testing/laws/locker.hpp>
#include <holdfast/testing/laws/meeting.hpp>
#include <holdfast/testing/laws/watched.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

// The laws of `LockingPolicy` about who is let in, and when.
namespace holdfast::testing::law {

template <StoragePolicy S, LockingPolicy<S> L>
void locks_exclude(L& locking, S& storage, Findings& found) {
    if (!found.begins("locks_exclude", {"guards_hold_until_they_end"})) return;
    Locker<S, L> locker(locking, storage, found);
    auto guard = locker.acquire(for_at_most(0));
    if (!locker.expect(static_cast<bool>(guard), "a lock that nobody holds can be had at once")) return;
    auto const excludes = [&](std::string_view expected) {
        auto const came = locker.tried();
        if (locker.expect(!came, expected)) locker.fails(came, Errc::busy, "a lock that somebody holds is 'busy'");
    };
    excludes("while a guard lives no other is handed out");
    excludes("while a guard lives no other is handed out, also not to who asks again");
    (void)locker.renew(*guard);
    excludes("a guard that was renewed excludes as before");
    auto moved = *std::move(guard);
    excludes("a guard that was moved excludes as before");
    if constexpr (std::copy_constructible<L>) {
        L copy(locking);
        Locker<S, L> by_copy(copy, storage, found, locker.key());
        by_copy.note("acquire", std::string("success"));
        by_copy.expect(!by_copy.is_free(), "while a guard lives no other is handed out by a copy of the lock");
    }
}

template <StoragePolicy S, LockingPolicy<S> L>
void keys_are_locked_apart(L& locking, S& storage, Findings& found) {
    if (!found.begins("keys_are_locked_apart", {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock"}))
        return;
    std::string const base = fresh_key().str(), long_part(200, 'x');
    std::vector<std::string> names = {base,
                                      base + "a",
                                      base + "A",
                                      base + "/a",
                                      base + "_a",
                                      base + ".a",
                                      base + "\xc3\xa9",
                                      base + "\xc3\xa8",
                                      base + "/a/",
                                      base + ".lock",
                                      base + "%2Fa",
                                      base + " ",
                                      base + "e\xcc\x81",
                                      base + long_part + "1",
                                      base + long_part + "2"};
    for (std::size_t const size : {std::size_t{255}, max_key_size - 1})
        for (char const last : {'1', '2'}) names.push_back(base + std::string(size - base.size(), 'y') + last);
    // So many that two share one of 256 locks, for all but one check in a million.
    for (unsigned i = 0; i < found.rounds(64); ++i) names.push_back(base + "-" + std::to_string(i));
    using Guard = GuardOf<L, S>;
    std::vector<Locker<S, L>> lockers;
    std::vector<std::optional<Guard>> guards;
    for (std::string const& name : names) {
        lockers.emplace_back(locking, storage, found, *Key::parse(name));
        auto& locker = lockers.back();
        locker.note("others hold the locks of keys that look like " + shown(name), std::string("success"));
        auto guard = locker.acquire(for_at_most(0));
        if (!locker.expect(static_cast<bool>(guard), "who holds the lock of a key does not hold those of others"))
            return;
        guards.emplace_back(*std::move(guard));
    }
    // Every other one ends, and takes no other with it.
    for (std::size_t i = 0; i < names.size(); i += 2) guards[i].reset();
    for (std::size_t i = 0; i < names.size() && i < 20; ++i) {
        bool const free = lockers[i].is_free();
        if (i % 2 == 0) lockers[i].expect(free, "the lock of a key ends also while those of others are held");
        else if (lockers[i].expect(!free, "the lock of a key does not end with those of others"))
            lockers[i].succeeds(lockers[i].confirm(*guards[i]));
    }
}

template <StoragePolicy S, LockingPolicy<S> L>
void holders_are_told(L& locking, S& storage, Findings& found) {
    if (!found.begins("holders_are_told", {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock"}))
        return;
    Locker<S, L> locker(locking, storage, found);
    auto guard = locker.mine();
    if (!guard) return;
    Environment& env = Environment::system();
    for (Context const& ctx : {for_at_most(0), locker.patience()}) {
        Instant const begin = env.monotonic();
        auto const again = locker.acquire(ctx);
        Duration const waited = env.monotonic() - begin;
        locker.fails(again, Errc::already_held, "a holder that acquires again is told: 'already_held'");
        locker.expect(waited < found.patience(), "a holder that acquires again does not wait", "he waited");
    }
    locker.expect(static_cast<bool>(locker.confirm(*guard)), "a holder that acquires again holds the lock as before");
    // A thread that has ended holds nothing, and the system gives its number to the next one.
    Locker<S, L> orphan(locking, storage, found);
    std::optional<GuardOf<L, S>> left;
    elsewhere([&] { left = orphan.mine(); });
    orphan.note("leave the guard to somebody else, and end the thread", std::string("success"));
    if (auto const came = orphan.tried(); left)
        orphan.fails(came, Errc::busy, "a thread that has begun since is no holder: 'busy'");
    if (!locker.release(*guard)) return;
    auto const after = locker.acquire(for_at_most(0));
    locker.expect(static_cast<bool>(after), "who has released the lock can acquire it again");
}

/// Another process writes the same step a moment before: the same lease of another id. Of locks that live in records.
template <StoragePolicy S, LockingPolicy<Watched<S>> L>
void expect_other_processes_to_count(L& locking, S& storage, Findings& found) {
    Watched<S> watched(storage);
    Locker<Watched<S>, L> locker(locking, watched, found);
    std::optional<Record> theirs;
    Slot slot = Slot::lock;
    watched.on_call = [&](Operation const& operation) {
        bool const takes = !theirs && operation.kind == Operation::Kind::write && *operation.record &&
                           (*operation.record)->lease && (*operation.record)->lease->held;
        if (!takes) return Watched<S>::Way::pass;
        Environment& env = Environment::system();
        Record rival = **operation.record;
        rival.stamp.ids.push(env.new_write_id());
        rival.revision = Revision(rival.stamp.ids.newest());
        Lease lease = *rival.lease;
        lease.id = env.new_write_id();
        lease.holder = Writer("law@elsewhere:1");
        rival.lease = std::make_shared<Lease const>(std::move(lease));
        auto const record = std::make_shared<Record const>(std::move(rival));
        if (is_applied(storage.write(patient(), *operation.id, record, *operation.when))) {
            theirs = *record;
            slot = operation.id->slot;
        }
        return Watched<S>::Way::pass;
    };
    auto const guard = locker.acquire(for_at_most(0));
    watched.on_call = nullptr;
    if (!theirs) return;
    locker.note("another process took the lock a moment before that was written", guard);
    locker.expect(!guard, "a lock that another process took meanwhile is handed to nobody else", "it is handed out");
    (void)storage.remove(patient(), RecordId(theirs->key, slot), Precondition::none());  // nobody will release it
}

/// Two who have seen the same, and take the lock side by side. A storage that does not do what the lock relies on is
/// found out here.
template <StoragePolicy S, LockingPolicy<S> L>
void two_at_once_exclude_each_other(L& locking, S& storage, Findings& found, unsigned rounds = 3) {
    if constexpr (LockingPolicy<L, Watched<S>>) {
        if (!found.begins("two_at_once_exclude_each_other",
                          {"guards_hold_until_they_end", "locks_exclude", "ends_free_the_lock"}))
            return;
        Key const key = fresh_key();
        for (unsigned round = 0; round < rounds; ++round) {
            Meeting meeting;
            Watched<S> watched(storage);
            watched.on_call = [&](Operation const& operation) {
                if (operation.writes_something()) meeting.meet();
                return Watched<S>::Way::pass;
            };
            Locker<Watched<S>, L> all(locking, watched, found, key);
            std::optional<GuardOf<L, Watched<S>>> taken[2];
            at_once(2, [&](unsigned me) {
                auto locker = all.another();
                if (auto guard = locker.acquire(for_at_most(0))) taken[me].emplace(*std::move(guard));
                meeting.leave();
            });
            all.note("acquire at once by two threads, both having looked before either writes",
                     std::string("both have it"));
            if (!all.expect(!taken[0] || !taken[1], "of two who take a lock side by side one gets it at most")) return;
            for (auto& one : taken)
                if (one) all.succeeds(all.release(*one));
        }
        if constexpr (AttributedStorage<S>) expect_other_processes_to_count<S>(locking, storage, found);
    }
}

/// Several who come while the lock is held, and then want it again and again.
template <StoragePolicy S, LockingPolicy<S> L>
void threads_exclude_each_other(L& locking, S& storage, Findings& found, unsigned threads = 4, unsigned rounds = 6) {
    if (!found.begins("threads_exclude_each_other",
                      {"guards_hold_until_they_end", "locks_exclude", "waiting_ends", "holders_are_told",
                       "two_at_once_exclude_each_other", "ends_free_the_lock", "ended_guards_release_nothing"}))
        return;
    rounds = found.rounds(rounds);
    Environment& env = Environment::system();
    Locker<S, L> all(locking, storage, found);
    auto first = all.mine();
    if (!first) return;
    std::atomic<int> inside{1};
    std::atomic<unsigned> entered{0};
    std::atomic<bool> over{false};
    auto const leave = [&](auto& locker, auto& guard) {
        --inside;
        (void)locker.release(guard);
    };
    std::thread holder([&] {
        in_threads(threads, [&](unsigned) {
            auto locker = all.another();
            for (unsigned round = 0; round < rounds && !over; ++round) {
                auto guard = locker.acquire(Context(env, 4 * found.patience()));
                if (!locker.succeeds(guard)) over = true;
                if (over) return;
                if (!locker.expect(++inside == 1, "only one of several threads is inside the lock", "two are"))
                    over = true;
                env.sleep(std::chrono::microseconds(round == 0 ? 2000 : 100));
                leave(locker, *guard);
                ++entered;
            }
        });
    });
    env.sleep(std::chrono::milliseconds(20));
    leave(all, *first);
    holder.join();
    all.note("acquire and release by several threads", std::to_string(entered) + " times");
    if (!over) all.expect(entered == threads * rounds, "everybody gets the lock in the end");
}

}  // namespace holdfast::testing::law

#endif
