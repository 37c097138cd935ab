// What is told of a write whose reply was lost when sends, reads or time run out, and of a batch.

#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace settle_doubts_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Hooked;
using holdfast_tests::PlainText;
using std::chrono::seconds;

template <class S>
using Store = BasicStateStore<std::string, S, NoLock, CompareAndSwap, PlainText>;

constexpr auto add = [](std::string& text) { text += "+"; };

/// A store far away, whose key "k" has the state "1".
struct Far {
    Far() { REQUIRE(store.create("k", "1")); }
    std::string state() { return store.get("k").value()->value(); }

    std::shared_ptr<LateWorld> world = std::make_shared<LateWorld>();
    TestEnvironment env;
    Store<LateStorage> store{LateStorage(world), StoreOptions{seconds(60), &env}};
};

TEST_CASE("settle: when the time is over a last look tells what became of the write", "[settle]") {
    CallOptions const at_once{.timeout = Duration::zero()};
    {
        Far far;
        far.world->on_write = [](unsigned) { return Delivery::reply_lost(); };
        CHECK(far.store.update("k", add, at_once));
        CHECK(far.state() == "1+");
    }
    {
        Far far;
        Store<LateStorage> other(LateStorage(far.world), StoreOptions{seconds(60), &far.env});
        far.world->on_write = [](unsigned nth) { return nth == 1 ? Delivery::lost() : Delivery::intact(); };
        unsigned operations = 0;
        far.world->before_operation = [&] {  // the read, the write, the look
            if (++operations == 3) REQUIRE(other.update("k", [](std::string& text) { text = "theirs"; }));
        };
        auto const done = far.store.update("k", add, at_once);
        CHECK(done.unknown() == nullptr);
        CHECK(done.error() == Errc::conflict);
        far.world->before_operation = nullptr;
        CHECK(far.state() == "theirs");
    }
    {
        Far far;
        far.world->on_write = [](unsigned) { return Delivery::late(); };
        CHECK(far.store.update("k", add, at_once).unknown() != nullptr);
    }
}

TEST_CASE("settle: what is not sent after a write whose reply was lost says nothing about that", "[settle]") {
    {
        Far far;
        far.world->on_write = [](unsigned nth) {
            return nth == 1 ? Delivery::reply_lost() : nth == 2 ? Delivery::not_sent() : Delivery::intact();
        };
        CHECK(far.store.update("k", add));
        CHECK(far.state() == "1+");
    }
    {
        Far far;
        far.world->on_write = [](unsigned nth) { return nth == 1 ? Delivery::late() : Delivery::not_sent(); };
        auto const done = far.store.update("k", add);
        REQUIRE(done.unknown() != nullptr);
        far.world->arrive(0);
        CHECK(far.state() == "1+");
        CHECK(far.store.resolve(*done.unknown()).value() == Fate::applied);
    }
}

TEST_CASE("settle: a read that fails while a doubt is open is made again", "[settle]") {
    auto const world = std::make_shared<LateWorld>();
    auto const hooks = std::make_shared<Hooked<LateStorage>::Hooks>();
    TestEnvironment env;
    Store<Hooked<LateStorage>> store(Hooked(LateStorage(world), hooks), StoreOptions{seconds(60), &env});
    REQUIRE(store.create("k", "1"));
    world->on_write = [](unsigned nth) { return nth == 1 ? Delivery::reply_lost() : Delivery::intact(); };
    unsigned failures = 0;
    hooks->refuse = [&](Operation const& operation) {
        bool const doubt = operation.kind == Operation::Kind::read && hooks->writes == 3;
        return doubt && ++failures <= 3 ? Errc::unavailable : Errc{};
    };
    CHECK(store.update("k", add));  // made, and then refused, since it was made
    CHECK(failures == 4);
    CHECK(store.get("k").value()->value() == "1+");
}

TEST_CASE("batch: of unknown fate it is named by a record that stays", "[settle]") {
    auto const plan = std::make_shared<FaultPlan>();
    MemoryStorage memory;
    TestEnvironment env;
    Store<Faulty<MemoryStorage>> store(Faulty(memory, plan), StoreOptions{seconds(60), &env});
    REQUIRE(store.create("goes", "1"));
    REQUIRE(store.create("stays", "1"));
    plan->arm(2, FaultPlan::How::after);
    auto const done = store.transaction({"goes", "stays"}, [](std::span<std::optional<std::string>> states) {
        states[0].reset();
        states[1] = "2";
    });
    REQUIRE(done.unknown() != nullptr);
    CHECK(done.unknown()->key == KeyView("stays"));
    CHECK_FALSE(done.unknown()->removes);
    CHECK(store.seal(*done.unknown()).value() == Fate::applied);
    CHECK_FALSE(*memory.read(Context(env), RecordId("goes")));  // nothing had to be put down to know it
}

TEST_CASE("batch: that nothing is there is checked together with the rest, and by itself", "[settle]") {
    MemoryStorage const memory;
    Store<MemoryStorage> store(memory), other(memory);
    for (bool const writes : {false, true}) {
        KeyView const key = writes ? KeyView("a") : KeyView("c");
        unsigned runs = 0;
        bool seen = false;
        REQUIRE(store.transaction({key, "b"}, [&](std::span<std::optional<std::string>> states) {
            seen = states[0].has_value();
            if (++runs == 1) REQUIRE(other.create(key, "theirs"));
            if (writes) states[1] = "ours";
        }));
        CHECK(runs == 2);
        CHECK(seen);
    }
}

}  // namespace settle_doubts_test
