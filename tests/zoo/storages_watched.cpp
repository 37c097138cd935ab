// Storages that tell some of those who wait of some changes.

#include <zoo/storages.hpp>

#include <catch2/catch_test_macros.hpp>

namespace zoo {

namespace {

using Id = RecordId const&;
using Kind = Precondition::Kind;
using Writes = std::span<Write const>;
using Outcome = Result<WriteOutcome>;
using holdfast::testing::law::is_applied;

Revision revision_of(RecordPtr const& record) { return record ? record->revision : Revision(); }

/// Those who wait are told of some changes only.
struct Bells {
    std::mutex mutex;
    std::map<std::string, std::vector<bool*>> waiting;

    void ring(Id id, bool all) {
        std::lock_guard const lock(mutex);
        auto& here = waiting[to_string(id)];
        for (bool* const one : here) {
            *one = true;
            if (!all) break;
        }
        if (all) here.clear();
        else if (!here.empty()) here.erase(here.begin());
    }
    Result<bool> wait(Ark& right, Context const& ctx, Id id, Revision const& since) {
        bool rung = false;
        auto& here = [&]() -> auto& {
            std::lock_guard const lock(mutex);
            auto& list = waiting[to_string(id)];
            list.push_back(&rung);
            return list;
        }();
        auto const left = [&](Result<bool> answer) {
            std::lock_guard const lock(mutex);
            std::erase(here, &rung);
            return answer;
        };
        if (revision_of(*right.right_read(id)) != since) return left(true);
        for (;;) {
            {
                std::lock_guard const lock(mutex);
                if (rung) return true;
            }
            auto const waited = ctx.wait(std::chrono::milliseconds(2));
            if (!waited) return left(waited.error() == Errc::timed_out ? Result<bool>(false) : waited.error());
        }
    }
};
struct Made {
    Ark::Call call;
    bool tombstone, removal, on_a_condition;
};
Breaking telling(std::function<bool(Made const&)> tells, bool all = true) {
    return [tells, all](Ark& ark) {
        auto bells = std::make_shared<Bells>();
        auto const made = [bells, tells, all](Id id, RecordPtr const& record, Precondition const& when, Ark::Call call, Outcome done) {
            Made const what{call, record && record->stamp.tombstone, !record, when.kind() != Kind::none};
            if (is_applied(done) && tells(what)) bells->ring(id, all);
            return done;
        };
        ark.on_write = [made](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) {
            return made(id, record, when, Ark::Call::write, right.right_write(id, record, when));
        };
        ark.on_remove = [made](Ark& right, Context const&, Id id, Precondition const& when) {
            return made(id, nullptr, when, Ark::Call::remove, right.right_remove(id, when));
        };
        ark.on_write_all = [made](Ark& right, Context const&, Writes writes) {
            auto done = right.change(writes, Ark::Call::batch);
            for (Write const& one : writes) (void)made(one.id, one.record, one.when, Ark::Call::batch, done);
            return done;
        };
        ark.on_wait = [bells](Ark& right, Context const& ctx, Id id, Revision const& since) { return bells->wait(right, ctx, id, since); };
    };
}

Animals watched_by_many() {
    Animals all;
    auto const add = [&](char const* sin, Breaking broken) { all.push_back(storage("changes_are_noticed", sin, std::move(broken))); };
    add("batches tell nobody", telling([](Made const& made) { return made.call != Ark::Call::batch; }));
    add("removals of batches tell nobody", telling([](Made const& made) { return made.call != Ark::Call::batch || !made.removal; }));
    add("tombstones tell nobody", telling([](Made const& made) { return !made.tombstone; }));
    add("writes on a condition tell nobody", telling([](Made const& made) { return made.call != Ark::Call::write || !made.on_a_condition; }));
    add("removals on a condition tell nobody", telling([](Made const& made) { return made.call != Ark::Call::remove || !made.on_a_condition; }));
    add("tells one of those who wait", telling([](Made const&) { return true; }, false));
    add("no time limit ends before it begins", [](Ark& ark) {
        ark.on_wait = [](Ark& right, Context const& ctx, Id id, Revision const& since) -> Result<bool> {
            for (;;) {
                if (revision_of(*right.right_read(id)) != since) return true;
                if (!ctx.limited() && !ctx.stopped()) return false;  // now and all the time that there is
                auto const waited = ctx.wait(std::chrono::milliseconds(2));
                if (!waited && waited.error() == Errc::timed_out) return false;
                if (!waited) return waited.error();
            }
        };
    });
    return all;
}

}  // namespace

Animals storages_of_watchers() { return watched_by_many(); }

TEST_CASE("zoo: storages that tell some of those who wait of some changes", "[zoo]") { condemned(storages_of_watchers()); }

}  // namespace zoo
