// A sink hears of every operation twice, with what went in and what came out; of one that was thrown out of, once.

#include <holdfast/layer/traced.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/archetypes.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/laws/storage.hpp>

#include <catch2/catch_test_macros.hpp>

#include <mutex>

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
        ended(call, !wrote                                          ? "error"
                    : wrote->kind() == WriteOutcome::Kind::applied  ? "applied"
                    : wrote->kind() == WriteOutcome::Kind::conflict ? "conflict"
                                                                    : "unknown");
    }
    void end_list(TracedCall const& call, Result<ListPage> const& page) override {
        ended(call, std::to_string(page->records.size()));
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
