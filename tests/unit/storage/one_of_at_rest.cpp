// A storage without late writes keeps its ways when others could have been chosen.

#include <holdfast/object/memory_objects.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws/calls.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/protocol/syncing_storage.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <string>
#include <vector>

namespace one_of_at_rest_test {

using namespace holdfast;
using namespace holdfast::testing;
using namespace holdfast_tests;
using Either = OneOf<SyncingStorage, LateStorage>;
using Store = BasicStateStore<std::string, Either, NoLock, CompareAndSwap, PlainText>;

TEST_CASE("OneOf: what a storage at rest leaves in doubt is not sent again", "[one_of]") {
    static_assert(Either::late_writes && !SyncingStorage::late_writes);
    TestEnvironment env;
    auto const disk = std::make_shared<SyncingWorld>();
    unsigned writes = 0;
    disk->on_write = [&](unsigned) { return ++writes == 1 ? Syncing::unsynced : Syncing::intact; };
    Store store(Either(SyncingStorage(disk)), StoreOptions{std::chrono::seconds(60), &env});
    auto const created = store.create("k", "1");
    REQUIRE(created.unknown() != nullptr);
    CHECK(created.unknown()->at_rest);
    CHECK(writes == 1);
    CHECK(store.resolve(*created.unknown()).value() == Fate::unknown);
    CHECK(store.seal(*created.unknown()).value() == Fate::applied);
    CHECK(writes == 2);
    CHECK(disk->effects().back().safe);
}

TEST_CASE("OneOf: what may still be under way is sent again", "[one_of]") {
    TestEnvironment env;
    LateStorage far;
    far.world().on_write = [](unsigned nth) { return nth == 0 ? Delivery::lost() : Delivery::intact(); };
    Store store(Either(far), StoreOptions{std::chrono::seconds(60), &env});
    CHECK(store.create("k", "1").applied());
}

TEST_CASE("OneOf: of many removals at once each is at rest where nothing comes late, and only there", "[one_of]") {
    using Late = LateObjects<MemoryObjects>;
    using Many = OneOf<SyncingStorage, ObjectStorage<Late>>;
    static_assert(BulkStorage<Many> && Many::late_writes);
    TestEnvironment env;
    Context const ctx(env);
    std::vector<RecordId> const ids{RecordId("a"), RecordId("b"), RecordId("c")};
    std::vector<Removal> const removals{{ids[0]}, {ids[1]}, {ids[2], Precondition::absent()}};
    auto const disk = std::make_shared<SyncingWorld>();
    Late const objects{MemoryObjects()};
    auto const check = [&](Many storage, bool at_rest, std::size_t at_once, auto const& lose_the_second) {
        CHECK(storage.at_once() == at_once);
        for (RecordId const& id : ids)
            REQUIRE(storage.write(ctx, id, law::make_record(id.key, "x"), Precondition::absent()));
        lose_the_second();
        auto const done = storage.remove_many(ctx, removals);
        REQUIRE(done.size() == 3);
        CHECK(done[0]->kind() == WriteOutcome::Kind::applied);
        CHECK(done[1]->kind() == WriteOutcome::Kind::unknown);
        CHECK(done[2]->kind() == WriteOutcome::Kind::conflict);
        for (auto const& one : done) CHECK(one->is_at_rest<Many>() == at_rest);
    };
    check(Many(SyncingStorage(disk)), true, 1, [&] {
        disk->on_write = [nth = 0](unsigned) mutable { return nth++ == 1 ? Syncing::unsynced : Syncing::intact; };
    });
    check(Many(ObjectStorage<Late>::open(objects).value()), false, MemoryObjects().at_once(), [&] {
        objects.on_write() = [nth = 0](unsigned) mutable { return nth++ == 1 ? Delivery::lost() : Delivery::intact(); };
    });
}

}  // namespace one_of_at_rest_test
