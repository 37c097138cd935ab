// What an observer is told, and what the ready-made ones make of it.

#include <holdfast/format/flat_json.hpp>
#include <holdfast/layer/observe/observers.hpp>
#include <holdfast/layer/observe/opentelemetry.hpp>
#include <holdfast/layer/observe/prometheus.hpp>
#include <holdfast/layer/observe/structured_log.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/laws/storage.hpp>
#include <holdfast/testing/observer_archetype.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/layer/prometheus_grammar.hpp>

#include <stdexcept>

namespace observed_test {

using namespace holdfast;
using namespace holdfast::testing;
using namespace std::chrono_literals;
using Kind = Operation::Kind;
using Outcome = StorageEvent::Outcome;

/// Keeps what it was told.
struct Seen {
    struct One {
        Kind kind;
        std::string key, outcome;
        Outcome result;
        Duration duration;
        std::size_t bytes_out, bytes_in, records;
        std::string error;
    };
    std::vector<One> events;
    std::vector<std::string> notes;
    int tokens = 0;  ///< that are out
};
struct Recorder {
    std::shared_ptr<Seen> seen = std::make_shared<Seen>();
    void ended(StorageEvent const& e) {
        seen->events.push_back({e.operation.kind, std::string(e.operation.id ? e.operation.id->key.view() : ""),
                                std::string(e.outcome_name()), e.outcome, e.duration, e.bytes_out, e.bytes_in,
                                e.records, e.error ? e.error->describe() : ""});
    }
    void noted(StoreNote const& note) { seen->notes.push_back(note.error.describe()); }
};
/// Wants a token, and gets its own back.
struct Tracer {
    struct Span {
        explicit Span(std::shared_ptr<Seen> s) : seen(std::move(s)) { ++seen->tokens; }
        Span(Span&&) = default;
        Span& operator=(Span&&) = default;
        ~Span() {
            if (seen) --seen->tokens;
        }
        std::shared_ptr<Seen> seen;
    };
    std::shared_ptr<Seen> seen = std::make_shared<Seen>();
    Span started(Operation const&) { return Span(seen); }
    void ended(StorageEvent const& e, Span span) {
        seen->events.push_back({e.operation.kind, "", std::string(e.outcome_name()), e.outcome, e.duration, 0, 0, 0,
                                span.seen == seen && seen->tokens == 1 ? "" : "another's token"});
    }
};
struct Thrower {
    std::shared_ptr<int> ends = std::make_shared<int>(0);
    int started(Operation const&) { throw std::runtime_error("begin"); }
    void ended(StorageEvent const&, int) { ++*ends; }  // with no token there is no end
    void noted(StoreNote const&) { throw std::runtime_error("note"); }
};
struct ThrowsAtEnd {
    void ended(StorageEvent const&) { throw std::runtime_error("end"); }
};

/// Each operation takes 250 µs, the first bytes of the key say how a write ends.
template <StoragePolicy Next>
class Slow : public Layer<Slow<Next>, Next, 1> {
public:
    Slow(Next next, TestEnvironment& env) : Layer<Slow<Next>, Next, 1>(std::move(next)), env_(&env) {}
    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        env_->advance(250us);
        std::string_view const key = operation.id ? operation.id->key.view() : "";
        if (key == "gone")
            return Error(Errc::unavailable, "the \"service\"\u000ais away").on("\"gone\"").from("503, request 7");
        if constexpr (std::is_same_v<R, Result<WriteOutcome>>)
            if (key == "open") return WriteOutcome::unknown(Error(Errc::timed_out, "no reply"));
        if (key == "thrown") throw std::runtime_error("memory");
        return call();
    }

private:
    TestEnvironment* env_;
};

template <class Observer>
struct Bench {
    explicit Bench(Observer observer = Observer()) : storage(Slow(MemoryStorage(), env), std::move(observer)) {}

    Result<RecordPtr> read(KeyView key) { return storage.read(ctx, RecordId(key)); }
    Result<WriteOutcome> write(KeyView key, std::string_view payload, Precondition const& when) {
        return storage.write(ctx, RecordId(key), testing::law::make_record(key, payload), when);
    }
    /// Nine operations that end in every way.
    void run() {
        CHECK(write("k", "four", Precondition::absent()));
        CHECK(write("k", "again!", Precondition::absent())->kind() == WriteOutcome::Kind::conflict);
        CHECK(read("k"));
        CHECK(read("absent"));
        CHECK(!read("gone"));
        CHECK(write("open", "x", Precondition::none())->kind() == WriteOutcome::Kind::unknown);
        Key const a("a"), b("b");
        std::vector<Write> const both{{RecordId(a), testing::law::make_record(a, "12"), Precondition::absent()},
                                      {RecordId(b), testing::law::make_record(b, "345"), Precondition::absent()}};
        CHECK(storage.write_all(ctx, std::span<Write const>(both)));
        CHECK(storage.list(ctx, ListRequest{.prefix = "\xff k"})->records.empty());
        CHECK(storage.remove(ctx, RecordId("k"), Precondition::none()));
    }

    TestEnvironment env;
    Context ctx{env};
    Observed<Slow<MemoryStorage>, Observer> storage;
};

static_assert(StorageObserver<Recorder> && StorageObserver<Tracer> && StorageObserver<PrometheusMetrics>);
static_assert(StorageObserver<StructuredLog<>> && StorageObserver<Observers<Recorder, Tracer, PrometheusMetrics>>);
using Both = Observers<StorageObserverArchetype, TracingObserverArchetype>;
static_assert(TransactionalStorage<Observed<TransactionalStorageArchetype, Both>>);
static_assert(HostStorage<Observed<HostStorageArchetype, StorageObserverArchetype>>);
static_assert(ListableStorage<Retrying<Observed<ListableStorageArchetype, TracingObserverArchetype>>>);
static_assert(Observed<MemoryStorage, Recorder>::rank == 3);

TEST_CASE("observed: every operation is told once, with what went each way and how it ended") {
    Bench<Recorder> bench;
    bench.run();
    auto const& events = bench.storage.observer().seen->events;
    REQUIRE(events.size() == 9);
    struct Expected {
        Kind kind;
        char const *key, *outcome;
        std::size_t out, in, records;
        bool error;
    };
    Expected const expected[] = {{Kind::write, "k", "applied", 4, 0, 1, false},
                                 {Kind::write, "k", "conflict", 6, 0, 1, false},
                                 {Kind::read, "k", "ok", 0, 4, 1, false},
                                 {Kind::read, "absent", "ok", 0, 0, 0, false},
                                 {Kind::read, "gone", "unavailable", 0, 0, 0, true},
                                 {Kind::write, "open", "unknown", 1, 0, 1, true},
                                 {Kind::write_all, "", "applied", 5, 0, 2, false},
                                 {Kind::list, "", "ok", 0, 0, 0, false},
                                 {Kind::remove, "k", "applied", 0, 0, 0, false}};
    for (std::size_t i = 0; i < events.size(); ++i) {
        INFO(i);
        CHECK(events[i].kind == expected[i].kind);
        CHECK(events[i].key == expected[i].key);
        CHECK(events[i].outcome == expected[i].outcome);
        CHECK(events[i].duration == 250us);
        CHECK(events[i].bytes_out == expected[i].out);
        CHECK(events[i].bytes_in == expected[i].in);
        CHECK(events[i].records == expected[i].records);
        CHECK(events[i].error.empty() == !expected[i].error);
    }
    CHECK(bench.env.clock_reads() == 18);
}

TEST_CASE("observed: a token goes from the beginning to the end, and is not lost by an operation that throws") {
    Bench<Tracer> bench;
    bench.run();
    auto const& seen = *bench.storage.observer().seen;
    CHECK(seen.events.size() == 9);
    for (auto const& event : seen.events) CHECK(event.error.empty());
    CHECK(seen.tokens == 0);
    CHECK_THROWS_AS((void)bench.read("thrown"), std::runtime_error);
    CHECK(seen.events.size() == 9);
    CHECK(seen.tokens == 0);
}

TEST_CASE("observed: an observer that throws disturbs neither the operation nor other observers") {
    Recorder first, last;
    Tracer tracer;
    Thrower thrower;
    Bench<Observers<Recorder, Thrower, ThrowsAtEnd, Tracer, Recorder>> bench(
        Observers(first, thrower, ThrowsAtEnd(), tracer, last));
    bench.run();
    CHECK(first.seen->events.size() == 9);
    CHECK(last.seen->events.size() == 9);
    CHECK(tracer.seen->events.size() == 9);
    CHECK(*thrower.ends == 0);
    CHECK(*bench.storage.next().next().read(bench.ctx, RecordId("a")) != nullptr);
    Error const error(Errc::unavailable, "still held");
    bench.storage.note({StoreNote::Kind::lock_not_released, bench.ctx, "k", error});
    CHECK(last.seen->notes == std::vector<std::string>{"unavailable: still held"});
}

TEST_CASE("observed: a note finds the layer that takes it, from above others, and is dropped where there is none") {
    Recorder recorder;
    TestEnvironment env;
    Context const ctx(env);
    Error const error(Errc::busy);
    StoreNote const note{StoreNote::Kind::lock_not_released, ctx, "k", error};
    Retrying outer(Observed(MemoryStorage(), recorder));
    holdfast::detail::note_to(outer, note);
    CHECK(recorder.seen->notes.size() == 1);
    Observed with_deaf{MemoryStorage(), Tracer()};
    holdfast::detail::note_to(with_deaf, note);
    MemoryStorage bare;
    holdfast::detail::note_to(bare, note);
}

TEST_CASE("observed: repetitions are operations of their own, and a storage with this layer is one") {
    Recorder recorder;
    TestEnvironment env;
    auto const plan = std::make_shared<FaultPlan>();
    plan->arm(0, FaultPlan::How::before);
    Retrying storage(Observed(Faulty(MemoryStorage(), plan), recorder));
    CHECK(storage.read(Context(env), RecordId("k")));
    REQUIRE(recorder.seen->events.size() == 2);
    CHECK(recorder.seen->events[0].outcome == "unavailable");
    CHECK(recorder.seen->events[1].outcome == "ok");
    Observed plain{MemoryStorage(), PrometheusMetrics()};
    CHECK(check_storage(plain).text() == "");
}

/// A storage over which every operation can be had.
struct Watched : MemoryStorage {
    Result<bool> wait_for_change(Context const& ctx, RecordId const& id, Revision const& since) {
        auto const now = read(ctx, id);
        return !now->get() || now->get()->revision != since;
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known) {
        auto now = read(ctx, id);
        return known && *now && (*now)->revision == known->revision ? known : *std::move(now);
    }
};
static_assert(WatchableStorage<Retrying<Observed<Watched, Recorder>>> && RevalidatingStorage<Retrying<Watched>>);

TEST_CASE("observed: waits are told, and a record that is still the known one was not transferred") {
    Recorder recorder;
    PrometheusMetrics const metrics;
    Observed<Watched, Observers<Recorder, PrometheusMetrics>> storage(Watched(), Observers(recorder, metrics));
    TestEnvironment env;
    Context const ctx(env);
    RecordId const id("k");
    CHECK(storage.write(ctx, id, testing::law::make_record("k", "four"), Precondition::absent()));
    auto const first = storage.reread(ctx, id, nullptr);
    auto const second = storage.reread(ctx, id, *first);
    CHECK(*second == *first);
    CHECK(!*storage.wait_for_change(ctx, id, (*first)->revision));
    CHECK(*storage.wait_for_change(ctx, id, Revision()));
    auto const& events = recorder.seen->events;
    REQUIRE(events.size() == 5);
    CHECK(events[1].bytes_in == 4);
    CHECK(events[2].bytes_in == 0);
    CHECK(events[2].records == 1);
    CHECK(events[3].outcome == "ok");
    CHECK(events[3].records == 0);
    CHECK(events[4].records == 1);
    PrometheusReader const read(metrics.text());
    CHECK(read.fault == "");
    CHECK(read.series.at("holdfast_storage_operations_total{operation=\"wait\",outcome=\"ok\"}") == 2);
    CHECK(read.series.at("holdfast_storage_read_bytes_total{operation=\"read\"}") == 4);
}

/// Lines into a vector; the text of each must be one JSON object.
struct Lines {
    std::shared_ptr<std::vector<std::string>> lines = std::make_shared<std::vector<std::string>>();
    void operator()(std::string_view line) { lines->emplace_back(line); }
};

TEST_CASE("observed: the structured log writes a line of JSON for each operation and no payload") {
    Lines sink;
    Bench<StructuredLog<Lines>> bench{StructuredLog(sink)};
    bench.run();
    auto const& lines = *sink.lines;
    REQUIRE(lines.size() == 9);
    CHECK(
        lines[0] ==
        R"({"time":"1970-01-01T00:00:00.000250Z","operation":"write","key":"k","outcome":"applied","duration_us":250.000,"bytes_out":4,"bytes_in":0,"records":1})");
    CHECK(lines[4].find(R"("outcome":"unavailable")") != std::string::npos);
    CHECK(lines[4].ends_with(
        R"("records":0,"message":"the \"service\"\u000ais away","subject":"\"gone\"","backend":"503, request 7"})"));
    CHECK(lines[7].find(R"("operation":"list","prefix":"? k",)") != std::string::npos);
    for (auto const& line : lines) {
        CHECK(line.find('\n') == std::string::npos);
        CHECK(line.find("four") == std::string::npos);
        CHECK(holdfast::detail::valid_utf8(line));
    }

    Bench<StructuredLog<Lines>> secretive{StructuredLog(sink, {.keys = false})};
    sink.lines->clear();
    secretive.run();
    for (auto const& line : *sink.lines) {
        CHECK(line.find("\"key\"") == std::string::npos);
        CHECK(line.find("gone") == std::string::npos);
        CHECK(line.find("prefix") == std::string::npos);
    }
    Error const error(Errc::lost, "it expired");
    sink.lines->clear();
    bench.storage.note({StoreNote::Kind::lock_not_released, bench.ctx, "k", error});
    CHECK(sink.lines->at(0).ends_with(
        R"("note":"lock_not_released","key":"k","outcome":"lost","message":"it expired"})"));
    sink.lines->clear();
    CHECK(bench.storage.read(bench.ctx, RecordId("k", Slot::lock)));
    CHECK(sink.lines->at(0).find(R"("key":"k","slot":"lock",)") != std::string::npos);
}

TEST_CASE("observed: what Prometheus is told is in its grammar and adds up") {
    PrometheusMetrics const metrics("ord\"ers\\\n\xffü");
    Bench<PrometheusMetrics> bench(metrics);
    PrometheusReader const before(metrics.text());
    CHECK(before.fault == "");
    bench.run();
    CHECK(bench.read("gone").error() == Errc::unavailable);
    Error const error(Errc::lost);
    bench.storage.note({StoreNote::Kind::lock_not_released, bench.ctx, "k", error});

    PrometheusReader const after(metrics.text());
    CHECK(after.fault == "");
    std::string const store = "store=\"ord\"ers\\\n\xef\xbf\xbdü\"";  // the reader unescapes
    auto const value = [&](std::string const& name, std::string const& labels) {
        auto const found = after.series.find(name + "{" + labels + (labels.empty() ? "" : ",") + store + "}");
        return found == after.series.end() ? -1 : found->second;
    };
    std::string const total = "holdfast_storage_operations_total";
    CHECK(value(total, R"(operation="write",outcome="applied")") == 1);
    CHECK(value(total, R"(operation="write",outcome="conflict")") == 1);
    CHECK(value(total, R"(operation="write",outcome="unknown")") == 1);
    CHECK(value(total, R"(operation="read",outcome="ok")") == 2);
    CHECK(value(total, R"(operation="read",outcome="unavailable")") == 2);
    CHECK(value(total, R"(operation="read",outcome="applied")") == -1);
    CHECK(value(total, R"(operation="remove",outcome="unknown")") == 0);  // there before it happens
    CHECK(value("holdfast_storage_written_bytes_total", R"(operation="write")") == 11);
    CHECK(value("holdfast_storage_written_bytes_total", R"(operation="write_all")") == 5);
    CHECK(value("holdfast_storage_read_bytes_total", R"(operation="read")") == 4);
    CHECK(value("holdfast_store_notes_total", R"(note="lock_not_released")") == 1);
    std::string const seconds = "holdfast_storage_operation_duration_seconds";
    CHECK(value(seconds + "_bucket", R"(le="0.0001",operation="read")") == 0);
    CHECK(value(seconds + "_bucket", R"(le="0.0005",operation="read")") == 4);
    CHECK(value(seconds + "_bucket", R"(le="+Inf",operation="read")") == 4);
    CHECK(value(seconds + "_count", R"(operation="read")") == 4);
    CHECK(value(seconds + "_sum", R"(operation="read")") == 0.001);
    CHECK(after.types.at(seconds) == "histogram");
    CHECK(metrics.text().find("gone") == std::string::npos);  // no keys
}

TEST_CASE("observed: bounds of buckets are what they say, and count what is not above them") {
    for (auto const& bucket : holdfast::detail::duration_buckets)
        CHECK(std::stod(std::string(bucket.seconds)) == static_cast<double>(bucket.nanoseconds) / 1e9);
    PrometheusMetrics metrics;
    Operation const operation{.kind = Kind::read};
    TestEnvironment env;
    Context const ctx(env);
    for (Duration const duration :
         {Duration(-5), Duration(10'000), Duration(10'001), Duration(10s), Duration(10s + 1ns)})
        metrics.ended({.operation = operation, .context = ctx, .duration = duration});
    PrometheusReader const read(metrics.text());
    CHECK(read.fault == "");
    std::string const bucket = "holdfast_storage_operation_duration_seconds_bucket{le=";
    CHECK(read.series.at(bucket + R"("0.00001",operation="read"})") == 2);
    CHECK(read.series.at(bucket + R"("0.00005",operation="read"})") == 3);
    CHECK(read.series.at(bucket + R"("10",operation="read"})") == 4);
    CHECK(read.series.at(bucket + R"("+Inf",operation="read"})") == 5);
}

TEST_CASE("observed: several stores share one text, copies one count, threads lose nothing") {
    PrometheusMetrics const a("a"), b("b");
    Operation const operation{.kind = Kind::list};
    TestEnvironment env;
    Context const ctx(env);
    testing::law::in_threads(4, [&](unsigned) {
        PrometheusMetrics copy = a;
        for (int i = 0; i < 1000; ++i)
            copy.ended({.operation = operation, .context = ctx, .duration = 1ms, .bytes_in = 3});
    });
    PrometheusReader const read(PrometheusMetrics::text({a, b}));
    CHECK(read.fault == "");
    std::string const total = "holdfast_storage_operations_total{operation=\"list\",outcome=\"ok\",store=\"";
    CHECK(read.series.at(total + "a\"}") == 4000);
    CHECK(read.series.at(total + "b\"}") == 0);
    CHECK(PrometheusReader(a.text() + b.text()).fault != "");  // which is why there is a text of both
}

TEST_CASE("observed: the reader of the format refuses what is not in it") {
    std::string const head = "# HELP a_total h\n# TYPE a_total counter\n";
    CHECK(PrometheusReader(head + "a_total{x=\"1\"} 2\n").fault == "");
    for (std::string const text :
         {"a_total 2\n", "a_total{} 2 \n", "a_total{x=\"1} 2\n", "a_total{x=1} 2\n", "a_total{x=\"\\q\"} 2\n",
          "a_total{1x=\"\"} 2\n", "b_total 2\n", "a_total\n", "a_total two\n", "a_total{x=\"1\",x=\"2\"} 2\n",
          "a_total 2", "a_total 1\na_total 2\n", "a_total{x=\"a\nb\"} 2\n", "\n"}) {
        INFO(text);
        bool const fine = text == "a_total 2\n";
        CHECK(PrometheusReader(head + text).fault.empty() == fine);
    }
    CHECK(PrometheusReader("# TYPE a_total counter\na_total 1\n").fault != "");
    CHECK(PrometheusReader("# HELP h h\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n").fault != "");
    CHECK(PrometheusReader("# HELP h h\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum "
                           "1\nh_count 1\n")
              .fault != "");
}

TEST_CASE("observed: OpenTelemetry's attributes of a database client's span") {
    struct Spans {
        OpenTelemetryAttributes describe;
        std::shared_ptr<std::vector<std::string>> spans = std::make_shared<std::vector<std::string>>();
        void ended(StorageEvent const& event) {
            std::string text = describe.span_name(event.operation) + (describe.failed(event) ? " failed" : "");
            describe(event, [&](std::string_view name, auto value) {
                text.append(" ").append(name).append("=");
                if constexpr (std::is_same_v<decltype(value), std::int64_t>) text.append(std::to_string(value));
                else text.append(value);
            });
            spans->push_back(text);
        }
    };
    Spans spans{{.system = "sqlite", .name_space = "main", .collection = "state"}};
    Bench<Spans> bench(spans);
    bench.run();
    auto const& all = *spans.spans;
    REQUIRE(all.size() == 9);
    std::string const common = " db.system.name=sqlite db.namespace=main db.collection.name=state db.operation.name=";
    CHECK(all[0] == "write state" + common +
                        "write holdfast.key=k holdfast.slot=current holdfast.outcome=applied holdfast.bytes_out=4 "
                        "holdfast.bytes_in=0");
    CHECK(all[1].find("failed") == std::string::npos);
    CHECK(all[2].find(" db.response.returned_rows=1 ") != std::string::npos);
    CHECK(all[4].starts_with("read state failed"));
    CHECK(all[4].find(" error.type=unavailable db.response.status_code=503 holdfast.outcome=unavailable") !=
          std::string::npos);
    CHECK(all[4].find("request 7") == std::string::npos);
    CHECK(all[4].find("returned_rows") == std::string::npos);
    CHECK(all[5].find(" error.type=timed_out holdfast.outcome=unknown") != std::string::npos);
    CHECK(all[6].find(" db.operation.batch.size=2 ") != std::string::npos);
    CHECK(all[6].find("holdfast.key") == std::string::npos);

    Spans bare{{.keys = false}};
    Bench<Spans>(bare).run();
    CHECK(bare.spans->at(2).starts_with("read holdfast db.system.name=holdfast db.operation.name=read holdfast.slot="));
}

}  // namespace observed_test
