// A storage without late writes keeps its ways when others could have been chosen.

#include <holdfast/state_store.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/protocol/syncing_storage.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <string>

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

}  // namespace one_of_at_rest_test
