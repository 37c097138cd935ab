// A purge that another one was quicker than.

#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/protocol/syncing_storage.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <string>

namespace purge_beaten_test {

using namespace holdfast;
using namespace holdfast_tests;

TEST_CASE("purge: that another has removed the record is not believed before it is synced", "[purge]") {
    testing::TestEnvironment env;
    auto const disk = std::make_shared<SyncingWorld>();
    SyncingStorage other(disk);
    BasicStateStore<std::string, SyncingStorage, NoLock, CompareAndSwap, PlainText> store(
        SyncingStorage(disk), StoreOptions{std::chrono::seconds(60), &env});
    Context const context(env, std::chrono::seconds(60));
    UnknownWrite const nothing{Key("k"), Slot::current, env.new_write_id(), {}, {}, true, false};
    CHECK(store.seal(nothing).value() == Fate::unknown);  // puts a removed record down
    REQUIRE(disk->effects().size() == 1);

    unsigned operations = 0;
    disk->before_operation = [&] {
        if (++operations != 3) return;  // what is left of the key was read
        disk->on_write = [&](unsigned) { return Syncing::unsynced; };
        CHECK(other.remove(context, RecordId("k"), Precondition::none())->kind() == WriteOutcome::Kind::unknown);
        disk->on_write = nullptr;
    };
    CHECK(store.purge("k", Duration::zero()).applied());
    REQUIRE(disk->effects().size() == 2);
    CHECK(disk->effects().back().safe);
}

}  // namespace purge_beaten_test
