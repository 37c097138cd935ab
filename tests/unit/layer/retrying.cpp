// Errors without effect are repeated, and nothing else; how often, how fast and how long is bounded.

#include <holdfast/layer/retrying.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/archetypes.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/laws/storage.hpp>

#include <catch2/catch_test_macros.hpp>

#include <deque>
#include <functional>

namespace retrying_test {

using namespace holdfast;
using namespace holdfast::testing;
using namespace std::chrono_literals;
using Kind = Operation::Kind;

/// Answers from a script instead of making the operation: an `Error`, or `unknown` or `conflict` as values.
struct Script {
    struct Line {
        std::optional<Error> error;
        std::optional<WriteOutcome> value;
    };
    std::deque<Line> lines;
    std::atomic<unsigned> calls{0};
    std::optional<Error> always;
    std::function<void()> before;

    Script& fails(Error error, int times = 1) {
        for (; times > 0; --times) lines.push_back({error, {}});
        return *this;
    }
    Script& answers(WriteOutcome value) {
        lines.push_back({{}, std::move(value)});
        return *this;
    }
};

template <StoragePolicy Next>
class Scripted : public Layer<Scripted<Next>, Next, 1> {
public:
    Scripted(Next next, std::shared_ptr<Script> script)
        : Layer<Scripted<Next>, Next, 1>(std::move(next)), script_(std::move(script)) {}

    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        ++script_->calls;
        if (script_->before) script_->before();
        if (script_->always) return *script_->always;
        if (script_->lines.empty()) return call();
        auto const line = script_->lines.front();
        script_->lines.pop_front();
        if (line.error) return *line.error;
        if constexpr (std::is_same_v<R, Result<WriteOutcome>>) return *line.value;
        else return call();
    }

private:
    std::shared_ptr<Script> script_;
};

using Storage = Retrying<Scripted<MemoryStorage>>;
static_assert(ListableStorage<Storage> && TransactionalStorage<Storage> && AttributedStorage<Storage>);
static_assert(!HostStorage<Storage> && !Storage::late_writes && Storage::rank == 4);
static_assert(HostStorage<Retrying<HostStorageArchetype>> && !ConditionalStorage<Retrying<StorageArchetype>>);

struct Bench {
    explicit Bench(RetryOptions const& options = {}) : storage(Scripted(MemoryStorage(), script), options) {}

    Context context(Duration timeout = endless, std::atomic<bool> const* stop = nullptr) {
        return Context(env, timeout, stop);
    }
    Result<RecordPtr> read(Context const& ctx) { return storage.read(ctx, RecordId("k")); }

    TestEnvironment env;
    std::shared_ptr<Script> script = std::make_shared<Script>();
    Storage storage;
};

Error away() { return Error(Errc::unavailable, "no route"); }

TEST_CASE("retrying: an operation of every kind is repeated until it succeeds") {
    Key const key("k"), other("other");
    auto const record = testing::law::make_record(key, "x");
    std::vector<Write> const batch{{RecordId(other), record, Precondition::absent()}};
    for (int kind = 0; kind < 5; ++kind) {
        Bench bench;
        auto const ctx = bench.context();
        bench.script->fails(away(), 3);
        switch (static_cast<Kind>(kind)) {
            case Kind::read: CHECK(bench.storage.read(ctx, RecordId(key))); break;
            case Kind::write: CHECK(bench.storage.write(ctx, RecordId(key), record, Precondition::absent())); break;
            case Kind::remove: CHECK(bench.storage.remove(ctx, RecordId(key), Precondition::none())); break;
            case Kind::list: CHECK(bench.storage.list(ctx, ListRequest())); break;
            case Kind::write_all: CHECK(bench.storage.write_all(ctx, std::span<Write const>(batch))); break;
            case Kind::read_aged:
            case Kind::read_many:
            case Kind::remove_many:
            case Kind::wait: break;
        }
        CHECK(bench.script->calls == 4);
    }
}

TEST_CASE("retrying: success, answers and other errors pass, without a look at the clock") {
    Bench bench;
    auto const ctx = bench.context(1s);
    CHECK(bench.read(ctx));
    auto const record = testing::law::make_record("k", "x");
    auto const write = [&] { return bench.storage.write(ctx, RecordId("k"), record, Precondition::absent()); };
    for (auto const& value : {WriteOutcome::conflict(), WriteOutcome::unknown(away())}) {
        bench.script->answers(value);
        CHECK(write()->kind() == value.kind());
    }
    for (Errc const code : {Errc::busy, Errc::timed_out, Errc::cancelled, Errc::permission_denied, Errc::out_of_space,
                            Errc::malformed, Errc::fenced, Errc::conflict}) {
        bench.script->fails(Error(code, "as it was"));
        auto const failed = write();
        REQUIRE(!failed);
        CHECK(failed.error() == code);
        CHECK(failed.error().message() == "as it was");
    }
    CHECK(bench.script->calls == 11);
    CHECK(bench.env.clock_reads() == 0);
    // Nor is an answer to a repetition repeated.
    bench.script->fails(away()).answers(WriteOutcome::unknown(away()));
    CHECK(write()->kind() == WriteOutcome::Kind::unknown);
    bench.script->fails(away()).fails(Error(Errc::permission_denied, "as it was"));
    CHECK(write().error().message() == "as it was");
    CHECK(bench.script->calls == 15);
}

TEST_CASE("retrying: what is repeated can be chosen") {
    Bench bench({.repeat = {Errc::busy}});
    auto const ctx = bench.context();
    bench.script->fails(Error(Errc::busy));
    CHECK(bench.read(ctx));
    bench.script->fails(away());
    CHECK(!bench.read(ctx));
    CHECK(bench.script->calls == 3);
}

TEST_CASE("retrying: giving up keeps the error and says how often it was tried") {
    Bench bench({.attempts = 3});
    auto const ctx = bench.context();
    bench.script->fails(away().during("read").on("\"k\"").from("HTTP 503, request 77"), 3);
    auto const failed = bench.read(ctx);
    CHECK(failed.error().describe() ==
          "unavailable: no route; 3 attempts were made: that is the most allowed (read \"k\"; HTTP 503, request 77)");
    CHECK(bench.script->calls == 3);
    Bench once({.attempts = 1});
    once.script->fails(Error(Errc::unavailable));
    CHECK(once.read(ctx).error().message() == "1 attempt was made: that is the most allowed");
    CHECK(once.script->calls == 1);
}

TEST_CASE("retrying: pauses are random parts of a growing bound") {
    Duration shortest = endless, longest{};
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Bench bench({.attempts = 6, .first_pause = 100ms, .longest_pause = 400ms});
        TestEnvironment env(seed);
        Context const ctx(env);
        bench.script->always = away();
        CHECK(!bench.read(ctx));
        Duration const passed = env.elapsed();
        CHECK(passed < 100ms + 200ms + 400ms + 400ms + 400ms);
        shortest = passed < shortest ? passed : shortest;
        longest = passed > longest ? passed : longest;
    }
    CHECK(shortest < 500ms);
    CHECK(longest > 1000ms);

    Bench two({.attempts = 2, .first_pause = 100ms});
    two.script->fails(away());
    CHECK(two.read(two.context()));
    CHECK(two.env.elapsed() > 0ms);  // the first too: who fails together must not come back together
    CHECK(two.env.elapsed() < 100ms);
}

TEST_CASE("retrying: neither the time limit nor a request to stop is overrun") {
    Bench bench({.attempts = 1000, .longest_pause = 10s, .budget_burst = 1000});
    bench.script->always = away();
    auto const late = bench.read(bench.context(3s));
    CHECK(late.error() == Errc::unavailable);
    CHECK(late.error().message().ends_with(" attempts were made: the time limit is over"));
    CHECK(bench.env.elapsed() == 3s);
    CHECK(bench.script->calls > 3);

    bench.script->calls = 0;
    CHECK(!bench.read(bench.context(0s)));  // who does not wait does not repeat
    CHECK(bench.script->calls == 1);

    std::atomic<bool> stop{false};
    bench.script->before = [&] { stop = bench.script->calls == 3; };
    bench.script->calls = 0;
    auto const stopped = bench.read(bench.context(endless, &stop));
    CHECK(stopped.error() == Errc::unavailable);
    CHECK(stopped.error().message() == "no route; 3 attempts were made: the caller asked to stop");
    CHECK(bench.script->calls == 3);
}

TEST_CASE("retrying: a stop during a pause ends it") {
    struct Stopping : Environment {
        Instant monotonic() override { return Instant(passed); }
        Timestamp wall() override { return {}; }
        void sleep(Duration duration) override {
            passed += duration;
            stop = true;
        }
        void random(void* out, std::size_t size) override { std::memset(out, 0x7f, size); }
        Writer who() override { return {}; }
        Duration passed{};
        std::atomic<bool> stop{false};
    } env;
    Bench bench;
    bench.script->always = away().retry_after(60s);
    CHECK(bench.read(Context(env, endless, &env.stop)).error().message().ends_with("the caller asked to stop"));
    CHECK(env.passed < 1s);
    CHECK(bench.script->calls == 1);
}

TEST_CASE("retrying: the service's own wish is the least pause, and no reason to wait in vain") {
    Bench bench({.attempts = 3});
    bench.script->fails(away().retry_after(7s), 2);
    CHECK(bench.read(bench.context(60s)));
    CHECK(bench.env.elapsed() > 14s);  // and not at the same moment as everybody else who was told so
    CHECK(bench.env.elapsed() < 15s);

    Duration const before = bench.env.elapsed();
    bench.script->calls = 0;
    bench.script->fails(away().on("\"k\"").retry_after(7s));
    auto const failed = bench.read(bench.context(5s));
    CHECK(failed.error() == Errc::unavailable);
    CHECK(failed.error().retry_after() == 7s);
    CHECK(failed.error().subject() == "\"k\"");
    CHECK(failed.error().message() ==
          "no route; 1 attempt was made: the service asks for a longer pause than the time limit leaves");
    CHECK(bench.env.elapsed() == before);
    CHECK(bench.script->calls == 1);
}

TEST_CASE("retrying: an error keeps the first pause it was given") {
    CHECK(Error(Errc::unavailable).retry_after() == 0s);
    CHECK(away().retry_after() == 0s);
    CHECK(Error(Errc::unavailable).retry_after(2s).retry_after() == 2s);
    CHECK(away().retry_after(-1s).retry_after(2s).retry_after(9s).during("read").retry_after() == 2s);
    CHECK(away().retry_after(2s).message() == "no route");
}

TEST_CASE("retrying: all operations share a budget, which success fills again") {
    Bench bench({.attempts = 5, .budget_percent = 10, .budget_burst = 20});
    bench.script->always = away();
    for (int i = 0; i < 1000; ++i) CHECK(!bench.read(bench.context()));
    unsigned const repeated = bench.script->calls - 1000;
    CHECK(repeated <= 100 + 20);
    CHECK(repeated >= 100 + 20 - 1);
    CHECK(!bench.read(bench.context()));  // may have had just enough
    CHECK(bench.read(bench.context()).error().message() ==
          "no route; 1 attempt was made: the budget of repetitions is used up");

    bench.script->always.reset();
    for (int i = 0; i < 100; ++i) CHECK(bench.read(bench.context()));
    bench.script->calls = 0;
    bench.script->fails(away(), 4);
    CHECK(bench.read(bench.context()));
    CHECK(bench.script->calls == 5);

    Bench never({.budget_burst = 0});
    never.script->fails(away());
    CHECK(!never.read(never.context()));
    CHECK(never.script->calls == 1);
}

TEST_CASE("retrying: the budget is saved up to its burst and holds for threads together") {
    RetryBudget budget(10, 5);
    for (int i = 0; i < 1000; ++i) budget.earn();
    for (int i = 0; i < 5; ++i) CHECK(budget.spend());
    CHECK(!budget.spend());
    std::atomic<unsigned> spent{0};
    testing::law::in_threads(4, [&](unsigned) {
        for (int i = 0; i < 10'000; ++i) {
            budget.earn();
            if (budget.spend()) ++spent;
        }
    });
    CHECK(spent == 4000);
}

TEST_CASE("retrying: copies of the layer share its budget") {
    Bench bench({.budget_percent = 0, .budget_burst = 3});
    Storage copy = bench.storage;
    bench.script->always = away();
    CHECK(!bench.read(bench.context()));
    CHECK(!copy.read(bench.context(), RecordId("k")));
    CHECK(bench.script->calls == 2 + 3);
}

TEST_CASE("retrying: a storage with this layer is one, and a store over it meets no faults before an operation") {
    Retrying<MemoryStorage> storage{MemoryStorage()};
    CHECK(check_storage(storage).text() == "");
    for (unsigned nth = 0; nth < 4; ++nth) {
        auto const plan = std::make_shared<FaultPlan>();
        TestEnvironment env;
        StateStore<std::string, Retrying<Faulty<MemoryStorage>>, RawBytes> store(
            Retrying(Faulty(MemoryStorage(), plan)), StoreOptions{.environment = &env});
        plan->arm(nth, FaultPlan::How::before);
        CHECK(store.create("k", "a"));
        CHECK(store.update("k", [](std::string& s) { s += "b"; }));
        CHECK((*store.get("k").value())->size() == 2);
        CHECK(plan->count == 5);
    }
}

}  // namespace retrying_test
