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
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/linearizability.hpp>
#include <holdfast/testing/linearizability/history_recorder.hpp>
#include <holdfast/testing/linearizability/trace_recorder.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/counting_objects.hpp>
#include <unit/support/histories.hpp>
#include <unit/support/history_storages.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bulk_test {

using namespace holdfast;
using holdfast_tests::Apart;
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
    CHECK(filled.right(detail::read_many(memory, Context(filled.env, Duration::zero()), filled.reads)) == 40);  // nobody waits
    Context const over(filled.env, std::chrono::seconds(1));
    (void)over.deadline();
    filled.env.advance(std::chrono::seconds(2));
    auto const late = detail::read_many(memory, over, filled.reads);
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

using Late = testing::LateObjects<MemoryObjects>;
using testing::Delivery;

/// What becomes of the writes from now on, one after the other; all later ones arrive. Returns how many there were.
template <class Hook>
std::shared_ptr<unsigned> deliver(Hook& hook, std::vector<Delivery> ways) {
    auto const sent = std::make_shared<unsigned>(0);
    hook = [sent, ways = std::move(ways)](unsigned) {
        return (*sent)++ < ways.size() ? ways[*sent - 1] : Delivery::intact();
    };
    return sent;
}
std::string shown(std::vector<Result<WriteOutcome>> const& all) {
    std::string text;
    for (auto const& one : all)
        text += !one                             ? '!'
                : one->kind() == Kind::applied   ? 'a'
                : one->kind() == Kind::conflict ? 'c'
                                                : '?';
    return text;
}

/// Five records, removed under the condition that they are what they were: the second reply is lost, the third request
/// leaves at the second attempt only, the fourth is lost.
template <StoragePolicy S, class Hook>
void check_lost_replies(S storage, Hook& hook, std::vector<Delivery> ways) {
    testing::TestEnvironment env;
    Context const ctx(env, std::chrono::seconds(60));
    Retrying retrying(storage);
    std::vector<Key> keys;
    for (int i = 0; i < 5; ++i) keys.push_back(key(i));
    std::vector<Removal> removals;
    for (Key const& one : keys) {
        auto const done = storage.write(ctx, RecordId(one), make_record(one, "x"), Precondition::absent());
        removals.push_back({RecordId(one), Precondition::matches(done.value().revision())});
    }
    auto const sent = deliver(hook, std::move(ways));
    CHECK(shown(detail::remove_many(retrying, ctx, removals)) == "a?a?a");
    CHECK(*sent == 6);
    std::string there;
    for (Key const& one : keys) there += *storage.read(ctx, RecordId(one)) ? 'x' : '-';
    CHECK(there == "---x-");
}

TEST_CASE("bulk: a removal whose reply was lost is sent again by no layer, and becomes no conflict", "[bulk]") {
    auto const intact = Delivery::intact(), reply_lost = Delivery::reply_lost(), not_sent = Delivery::not_sent();
    Late const objects{MemoryObjects()};
    check_lost_replies(ObjectStorage<Late>::open(objects).value(), objects.on_write(),
                       {intact, reply_lost, not_sent, Delivery::lost()});
    testing::LateStorage const far;  // which does one thing at a time: the third is repeated before the fourth is sent
    check_lost_replies(Apart<testing::LateStorage>(far), far.world().on_write,
                       {intact, reply_lost, not_sent, intact, Delivery::lost()});
}

TEST_CASE("bulk: what is of no key is refused in its place, under all layers", "[bulk]") {
    Filled filled;
    struct Deaf {
        void ended(StorageEvent const&) {}
    };
    Cached deep(Retrying(Observed(filled.storage, Deaf())));
    RecordId const nobody{KeyView()};  // as of a key that was moved from
    for (std::size_t const at : {0u, 17u, 40u}) {
        auto reads = filled.reads;
        reads.insert(reads.begin() + static_cast<std::ptrdiff_t>(at), {nobody});
        for (bool const warm : {false, true}) {
            CAPTURE(at, warm);
            if (!warm)
                for (Key const& one : filled.keys) deep.forget(one);
            auto all = deep.read_many(filled.ctx, reads);
            REQUIRE(all.size() == 41);
            CHECK(all[at].error() == Errc::invalid_argument);
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
            CHECK(filled.right(all) == 40);
        }
    }
    RecordId const first(filled.keys[0]), second(filled.keys[1]);
    std::vector<Removal> const removals{{first, Precondition::absent()}, {nobody}, {second}};
    CHECK(shown(deep.remove_many(filled.ctx, removals)) == "c!a");
}

/// An object store under some names of which nothing can be done.
struct Sick : MemoryObjects {
    std::vector<std::string> names{};
    std::shared_ptr<std::vector<std::size_t>> batches = std::make_shared<std::vector<std::size_t>>();

    template <class One, class Asked>
    std::vector<Result<One>> spoilt(std::vector<Result<One>> all, std::span<Asked const> asked) const {
        batches->push_back(all.size());
        for (std::size_t i = 0; i < all.size(); ++i)
            if (std::ranges::find(names, asked[i].name) != names.end()) all[i] = Error(Errc::unavailable, "planned");
        return all;
    }
    std::vector<Result<Fetched>> get_many(Context const& ctx, std::span<ObjectRead const> reads) const {
        return spoilt(MemoryObjects::get_many(ctx, reads), reads);
    }
};

TEST_CASE("bulk: what fails for good is given up, and moves no other", "[bulk]") {
    testing::TestEnvironment env;
    Context const ctx(env, std::chrono::seconds(60));
    Sick objects;
    auto storage = ObjectStorage<Sick>::open(objects).value();
    objects.names = {SlotFirst::name(RecordId(key(3))), SlotFirst::name(RecordId(key(5)))};
    std::vector<Key> keys;
    for (int i = 0; i < 8; ++i) keys.push_back(key(i));
    std::vector<KnownRecord> reads;
    for (Key const& one : keys) {
        REQUIRE(storage.write(ctx, RecordId(one), make_record(one, one.view()), Precondition::absent()));
        reads.push_back({RecordId(one)});
    }
    Retrying retrying(ObjectStorage<Sick>::open(objects).value(), {.attempts = 3});
    auto const all = retrying.read_many(ctx, reads);
    CHECK(*objects.batches == std::vector<std::size_t>{8, 2, 2});
    for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(i);
        if (i == 3 || i == 5) CHECK(all[i].error() == Errc::unavailable);
        else CHECK((*all[i])->payload.view() == keys[i].view());
    }
    // The first stands for the others.
    CHECK(all[3].error().message() == "planned; 3 attempts were made: that is the most allowed");
    CHECK(all[5].error().message() == "planned");
}

TEST_CASE("bulk: an observer is told of many as of one, and of the first that failed", "[bulk]") {
    struct Told {
        std::shared_ptr<std::string> text = std::make_shared<std::string>();
        void ended(StorageEvent const& event) {
            text->append(name(event.operation.kind)).append(" ").append(event.outcome_name());
            text->append(" ").append(std::to_string(event.records)).append(" ").append(std::to_string(event.bytes_in));
            if (event.error != nullptr) text->append(" ").append(event.error->message());
            text->append("; ");
        }
        std::string take() { return std::exchange(*text, {}); }
    } told;
    testing::TestEnvironment env;
    Context const ctx(env, std::chrono::seconds(60));
    Late const objects{MemoryObjects()};
    Observed storage(ObjectStorage<Late>::open(objects).value(), told);
    std::vector<Removal> removals;
    std::vector<KnownRecord> reads;
    for (KeyView const one : {KeyView("a"), KeyView("b"), KeyView("c"), KeyView("d")}) {
        REQUIRE(storage.next().write(ctx, RecordId(one), make_record(one, "four"), Precondition::absent()));
        removals.push_back({RecordId(one)});
        reads.push_back({RecordId(one)});
    }
    (void)storage.read_many(ctx, reads);
    objects.read_fails() = [nth = 0](unsigned) mutable { return nth++ % 2 == 1; };
    (void)storage.read_many(ctx, reads);
    CHECK(told.take() == "read_many ok 4 16; read_many unavailable 2 8 the read failed (planned); ");
    (void)deliver(objects.on_write(), {Delivery::intact(), Delivery::lost(), Delivery::not_sent()});
    (void)storage.remove_many(ctx, removals);
    (void)deliver(objects.on_write(), {Delivery::intact(), Delivery::not_sent(), Delivery::lost()});
    (void)storage.remove_many(ctx, removals);
    (void)storage.remove_many(ctx, removals);
    CHECK(told.take() == "remove_many unknown 4 0 the reply was lost (planned); remove_many unavailable 4 0 not sent "
                         "(planned); remove_many applied 4 0; ");
}

TEST_CASE("observed: of many a failure is told, also behind a conflict, and a conflict if nothing failed", "[bulk]") {
    std::string told;
    struct Teller {
        std::string* told;
        void ended(StorageEvent const& event) {
            told->append(event.outcome_name()).append(event.error ? ": " + std::string(event.error->message()) : "").append("; ");
        }
    };
    testing::TestEnvironment env;
    Context const ctx(env, std::chrono::seconds(60));
    Late const objects{MemoryObjects()};
    Observed storage(ObjectStorage<Late>::open(objects).value(), Teller{&told});
    Revision const other = Revision::parse("other").value();
    Removal const removals[] = {{RecordId("a")}, {RecordId("b"), Precondition::matches(other)}, {RecordId("c")}};
    (void)storage.remove_many(ctx, removals);
    (void)deliver(objects.on_write(), {Delivery::intact(), Delivery::intact(), Delivery::not_sent()});
    (void)storage.remove_many(ctx, removals);
    CHECK(told == "conflict; unavailable: not sent (planned); ");
}

TEST_CASE("bulk: a history has each of many removals, and what became of it", "[bulk]") {
    testing::TestEnvironment env;
    Context const ctx(env, std::chrono::seconds(60));
    Late const objects{MemoryObjects()};
    testing::HistoryRecorder log;
    testing::TraceRecorder recorder(log, "one");
    Traced storage(ObjectStorage<Late>::open(objects).value(), recorder);
    std::vector<Removal> removals;
    for (KeyView const one : {KeyView("a"), KeyView("b"), KeyView("c"), KeyView("d")}) {
        REQUIRE(storage.next().write(ctx, RecordId(one), make_record(one, "x"), Precondition::absent()));
        removals.push_back({RecordId(one)});
    }
    removals[3].when = Precondition::absent();
    (void)deliver(objects.on_write(), {Delivery::intact(), Delivery::lost(), Delivery::not_sent()});
    CHECK(shown(storage.remove_many(ctx, removals)) == "a?!c");
    // Each, and what a conflict witnesses, for it may be the echo of an own success.
    CHECK(holdfast_tests::summary(log.history()) ==
          "one a any>absent a one a any>absent f one b any>absent u? one b any>absent f one c any>absent f one c "
          "any>absent f one d absent>absent u? one d absent>absent c ");
    testing::HistoryRecorder of_reads;
    testing::TraceRecorder reader(of_reads, "one");
    Traced reading(storage.next(), reader);
    objects.read_fails() = [nth = 0](unsigned) mutable { return nth++ == 1; };
    std::vector<KnownRecord> const reads{{RecordId("x")}, {RecordId("y")}, {RecordId("z")}};
    (void)reading.read_many(ctx, reads);
    CHECK(holdfast_tests::summary(of_reads.history()) == "one x absent a one y absent f one z absent a ");
}

}  // namespace bulk_test
