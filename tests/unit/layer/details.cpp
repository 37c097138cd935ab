// Details of the layers that are easy to get wrong.

#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/observe/opentelemetry.hpp>
#include <holdfast/layer/traced.hpp>
#include <holdfast/storage/memory.hpp>
#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>
#include <vector>

namespace layer_details_test {

using namespace holdfast;
using file_test::applied;
using file_test::context;
using file_test::next;

Context stale() {
    Context ctx = context();
    ctx.may_be_stale = true;
    return ctx;
}

/// Memory that counts the reads which transfer a record, and says whether a reread knew one.
struct Counting : MemoryStorage {
    Result<RecordPtr> read(Context const& ctx, RecordId const& id) const {
        ++*transferred;
        return MemoryStorage::read(ctx, id);
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known) const {
        auto now = MemoryStorage::read(ctx, id);
        if (now && known && *now && (*now)->revision == known->revision) return known;
        ++*transferred;
        return now;
    }
    std::shared_ptr<int> transferred = std::make_shared<int>(0);
};

struct Hears final : TraceSink {
    void begin(TracedCall& call) override { late = call.late_writes; }
    void end_read(TracedCall const&, Result<RecordPtr> const&) override {}
    void end_write(TracedCall const&, Result<WriteOutcome> const&) override {}
    bool late = false;
};

TEST_CASE("Cached: what the caller knows is not transferred, and the caller's own is returned", "[cached]") {
    Counting storage;
    Hears sink;
    Cached cached(Traced<Counting, Hears>(storage, sink));
    RecordId const id("k");
    REQUIRE(applied(file_test::set(storage, id, "v")));
    RecordPtr const known = MemoryStorage(storage).read(context(), id).value();
    *storage.transferred = 0;
    CHECK(cached.reread(context(), id, known).value() == known);
    CHECK(*storage.transferred == 0);
    auto const twin = std::make_shared<Record const>(*known);
    CHECK(cached.reread(context(), id, twin).value() == twin);
    CHECK(cached.reread(stale(), id, twin).value() == twin);
    CHECK(*storage.transferred == 0);
}

TEST_CASE("Cached: writes and removals of other slots say nothing about the state", "[cached]") {
    MemoryStorage storage;
    Cached cached(storage);
    RecordId const id("k"), lock("k", Slot::lock);
    REQUIRE(applied(file_test::set(cached, id, "state")));
    REQUIRE(applied(file_test::set(cached, lock, "lock")));
    CHECK(cached.read(stale(), id).value()->payload.view() == "state");
    CHECK(cached.read(stale(), lock).value()->payload.view() == "lock");
    REQUIRE(applied(cached.remove(context(), lock, Precondition::none())));
    CHECK(cached.read(stale(), id).value()->payload.view() == "state");
    CHECK(cached.read(stale(), lock).value() == nullptr);
}

TEST_CASE("Cached: attributes and leases take memory, too", "[cached]") {
    MemoryStorage storage;
    Cached cached(storage);
    auto const grows_by = [&](Record record) {
        std::size_t const before = cached.bytes();
        auto const shared = std::make_shared<Record const>(std::move(record));
        REQUIRE(applied(cached.write(context(), RecordId(shared->key), shared, Precondition::none())));
        return cached.bytes() - before;
    };
    std::size_t const plain = grows_by(*next(nullptr, "a", "v"));
    Record with_attributes = *next(nullptr, "b", "v"), with_lease = *next(nullptr, "c", "v");
    with_attributes.attributes = {{"name", std::string(5000, 'x')}};
    Lease lease;
    lease.purpose = std::string(200, 'x');
    with_lease.lease = std::make_shared<Lease const>(lease);
    CHECK(grows_by(with_attributes) >= plain + 5000);
    CHECK(grows_by(with_lease) >= plain + 200);
}

TEST_CASE("Cached: a copy of the process knows nothing of its parent's", "[cached]") {
    MemoryStorage storage;
    Cached cached(storage);
    for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c")})
        REQUIRE(applied(file_test::set(cached, RecordId(key), "v")));
    REQUIRE(cached.records() == 3);
    CHECK(test::in_child([&] {
              if (!cached.read(stale(), RecordId("a"))) return 90;
              return cached.records() == 1 ? 0 : 1;
          }) == 0);
    CHECK(cached.records() == 3);
}

struct Late : MemoryStorage {
    static constexpr bool late_writes = true;
};

TEST_CASE("traced: a sink is told whether writes may land late", "[layer]") {
    Hears early, late;
    Traced(MemoryStorage(), early).read(context(), RecordId("k")).value();
    Traced(Late(), late).read(context(), RecordId("k")).value();
    CHECK_FALSE(early.late);
    CHECK(late.late);
}

/// Memory that gives turns, in ranks, and waits.
struct Queueing : MemoryStorage {
    Result<Turn> turn(Context const&, RecordId const&, bool always) const {
        ++(always ? *asked : *glances);
        return Turn();
    }
    std::size_t turn_rank(RecordId const& id) const noexcept { return id.key.view().size(); }
    Result<bool> wait_for_change(Context const&, RecordId const&, Revision const& since) const {
        return !since.empty();
    }
    std::shared_ptr<int> asked = std::make_shared<int>(0), glances = std::make_shared<int>(0);
};

struct Waits final : TraceSink {
    void begin(TracedCall& call) override { since = call.operation.since; }
    void end_read(TracedCall const&, Result<RecordPtr> const&) override {}
    void end_write(TracedCall const&, Result<WriteOutcome> const&) override {}
    void end_wait(TracedCall const&, Result<bool> const& changed) override { said = *changed; }
    Revision const* since = nullptr;
    bool said = false;
};

TEST_CASE("layer: turns, their ranks and what is waited for get through", "[layer]") {
    Queueing storage;
    Waits sink;
    Cached layers(Traced<Queueing, Waits>(storage, sink));
    CHECK(layers.turn_rank(RecordId("four")) == 4);
    CHECK(layers.turn(context(), RecordId("k"), true));
    CHECK(layers.turn(context(), RecordId("k"), false));
    CHECK(*storage.asked == 1);
    CHECK(*storage.glances == 1);
    Revision const since{WriteId{1, 2}};
    CHECK(layers.wait_for_change(context(), RecordId("k"), since).value());
    CHECK(sink.since == &since);
    CHECK(sink.said);
}

TEST_CASE("observed: a batch of one is an operation like others", "[observed]") {
    auto const names = [](std::size_t size) {
        std::vector<Write> const writes(size, Write{RecordId("k"), nullptr, Precondition::none()});
        Operation const operation{.kind = Operation::Kind::write_all, .writes = writes};
        std::set<std::string> all;
        OpenTelemetryAttributes{}(operation, [&](std::string_view name, auto) { all.emplace(name); });
        return all;
    };
    CHECK_FALSE(names(1).contains("db.operation.batch.size"));
    CHECK(names(2).contains("db.operation.batch.size"));
}

}  // namespace layer_details_test
