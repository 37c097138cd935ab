// Many at once through every layer: what is known travels, what failed alone is repeated, each is recorded.

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/layer/traced.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/linearizability.hpp>
#include <holdfast/testing/linearizability/history_recorder.hpp>
#include <holdfast/testing/linearizability/trace_recorder.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/counting_objects.hpp>

#include <memory>
#include <string>
#include <vector>

namespace bulk_test {

using namespace holdfast;
using holdfast_tests::CountingObjects;
using testing::law::make_record;
using Kind = WriteOutcome::Kind;
using Records = ObjectStorage<CountingObjects<>>;

Key key(int i) { return Key::parse("k" + std::to_string(i)).value(); }

/// Every nth element of a batch fails, as long as there are failures left.
template <StoragePolicy Next>
class Patchy : public Layer<Patchy<Next>, Next, 1> {
public:
    struct Plan {
        unsigned every = 7, left = ~0u, seen = 0;
        std::vector<std::size_t> batches;
    };
    Patchy(Next next, std::shared_ptr<Plan> plan) : Layer<Patchy<Next>, Next, 1>(std::move(next)), plan_(std::move(plan)) {}
    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        R result = call();
        if constexpr (std::same_as<R, Result<std::vector<Result<RecordPtr>>>> ||
                      std::same_as<R, Result<std::vector<Result<WriteOutcome>>>>) {
            plan_->batches.push_back(result->size());
            for (auto& one : *result)
                if (++plan_->seen % plan_->every == 0 && plan_->left > 0) {
                    --plan_->left;
                    one = Error(Errc::unavailable, "planned");
                }
        }
        return result;
    }

private:
    std::shared_ptr<Plan> plan_;
};

struct Filled {
    Filled() {
        for (int i = 0; i < 40; ++i) {
            keys.push_back(key(i));
            records.push_back(make_record(keys.back(), std::to_string(i)));
            if (i % 5 != 4) REQUIRE(storage.write(ctx, RecordId(keys.back()), records.back(), Precondition::absent()));
        }
        for (Key const& one : keys) reads.push_back({RecordId(one)});
    }
    /// How many results are what was written.
    std::size_t right(std::vector<Result<RecordPtr>> const& all) const {
        std::size_t count = 0;
        for (std::size_t i = 0; i < all.size(); ++i)
            count += all[i] && (i % 5 == 4 ? !*all[i] : *all[i] && (*all[i])->payload == records[i]->payload);
        return count;
    }

    testing::TestEnvironment env;
    Context ctx{env, std::chrono::seconds(60)};
    CountingObjects<> objects;
    Records storage = Records::open(objects).value();
    std::vector<Key> keys;
    std::vector<RecordPtr> records;
    std::vector<KnownRecord> reads;
};

TEST_CASE("bulk: what a storage does one by one is done by a loop, with an end", "[bulk]") {
    Filled filled;
    MemoryStorage memory;
    for (std::size_t i = 0; i < filled.records.size(); ++i)
        if (i % 5 != 4) REQUIRE(memory.write(filled.ctx, RecordId(filled.keys[i]), filled.records[i], Precondition::absent()));
    CHECK(filled.right(detail::read_many(memory, filled.ctx, filled.reads)) == 40);
    auto const late = detail::read_many(memory, Context(filled.env, Duration::zero()), filled.reads);
    CHECK(late.size() == 40);
    CHECK(late.front());  // a call is made before anybody looks at the time, as by `get`
    CHECK(late.back().error() == Errc::timed_out);
    std::atomic<bool> const stop{true};
    CHECK(detail::read_many(memory, Context(filled.env, endless, &stop), filled.reads).back().error() == Errc::cancelled);
    std::vector<Removal> const removals{{RecordId(filled.keys[0])}, {RecordId(filled.keys[4]), Precondition::absent()},
                                        {RecordId(filled.keys[1]), Precondition::absent()}};
    auto const done = detail::remove_many(memory, filled.ctx, removals);
    CHECK(done[0]->kind() == Kind::applied);
    CHECK(done[1]->kind() == Kind::applied);
    CHECK(done[2]->kind() == Kind::conflict);
}

TEST_CASE("bulk: through all layers, what is known is not transferred", "[bulk]") {
    Filled filled;
    testing::HistoryRecorder log;
    testing::TraceRecorder recorder(log, "one");
    struct Sums {
        std::shared_ptr<std::array<std::size_t, 3>> sums = std::make_shared<std::array<std::size_t, 3>>();
        void ended(StorageEvent const& event) {
            if (event.operation.kind != Operation::Kind::read_many) return;
            (*sums)[0] += 1, (*sums)[1] += event.records, (*sums)[2] += event.bytes_in;
        }
    } sums;
    using Deep = Cached<Retrying<Observed<Traced<OneOf<Records, MemoryStorage>, testing::TraceRecorder>, Sums>>>;
    Deep deep{Cached(Retrying(Observed(Traced(OneOf<Records, MemoryStorage>(filled.storage), recorder), sums)))};
    CHECK(filled.right(deep.read_many(filled.ctx, filled.reads)) == 40);
    CHECK((*sums.sums)[1] == 32);
    std::size_t const bytes = (*sums.sums)[2];
    CHECK(bytes > 0);
    filled.objects.requests().clear();
    CHECK(filled.right(deep.read_many(filled.ctx, filled.reads)) == 40);
    CHECK(filled.objects.requests().bytes_in == 0);
    CHECK(filled.objects.requests().flights == 1);
    CHECK((*sums.sums)[2] == bytes);
    // Each of them was recorded, and the whole is what one store could have answered.
    CHECK(log.history().events.size() == 80);
    // Who knows a record himself gets that very one back.
    std::vector<KnownRecord> known;
    auto const now = deep.read_many(filled.ctx, filled.reads);
    for (std::size_t i = 0; i < filled.reads.size(); ++i) known.push_back({filled.reads[i].id, *now[i]});
    auto const again = deep.read_many(filled.ctx, known);
    for (std::size_t i = 0; i < again.size(); ++i) CHECK(*again[i] == *now[i]);
    // What was removed is not remembered.
    std::vector<Removal> removals;
    for (int i = 0; i < 40; i += 2) removals.push_back({RecordId(filled.keys[static_cast<std::size_t>(i)])});
    for (auto const& one : deep.remove_many(filled.ctx, removals)) CHECK((one && one->kind() == Kind::applied));
    Context lenient = filled.ctx;
    lenient.may_be_stale = true;
    auto const left = deep.read_many(lenient, filled.reads);
    for (std::size_t i = 0; i < left.size(); i += 2) CHECK_FALSE(*left[i]);
}

TEST_CASE("bulk: only what failed is repeated, and no more often than anything else", "[bulk]") {
    Filled filled;
    using Plan = Patchy<Records>::Plan;
    {
        auto const plan = std::make_shared<Plan>();
        Retrying storage(Patchy(filled.storage, plan));
        CHECK(filled.right(storage.read_many(filled.ctx, filled.reads)) == 40);
        REQUIRE(plan->batches.size() >= 2);
        CHECK(plan->batches[0] == 40);
        CHECK(plan->batches[1] == 5);
    }
    {  // one that does not come back
        auto const plan = std::make_shared<Plan>(Plan{.every = 1, .batches = {}});
        Retrying storage(Patchy(filled.storage, plan), {.attempts = 3});
        auto const all = storage.read_many(filled.ctx, std::span(filled.reads).first(4));
        CHECK(plan->batches == std::vector<std::size_t>{4, 4, 4});
        for (auto const& one : all) CHECK(one.error() == Errc::unavailable);
        CHECK(all.front().error().message().find("3 attempts were made") != std::string_view::npos);
    }
    {
        auto const plan = std::make_shared<Plan>();
        Retrying storage(Patchy(filled.storage, plan));
        std::vector<Removal> removals;
        for (Key const& one : filled.keys) removals.push_back({RecordId(one)});
        for (auto const& one : storage.remove_many(filled.ctx, removals)) CHECK((one && one->kind() == Kind::applied));
        CHECK(plan->batches[1] == 5);
    }
}

TEST_CASE("bulk: a fault is one of one element", "[bulk]") {
    Filled filled;
    auto const plan = std::make_shared<testing::FaultPlan>();
    testing::Faulty storage(filled.storage, plan);
    for (auto const how : {testing::FaultPlan::How::before, testing::FaultPlan::How::after}) {
        plan->arm(17, how);
        auto const all = storage.read_many(filled.ctx, filled.reads);
        CHECK(plan->count == 40);
        for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].has_value() == (i != 17));
    }
    std::vector<Removal> const removals{{RecordId(filled.keys[0])}, {RecordId(filled.keys[1])}, {RecordId(filled.keys[2])}};
    plan->arm(1, testing::FaultPlan::How::before);
    auto const before = storage.remove_many(filled.ctx, removals);
    CHECK(before[0]->kind() == Kind::applied);
    CHECK(before[1].error() == Errc::unavailable);
    CHECK(before[2]->kind() == Kind::applied);
    CHECK(*filled.storage.read(filled.ctx, RecordId(filled.keys[1])));
    plan->arm(1, testing::FaultPlan::How::after);
    auto const after = storage.remove_many(filled.ctx, removals);
    CHECK(after[1]->kind() == Kind::unknown);
    CHECK_FALSE(*filled.storage.read(filled.ctx, RecordId(filled.keys[1])));
}

}  // namespace bulk_test
