// A sink hears of every operation twice, with what went in and what came out; of one that was thrown out of, once.

#include <holdfast/layer/traced.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/testing/archetypes.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/testing/laws/storage.hpp>

#include <catch2/catch_test_macros.hpp>

#include <mutex>
#include <span>
#include <vector>

namespace traced_test {

using namespace holdfast;
using namespace holdfast::testing;

/// Keeps a line for each thing that it hears.
struct Listener final : TraceSink {
    void begin(TracedCall& call) override {
        std::lock_guard const lock(mutex);  // the laws of storages are checked by several threads
        log += std::string(name(call.operation.kind)) + (call.late_writes ? " late{" : "{");
        call.tickets.push_back(++calls);
        times = times && call.context.env.monotonic() != Instant();
    }
    void end_read(TracedCall const& call, Result<RecordPtr> const& read) override {
        ended(call, !read ? "error" : *read ? "record" : "nothing");
    }
    void end_write(TracedCall const& call, Result<WriteOutcome> const& wrote) override {
        ended(call, told(wrote));
    }
    void end_list(TracedCall const& call, Result<ListPage> const& page) override {
        ended(call, std::to_string(page->records.size()));
    }
    void end_read_many(TracedCall const& call, Result<std::vector<Result<RecordPtr>>> const& read) override {
        std::string all = "of " + std::to_string(call.operation.reads.size());
        for (auto const& one : *read) all += !one ? " error" : *one ? " record" : " nothing";
        ended(call, all);
    }
    void end_remove_many(TracedCall const& call, Result<std::vector<Result<WriteOutcome>>> const& done) override {
        std::string all = "of " + std::to_string(call.operation.removals.size());
        for (auto const& one : *done) all.append(" ").append(told(one));
        ended(call, all);
    }
    static std::string_view told(Result<WriteOutcome> const& wrote) {
        return !wrote                                          ? "error"
               : wrote->kind() == WriteOutcome::Kind::applied  ? "applied"
               : wrote->kind() == WriteOutcome::Kind::conflict ? "conflict"
                                                               : "unknown";
    }
    void ended(TracedCall const& call, std::string_view how) {
        std::lock_guard const lock(mutex);
        (log += how) += "} ";
        matched = matched && call.tickets.size() == 1 && call.tickets[0] == calls;
    }
    std::string take() { return std::exchange(log, {}); }

    std::mutex mutex;
    std::string log;
    std::uint64_t calls = 0;
    bool matched = true, times = true;
};

using Memory = Traced<MemoryStorage>;
static_assert(ListableStorage<Memory> && TransactionalStorage<Memory> && AttributedStorage<Memory>);
static_assert(Memory::rank == 2 && !Memory::late_writes && !HostStorage<Memory>);
static_assert(HostStorage<Traced<HostStorageArchetype>> && !ListableStorage<Traced<HostStorageArchetype>>);
static_assert(StoragePolicy<Traced<StorageArchetype>> && !ConditionalStorage<Traced<StorageArchetype>>);
static_assert(StoragePolicy<Traced<Faulty<MemoryStorage>>>);
static_assert(
    std::same_as<decltype(Traced(MemoryStorage(), std::declval<Listener&>())), Traced<MemoryStorage, Listener>>);
static_assert(sizeof(Memory) == sizeof(MemoryStorage) + sizeof(void*));

TEST_CASE("traced: a sink hears of every operation, before and after", "[layer]") {
    Context const ctx(Environment::system());
    Listener sink;
    Traced storage(MemoryStorage(), sink);
    RecordId const id("k");
    auto const record = testing::law::make_record("k", "x");
    REQUIRE(storage.read(ctx, id));
    REQUIRE(storage.write(ctx, id, record, Precondition::absent()));
    REQUIRE(storage.write(ctx, id, record, Precondition::absent()));
    REQUIRE(storage.read(ctx, id));
    REQUIRE(storage.list(ctx, ListRequest()));
    std::vector<Write> const batch{{id, nullptr, Precondition::none()}};
    REQUIRE(storage.write_all(ctx, std::span<Write const>(batch)));
    REQUIRE(storage.remove(ctx, id, Precondition::absent()));
    CHECK(sink.take() ==
          "read{nothing} write{applied} write{conflict} read{record} list{1} write_all{applied} remove{applied} ");
    CHECK(sink.matched);
    CHECK(sink.times);
    CHECK(sink.calls == 7);

    TraceSink& any = sink;  // by its base, as when the sink is chosen at run time
    Traced<MemoryStorage> by_base(MemoryStorage(), any);
    REQUIRE(by_base.read(ctx, id));
    CHECK(sink.take() == "read{nothing} ");
}

TEST_CASE("traced: errors and unknown outcomes are told as they are", "[layer]") {
    Context const ctx(Environment::system());
    Listener sink;
    auto const plan = std::make_shared<FaultPlan>();
    Traced storage(Faulty(MemoryStorage(), plan), sink);
    plan->arm(0, FaultPlan::How::before);
    CHECK(!storage.remove(ctx, RecordId("k"), Precondition::none()));
    plan->arm(0, FaultPlan::How::after);
    CHECK(storage.remove(ctx, RecordId("k"), Precondition::none()));
    plan->arm(0, FaultPlan::How::after);
    CHECK(!storage.read(ctx, RecordId("k")));
    CHECK(sink.take() == "remove{error} remove{unknown} read{error} ");
}

TEST_CASE("traced: a sink hears of many at once as of one operation, and what became of each", "[layer]") {
    Context const ctx(Environment::system());
    LateObjects const objects{MemoryObjects()};
    Listener sink;
    Traced storage(ObjectStorage<LateObjects<MemoryObjects>>::open(objects).value(), sink);
    for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c")})
        REQUIRE(storage.next().write(ctx, RecordId(key), testing::law::make_record(key, "x"), Precondition::absent()));
    RecordId const nobody{KeyView()};  // as of a key that was moved from
    std::vector<KnownRecord> const reads{{RecordId("a")}, {RecordId("none")}, {nobody}, {RecordId("b")}};
    (void)storage.read_many(ctx, std::span(reads).first(0));
    (void)storage.read_many(ctx, reads);
    CHECK(sink.take() == "read_many late{of 0} read_many late{of 4 record nothing error record} ");
    objects.on_write() = [nth = 0](unsigned) mutable { return nth++ == 1 ? Delivery::lost() : Delivery::intact(); };
    std::vector<Removal> removals{{RecordId("a")}, {RecordId("b")}, {nobody}, {RecordId("c")}};
    removals.back().when = Precondition::absent();
    (void)storage.remove_many(ctx, std::span(removals).first(0));
    (void)storage.remove_many(ctx, removals);
    CHECK(sink.take() == "remove_many late{of 0} remove_many late{of 4 applied unknown error conflict} ");
    CHECK(sink.matched);
    CHECK(sink.calls == 4);
}

TEST_CASE("traced: what is thrown passes, and the operation has a beginning only", "[layer]") {
    struct Throwing : MemoryStorage {
        Result<RecordPtr> read(Context const&, RecordId const&) { throw 7; }
    };
    Context const ctx(Environment::system());
    Listener sink;
    Traced storage(Throwing(), sink);
    CHECK_THROWS_AS(storage.read(ctx, RecordId("k")), int);
    CHECK(sink.take() == "read{");
}

TEST_CASE("traced: a traced storage keeps the laws", "[layer]") {
    Listener sink;
    Traced storage(Faulty(MemoryStorage(), std::make_shared<FaultPlan>()), sink);
    CHECK(check_storage(storage).text() == "");
}

}  // namespace traced_test
