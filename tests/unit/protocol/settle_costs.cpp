// The table of fates row by row, and what operations cost in requests.

#include <holdfast/core/fate.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

namespace settle_costs_test {

using namespace holdfast;
using namespace holdfast::testing;

TEST_CASE("fate: every row of the table", "[settle]") {
    WriteId const mine{0, 1}, base{0, 2}, other{0, 3}, line{0, 4};
    auto const record = [](WriteId lineage, std::initializer_list<WriteId> newest_first) {
        Record made{KeyView("k"), {}, {}, {}, {}};
        made.stamp.lineage = lineage;
        for (WriteId const id : newest_first) (void)made.stamp.ids.append(id);
        return made;
    };
    UnknownWrite const create{KeyView("k"), Slot::current, mine, {}, {}};
    UnknownWrite const update{KeyView("k"), Slot::current, mine, base, line};
    auto const fate = [](UnknownWrite const& write, Record const& now) { return decide(write, &now); };
    CHECK(decide(create, nullptr) == Fate::pending);
    CHECK(fate(create, record(mine, {other})) == Fate::applied);  // at any distance
    CHECK(fate(create, record(other, {other})) == Fate::never);
    CHECK(decide(update, nullptr) == Fate::unknown);
    CHECK(fate(update, record(other, {mine})) == Fate::unknown);  // purged and created again
    CHECK(fate(update, record(line, {base})) == Fate::pending);
    CHECK(fate(update, record(line, {mine, base})) == Fate::applied);
    CHECK(fate(update, record(line, {other, mine, base})) == Fate::applied);
    CHECK(fate(update, record(line, {other, base})) == Fate::never);
    CHECK(fate(update, record(line, {other})) == Fate::unknown);  // out of the ring
}

TEST_CASE("store: requests of every operation", "[settle]") {
    TestEnvironment env;
    LateStorage storage;
    LateWorld& world = storage.world();
    BasicStateStore<std::string, LateStorage, NoLock, CompareAndSwap, holdfast_tests::PlainText> store(
        storage, StoreOptions{std::chrono::seconds(60), &env});
    unsigned before = 0;
    auto const cost = [&] { return world.operations() - std::exchange(before, world.operations()); };
    auto const add = [](std::string& text) { text += "+"; };
    auto const created = store.create("k", "1");
    REQUIRE(created);
    CHECK(cost() == 1);
    REQUIRE(store.get("k"));
    CHECK(cost() == 1);
    REQUIRE(store.update("k", add));
    CHECK(cost() == 2);
    CHECK(store.replace(*created, "2").error() == Errc::conflict);
    CHECK(cost() == 2);
    bool meddled = false;
    REQUIRE(store.update("k", [&](std::string& text) {
        text += "!";
        if (!std::exchange(meddled, true)) REQUIRE(store.update("k", add));
    }));
    CHECK(cost() == 2 + 2 + 2);  // ours, the other's, and a read and a write after the conflict
    world.on_write = [lost = false](unsigned) mutable {
        return std::exchange(lost, true) ? Delivery::intact() : Delivery::lost();
    };
    REQUIRE(store.update("k", add));
    CHECK(cost() == 2 + 1);
    world.on_write = [lost = false](unsigned) mutable {
        return std::exchange(lost, true) ? Delivery::intact() : Delivery::reply_lost();
    };
    REQUIRE(store.update("k", add));
    CHECK(cost() == 2 + 2);
    world.on_write = [](unsigned) { return Delivery::not_sent(); };
    auto const refused = store.update("k", add);
    CHECK(refused.error() == Errc::unavailable);
    CHECK(refused.unknown() == nullptr);
    CHECK(cost() == 2);
    world.on_write = [](unsigned) { return Delivery::lost(); };
    auto const lost = store.update("k", add, {.timeout = Duration::zero()});
    REQUIRE(lost.unknown() != nullptr);
    world.on_write = nullptr;
    CHECK(*store.resolve(*lost.unknown()) == Fate::pending);
    CHECK(*store.seal(*lost.unknown()) == Fate::never);
    CHECK((*store.get("k"))->value() == "1++!++");
}

}  // namespace settle_costs_test
