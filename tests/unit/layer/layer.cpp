// Every operation passes a layer's hook once, says what it is, and can go wrong there in both ways.

#include <holdfast/layer/layer.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/archetypes.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/laws/storage.hpp>

#include <catch2/catch_test_macros.hpp>

namespace layer_test {

using namespace holdfast;
using namespace holdfast::testing;
using Kind = Operation::Kind;

template <StoragePolicy Next, int rank_>
class Counting : public Layer<Counting<Next, rank_>, Next, rank_> {
public:
    using Layer<Counting<Next, rank_>, Next, rank_>::Layer;

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        log += std::string(name(operation.kind)) + " ";
        switch (operation.kind) {
            case Kind::read: complete = complete && operation.id && !operation.writes_something(); break;
            case Kind::write: complete = complete && operation.id && operation.record && operation.when; break;
            case Kind::remove: complete = complete && operation.id && operation.when; break;
            case Kind::list: complete = complete && operation.request && !operation.writes_something(); break;
            case Kind::write_all: complete = complete && operation.writes.size() == 2; break;
            case Kind::read_aged: complete = complete && operation.id; break;
            case Kind::wait: complete = complete && operation.id && operation.since; break;
            case Kind::read_many: complete = complete && !operation.reads.empty(); break;
            case Kind::remove_many: complete = complete && !operation.removals.empty() && operation.writes_something(); break;
        }
        if (operation.kind == Kind::write || operation.kind == Kind::remove || operation.kind == Kind::write_all)
            complete = complete && operation.writes_something();
        return call();
    }

    std::string log;
    bool complete = true;
};

using Inner = Counting<MemoryStorage, 2>;
using Outer = Counting<Inner, 3>;
/// Counts, and stands for a storage: it has no rank among layers.
struct Ground : Counting<MemoryStorage, 1> {
    using Counting<MemoryStorage, 1>::Counting;
    static constexpr int rank = 0;
};
static_assert(ListableStorage<Outer> && TransactionalStorage<Outer> && AttributedStorage<Outer> && !HostStorage<Outer>);
static_assert(!Outer::late_writes && Outer::rank == 3 && Inner::rank == 2);
// A layer can do what is below, and no more.
static_assert(!ConditionalStorage<Counting<StorageArchetype, 1>> && !AttributedStorage<Counting<StorageArchetype, 1>>);
static_assert(Counting<StorageArchetype, 1>::late_writes && !ListableStorage<Counting<StorageArchetype, 1>>);
static_assert(ListableStorage<Counting<ListableStorageArchetype, 1>> &&
              !TransactionalStorage<Counting<ListableStorageArchetype, 1>>);
static_assert(TransactionalStorage<Counting<TransactionalStorageArchetype, 1>>);
static_assert(HostStorage<Counting<HostStorageArchetype, 1>>);
static_assert(BulkStorage<Counting<BulkStorageArchetype, 1>> && !BulkStorage<Counting<HostStorageArchetype, 1>>);
// A rank says what a layer may be put around.
static_assert(holdfast::detail::layer_rank<MemoryStorage> == 0 && holdfast::detail::layer_rank<Inner> == 2);

/// One of each kind, each successful on an empty storage.
template <class S>
Result<WriteOutcome> one_operation(S& storage, Kind kind, Context const& ctx) {
    Key const key("k"), other("other");
    RecordId const id(key);
    auto const outcome = [](auto const& result) -> Result<WriteOutcome> {
        if (!result) return result.error();
        return WriteOutcome::applied(Revision());
    };
    auto const record = testing::law::make_record(key, "x");
    switch (kind) {
        case Kind::read: return outcome(storage.read(ctx, id));
        case Kind::write: return storage.write(ctx, id, record, Precondition::none());
        case Kind::remove: return storage.remove(ctx, id, Precondition::none());
        case Kind::list: return outcome(storage.list(ctx, ListRequest()));
        default: break;
    }
    std::vector<Write> const both{{id, record, Precondition::absent()},
                                  {RecordId(other), record, Precondition::absent()}};
    return storage.write_all(ctx, std::span<Write const>(both));
}

constexpr Kind every_kind[] = {Kind::read, Kind::write, Kind::remove, Kind::list, Kind::write_all};

TEST_CASE("layer: every operation passes every hook once, and says what it is", "[layer]") {
    Context const ctx(Environment::system());
    Outer stack{Inner(MemoryStorage())};
    for (Kind const kind : every_kind) REQUIRE(one_operation(stack, kind, ctx));
    CHECK(stack.log == "read write remove list write_all ");
    CHECK(stack.next().log == stack.log);
    CHECK(stack.complete);
    CHECK(stack.next().complete);
    CHECK(*stack.next().next().read(ctx, RecordId("other")) != nullptr);
}

TEST_CASE("layer: Faulty fails before and after, each operation in its way", "[layer]") {
    Context const ctx(Environment::system());
    for (Kind const kind : every_kind) {
        for (auto const how : {FaultPlan::How::before, FaultPlan::How::after}) {
            INFO(name(kind) << (how == FaultPlan::How::before ? " before" : " after"));
            auto const plan = std::make_shared<FaultPlan>();
            Faulty<Ground> storage(Ground(MemoryStorage()), plan);
            plan->arm(1, how);
            REQUIRE(one_operation(storage, Kind::read, ctx));  // not its turn yet
            auto const failed = one_operation(storage, kind, ctx);
            bool const made = storage.next().log == "read " + std::string(name(kind)) + " ";
            bool const writes = Operation{.kind = kind}.writes_something();
            CHECK(made == (how == FaultPlan::How::after));
            if (writes && made) {
                REQUIRE(failed);
                CHECK(failed->kind() == WriteOutcome::Kind::unknown);
                CHECK(failed->why().operation() == name(kind));
            } else {
                REQUIRE(!failed);
                CHECK(failed.error() == Errc::unavailable);
                CHECK(failed.error().operation() == name(kind));
            }
            bool const there = *storage.next().next().read(ctx, RecordId("k")) != nullptr;
            CHECK(there == (made && (kind == Kind::write || kind == Kind::write_all)));
            CHECK(one_operation(storage, kind, ctx));  // once only
            CHECK(plan->count == 3);
        }
    }
}

}  // namespace layer_test
