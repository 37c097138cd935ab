#ifndef HOLDFAST_TESTING_LAWS_TURNS_HPP
#define HOLDFAST_TESTING_LAWS_TURNS_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/testing/laws/findings.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

// The laws of `TurnTakingStorage`, between the threads of this process. They wait for tenths of seconds, and where the
// machine is busy for seconds.
namespace holdfast::testing::law {

/// A turn is waited for until it is given back, in order of arrival; a wait ends with its limit and on request; who
/// asks again is not kept waiting; and nobody needs a turn to read or write.
template <TurnTakingStorage S>
void turns_are_taken(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    RecordId const id(key);
    Environment& env = Environment::system();
    auto const context = [&](Duration timeout) { return Context(env, timeout); };
    constexpr Duration long_enough = std::chrono::seconds(30);

    auto nobody = storage.turn(context(long_enough), id, false);
    if (!found.succeeds(nobody, "a look whether somebody has a turn")) return;
    found.expect(!*nobody, "where nobody has or awaits a turn, a look gives none");

    std::optional<Turn> mine;
    auto taken = storage.turn(context(long_enough), id, true);
    if (!found.succeeds(taken, "taking a turn")) return;
    mine.emplace(*std::move(taken));
    if (!*mine) return;  // it is courtesy, and some of `OneOf` have none to give

    Instant const begun = env.monotonic();
    auto const again = storage.turn(context(long_enough), id, true);
    found.expect(!again || !*again, "a turn is not given twice to the same thread");
    found.expect(env.monotonic() - begun < std::chrono::seconds(10), "who has a turn does not wait for it again");

    detail::in_threads(1, [&](unsigned) {
        for (bool const always : {false, true}) {
            auto const late = storage.turn(context(std::chrono::milliseconds(20)), id, always);
            found.expect(!late, "waiting for a turn ends with the time limit, by an error");
        }
        std::atomic<bool> const stop{true};
        auto const stopped = storage.turn(Context(env, long_enough, &stop), id, true);
        found.expect(!stopped, "waiting for a turn ends on request, by an error");
        auto const done =
            storage.write(context(long_enough), id, detail::make_record(key, "x"), Precondition::none());
        found.expect(done && done->kind() == WriteOutcome::Kind::applied, "nobody needs a turn to write");
        found.expect(storage.read(context(long_enough), id).has_value(), "nobody needs a turn to read");
    });

    // Nothing tells that a thread has begun to wait; a machine that is busy elsewhere is given more time.
    bool in_order = false;
    for (int pause : {30, 100, 300}) {
        if (in_order) break;
        if (!mine) {
            auto next = storage.turn(context(long_enough), id, true);
            if (!found.succeeds(next, "taking a turn again")) return;
            mine.emplace(*std::move(next));
        }
        std::vector<int> order;  // whose turn it is may write there
        std::vector<std::thread> threads;
        constexpr int waiters = 4;
        for (int i = 0; i < waiters; ++i) {
            std::atomic<bool> here{false};
            threads.emplace_back([&, i] {
                here = true;
                // The first who come look only: that somebody has a turn is reason enough to queue.
                auto const turn = storage.turn(context(long_enough), id, i >= waiters / 2);
                if (turn && *turn) order.push_back(i);
            });
            while (!here) env.sleep(std::chrono::milliseconds(1));
            env.sleep(std::chrono::milliseconds(pause));
        }
        mine.reset();
        for (auto& thread : threads) thread.join();
        in_order = order == std::vector<int>{0, 1, 2, 3};
    }
    found.expect(in_order, "turns are given in order of arrival");

    auto const after = storage.turn(context(long_enough), id, false);
    found.expect(after && !*after, "turns that were given back are not waited for");
    (void)storage.remove(context(long_enough), id, Precondition::none());
}

}  // namespace holdfast::testing::law

#endif
