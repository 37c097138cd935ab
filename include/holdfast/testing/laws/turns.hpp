#ifndef HOLDFAST_TESTING_LAWS_TURNS_HPP
#define HOLDFAST_TESTING_LAWS_TURNS_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <atomic>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

// The laws of `TurnTakingStorage`, between the threads of this process. They wait for tenths of seconds, and where the
// machine is busy for seconds.
namespace holdfast::testing::law {

/// A record whose turns are asked for.
template <TurnTakingStorage S>
class Queue : public Place<S> {
public:
    using Place<S>::Place;
    Result<Turn> turn(bool always, Context const& ctx = for_at_most(30'000)) {
        auto turn = this->storage().turn(ctx, this->id(), always);
        note(turn, always ? "turn" : "turn if somebody has or awaits one");
        return turn;
    }
    /// One that is had. It is courtesy, and some of `OneOf` have none to give: then no value.
    std::optional<Turn> mine() {
        auto taken = turn(true);
        if (!this->succeeds(taken) || !*taken) return std::nullopt;
        return *std::move(taken);
    }
    Queue elsewhere() const noexcept { return Queue(this->storage(), this->found(), this->id()); }

private:
    void note(Result<Turn> const& turn, std::string did) {
        Result<std::string> seen = std::string();
        if (!turn) seen = turn.error();
        else seen = std::string(*turn ? "a turn" : "an empty one");
        (void)this->noted(std::move(seen), std::move(did), this->id());
    }
};

template <TurnTakingStorage S>
void turns_are_in_order(S& storage, Findings& found) {
    if (!found.begins("turns_are_in_order", {"waits_for_turns_end"})) return;
    Key const key = fresh_key();
    Queue<S> queue(storage, found, RecordId(key));
    std::optional<Turn> mine = queue.mine();
    if (!mine) return;
    // Nothing tells that a thread has begun to wait; a machine that is busy elsewhere is given more time.
    bool in_order = false, alone = true;
    for (int pause : {30, 100, 300, 1'000}) {
        if (in_order) break;
        if (!mine) mine = queue.mine();
        if (!mine) return;
        std::vector<int> order;  // whose turn it is may write there
        std::atomic<int> having{0};
        std::vector<std::thread> threads;
        constexpr int waiters = 4;
        for (int i = 0; i < waiters; ++i) {
            std::atomic<bool> here{false};
            threads.emplace_back([&, i] {
                Queue<S> theirs = queue.elsewhere();
                here = true;
                // The first who come look only: that somebody has a turn is reason enough to queue.
                auto const turn = theirs.turn(i >= waiters / 2);
                if (!turn || !*turn) return;
                if (++having != 1) alone = false;
                order.push_back(i);
                std::this_thread::yield();
                --having;
            });
            while (!here) Environment::system().sleep(std::chrono::milliseconds(1));
            Environment::system().sleep(std::chrono::milliseconds(pause));
        }
        if (!order.empty()) alone = false;  // while it was ours
        mine.reset();
        for (auto& thread : threads) thread.join();
        in_order = order == std::vector<int>{0, 1, 2, 3};
    }
    queue.expect(alone, "nobody else has a turn as long as one has it", "two have it");
    if (alone) queue.expect(in_order, "turns are given in order of arrival, also to who only looked", "another order");
}

template <TurnTakingStorage S>
void waits_for_turns_end(S& storage, Findings& found) {
    if (!found.begins("waits_for_turns_end")) return;
    Key const key = fresh_key();
    Queue<S> queue(storage, found, RecordId(key));
    std::optional<Turn> mine = queue.mine();
    if (!mine) return;
    auto const again = queue.turn(true, Context(Environment::system(), found.patience()));
    queue.expect(!again || !*again, "a turn is not given twice to the same thread");
    queue.expect(again || again.error() != Errc::timed_out, "who has a turn does not wait for it again");
    auto const look = queue.turn(false, for_at_most(3000));
    queue.expect(look ? !*look : look.error() != Errc::timed_out, "who has a turn and only looks does not wait for himself");
    std::atomic<bool> ended{false}, given_up{false};  // what comes after that is another's turn
    std::thread other([&] {
        Queue<S> theirs = queue.elsewhere();
        for (bool const always : {false, true}) {
            bool const waited = !theirs.turn(always, for_at_most(20));
            theirs.expect(waited || given_up, "waiting for a turn ends with the time limit, by an error");
        }
        std::atomic<bool> const stop{true};
        bool const stopped = !theirs.turn(true, Context(Environment::system(), std::chrono::hours(1), &stop));
        theirs.expect(stopped || given_up, "waiting for a turn ends on request, by an error");
        ended = true;
    });
    Environment& env = Environment::system();
    for (Instant const late = env.monotonic() + found.patience(); !ended && env.monotonic() < late;)
        env.sleep(std::chrono::milliseconds(1));
    bool const in_time = ended;
    given_up = !in_time;
    mine.reset();  // so that who waits without an end has one
    other.join();
    found.expect(in_time, "waiting for a turn with a time limit and with a request to stop", "it ends by itself", "it went on");
    if (!in_time) return;
    Context const patience(env, found.patience());
    for (bool const always : {false, true}) {
        auto const next = queue.turn(always, patience);
        if (queue.succeeds(next)) queue.expect(!always || *next, "nobody waits for those who gave up waiting");
    }
    if (found.broken("waits_for_turns_end")) return;  // it would be waited for without an end
    auto const free = queue.turn(true, unlimited());
    (void)queue.succeeds(free);
}

template <TurnTakingStorage S>
void turns_are_courtesy(S& storage, Findings& found) {
    if (!found.begins("turns_are_courtesy", {"reads_see_writes", "waits_for_turns_end"})) return;
    Key const key = fresh_key();
    Queue<S> queue(storage, found, RecordId(key));
    Environment& env = Environment::system();
    // Turns of different records may be one: where a storage is in use somebody else may be there for a while.
    auto const looks = [&](std::string_view expected) {
        for (Instant const late = env.monotonic() + found.patience();;) {
            auto const nobody = queue.turn(false);
            if (!queue.succeeds(nobody) || !*nobody || !queue.expect(env.monotonic() < late, expected)) return;
            env.sleep(std::chrono::milliseconds(1));
        }
    };
    looks("where nobody has or awaits a turn, a look gives none");
    {
        std::optional<Turn> const mine = queue.mine();
        in_threads(1, [&](unsigned) {
            Queue<S> theirs = queue.elsewhere();
            // Out of courtesy it may be waited for: then for some seconds, or until the caller's time is over.
            auto const done = theirs.write(theirs.id(), theirs.record("x"), Precondition::none(),
                                           for_at_most(found.thorough() ? 30'000 : 100));
            bool const late = !found.thorough() && !done && (done.error() == Errc::timed_out || done.error() == Errc::busy);
            theirs.expect(late || is_applied(done), "nobody needs a turn to write");
            RecordPtr const now = theirs.read();
            theirs.expect(late || now, "nobody needs a turn to read");
        });
    }
    looks("turns that were given back are not waited for");
    (void)queue.removes();
}

/// Where ranks are said turns of several records are taken by them: two threads, each in the order that is promised.
template <RankedTurnStorage S>
void ranks_are_an_order(S& storage, Findings& found) {
    if (!found.begins("ranks_are_an_order", {"waits_for_turns_end"})) return;
    std::vector<Key> keys;
    for (int i = 0; i < 40; ++i) keys.push_back(fresh_key());
    Caller<S> calls(storage, found);
    for (Key const& key : keys) {
        std::size_t const rank = storage.turn_rank(RecordId(key));
        calls.expect(rank == storage.turn_rank(RecordId(key)), "the rank of a record is always the same",
                     "ranks " + std::to_string(rank) + " and another");
        calls.expect(rank < 1'000'000, "ranks are small", "rank " + std::to_string(rank));
    }
    // Records of different ranks have different turns: who goes up by rank can have one of each.
    std::map<std::size_t, Key> by_rank;
    for (Key const& key : keys) by_rank.emplace(storage.turn_rank(RecordId(key)), key);
    std::vector<Turn> mine;
    for (auto const& [rank, key] : by_rank) {
        Queue<S> queue(storage, found, RecordId(key));
        auto turn = queue.turn(true, Context(Environment::system(), found.patience()));
        if (!queue.succeeds(turn)) return;
        if (!*turn && mine.empty()) return;  // it has none to give
        if (!queue.expect(static_cast<bool>(*turn), "records of different ranks have different turns")) return;
        mine.push_back(*std::move(turn));
    }
}

}  // namespace holdfast::testing::law

#endif
