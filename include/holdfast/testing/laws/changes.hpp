#ifndef HOLDFAST_TESTING_LAWS_CHANGES_HPP
#define HOLDFAST_TESTING_LAWS_CHANGES_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <atomic>
#include <optional>
#include <string>

// The laws of `WatchableStorage`.
namespace holdfast::testing::law {

template <WatchableStorage S>
Result<bool> waited(Place<S>& at, Revision const& since, Context const& ctx) {
    return at.noted(at.storage().wait_for_change(ctx, at.id(), since), "wait for another than " + shown(since), at.id());
}

/// What came of a wait, and how long that took.
struct BoundedWait {
    Result<bool> notice;
    Duration lasted;  ///< the wait itself: a thread may begin late
};

/// Waits in another thread. A wait that does not end by itself is ended by a change, and was too long then.
template <WatchableStorage S>
BoundedWait bounded_wait(Place<S>& at, Revision const& since, Context const& ctx, std::string_view expected) {
    Environment& env = Environment::system();
    std::optional<BoundedWait> done;
    std::atomic<bool> ended{false};
    in_threads(2, [&](unsigned me) {
        Place<S> mine = at.elsewhere();
        if (me == 0) {
            Instant const begun = env.monotonic();
            done.emplace(BoundedWait{waited(mine, since, ctx), {}});
            done->lasted = env.monotonic() - begun;
            ended = true;
            return;
        }
        Instant const late = env.monotonic() + mine.found().patience();
        while (!ended && env.monotonic() < late) env.sleep(std::chrono::milliseconds(1));
        if (ended) return;
        mine.found().expect(false, "wait for another than " + shown(since), expected, "it went on");
        for (int i = 0; i < 3000 && !ended; ++i) {
            (void)mine.applies(mine.record("end"));
            env.sleep(std::chrono::milliseconds(10));
        }
    });
    done->notice = at.noted(std::move(done->notice), "wait for another than " + shown(since), at.id());
    return *std::move(done);
}

template <WatchableStorage S>
void waits_end(S& storage, Findings& found) {
    if (!found.begins("waits_end", {"removals_remove", "revisions_name_one_write"})) return;
    Environment& env = Environment::system();
    in_every_slot(storage, found, [&](Place<S>& at) {
        for (bool const there : {false, true}) {
            if (found.broken("waits_end")) return;  // the others would be waited for, too
            Revision since;
            if (there) {
                auto const done = at.write(at.record("x"));
                if (!at.expect(is_applied(done), "a write is applied")) return;
                since = done->revision();
            }
            bool ended = false;
            for (int i = 0; i < 100 && !ended; ++i) {
                constexpr std::string_view in_time = "a wait for a change does not last beyond the time limit";
                auto const wait = bounded_wait(at, since, Context(env, std::chrono::milliseconds(15)), in_time);
                if (!at.succeeds(wait.notice)) return;
                if (found.broken("waits_end")) return;
                ended = !*wait.notice;
                if (ended)
                    at.expect(wait.lasted >= std::chrono::milliseconds(10),
                              "a wait for a change that does not come lasts until the time limit", "it was shorter");
            }
            at.expect(ended, "a wait for a change ends with false when nothing changes");
            std::atomic<bool> const stop{true};
            auto const stopped = bounded_wait(at, since, Context(env, std::chrono::hours(1), &stop),
                                              "a request to stop ends a wait");
            at.expect(!stopped.notice && stopped.notice.error() == Errc::cancelled, "a request to stop ends a wait: 'cancelled'");
        }
    });
}

template <WatchableStorage S>
void changes_are_noticed(S& storage, Findings& found) {
    if (!found.begins("changes_are_noticed", {"waits_end", "readers_see_whole_records", "tombstones_are_records"})) return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        if (found.broken("changes_are_noticed")) return;  // the others would be waited for, too
        auto const wait = [&](Place<S>& place, Revision const& since) {
            return waited(place, since, Context(Environment::system(), found.patience()));
        };
        auto const put = [](Place<S>& place, RecordPtr const& base) {
            auto const done = place.write(place.record("x", base));
            return is_applied(done) ? done->revision() : Revision();
        };
        /// Waits until it is no longer `since`, while another thread makes that so.
        auto const noticed = [&](Revision const& since, std::string_view expected, auto&& change) {
            std::atomic<bool> changed{false};
            in_threads(3, [&](unsigned me) {
                Place<S> mine = at.elsewhere();
                if (me == 0) {
                    Environment::system().sleep(std::chrono::milliseconds(5));
                    change(mine);
                    changed = true;
                    return;
                }
                for (bool early = true; early;) {
                    early = !changed;
                    auto const notice = wait(mine, since);
                    if (!mine.succeeds(notice) || !mine.expect(*notice, expected)) return;
                    auto const now = mine.fetch();
                    if (now && (*now ? (*now)->revision : Revision()) != since) return;
                }
                mine.expect(false, expected);
            });
        };

        // Two wait, each of whom must be told.
        Revision first;
        noticed(Revision(), "who waits for a record notices that it comes", [&](Place<S>& mine) { first = put(mine, nullptr); });
        if (!at.expect(!first.empty(), "a write is applied")) return;
        auto const before = wait(at, Revision());
        if (!at.succeeds(before)) return;
        at.expect(*before, "a change that was made before the wait is noticed");

        Revision second;
        noticed(first, "who waits for a change notices a write", [&](Place<S>& mine) { second = put(mine, nullptr); });
        auto const between = wait(at, first);
        if (!at.succeeds(between)) return;
        at.expect(*between, "a write that was made before the wait is noticed");
        noticed(second, "who waits for a change notices a removal", [](Place<S>& mine) { (void)mine.removes(); });
        auto const gone = wait(at, second);
        if (!at.succeeds(gone)) return;
        at.expect(*gone, "a removal that was made before the wait is noticed");

        // By every call that changes something.
        auto const since = [&] {
            RecordPtr const now = at.read();
            return now ? now->revision : Revision();
        };
        if constexpr (ConditionalStorage<S>) {
            noticed(Revision(), "who waits for a record notices a create", [](Place<S>& mine) { (void)mine.applies(mine.record("1"), Precondition::absent()); });
            noticed(since(), "who waits for a change notices a write on a condition", [&](Place<S>& mine) {
                RecordPtr const base = mine.read();
                (void)mine.applies(mine.record("2", base), Precondition::unchanged_since(base));
            });
            if constexpr (AttributedStorage<S>)
                noticed(since(), "who waits for a change notices a tombstone", [&](Place<S>& mine) {
                    RecordPtr const base = mine.read();
                    (void)mine.applies(mine.record("", base, true), Precondition::unchanged_since(base));
                });
            noticed(since(), "who waits for a change notices a removal on a condition", [&](Place<S>& mine) {
                (void)mine.removes(Precondition::unchanged_since(mine.read()));
            });
        }
        if constexpr (TransactionalStorage<S>)
            for (bool const written : {true, false})
                noticed(since(), written ? "who waits for a record notices that a batch writes it" : "who waits for a change notices that a batch removes it",
                        [&](Place<S>& mine) {
                            (void)mine.applies_all({{mine.id(), written ? mine.record("x") : nullptr, Precondition::none()}});
                        });

        // Without a time limit; a request to stop ends what does not end.
        std::atomic<bool> stop{false}, done{false};
        in_threads(2, [&](unsigned me) {
            Place<S> mine = at.elsewhere();
            if (me == 0) {
                auto const notice = waited(mine, Revision(), Context(Environment::system(), endless, &stop));
                done = true;
                if (mine.succeeds(notice)) mine.expect(*notice, "a wait without a time limit ends with a change");
                return;
            }
            Environment::system().sleep(std::chrono::milliseconds(5));
            (void)mine.applies(mine.record("x"));
            Instant const late = Environment::system().monotonic() + found.patience();
            while (!done && Environment::system().monotonic() < late) Environment::system().sleep(std::chrono::milliseconds(1));
            stop = true;
        });
    });
}

}  // namespace holdfast::testing::law

#endif
