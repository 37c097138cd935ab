// A storage that says "conflict" though the precondition holds is found out by everybody who writes, not only by
// `update`: within a few writes, by its own name.

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace contradictions_everywhere_test {

using namespace holdfast;
using holdfast::testing::TestEnvironment;
using std::chrono::minutes;
using std::chrono::seconds;

/// What is to be swallowed, and how much was.
struct Trigger {
    std::function<bool(Operation const&)> swallows;
    int swallowed = 0;

    void all() {
        swallows = [](Operation const&) { return true; };
        swallowed = 0;
    }
    void only(Slot slot) {
        swallows = [slot](Operation const& operation) { return operation.id != nullptr && operation.id->slot == slot; };
        swallowed = 0;
    }
};

/// Says "conflict" to writes and does not make them, as a trigger or a proxy may.
class Swallowing : public Layer<Swallowing, MemoryStorage, 1> {
public:
    explicit Swallowing(std::shared_ptr<Trigger> trigger)
        : Layer<Swallowing, MemoryStorage, 1>(MemoryStorage()), trigger_(std::move(trigger)) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if constexpr (std::is_same_v<R, Result<WriteOutcome>>)
            if (trigger_->swallows && operation.writes_something() && trigger_->swallows(operation)) {
                if (++trigger_->swallowed > 1000) throw std::runtime_error("it is never found out");
                return WriteOutcome::conflict();
            }
        return call();
    }

private:
    std::shared_ptr<Trigger> trigger_;
};

struct World {
    std::shared_ptr<Trigger> trigger = std::make_shared<Trigger>();
    Swallowing storage{trigger};
    TestEnvironment env;

    template <class... Policies>
    StateStore<std::string, Swallowing, Policies..., RawBytes> store(Policies const&... policies) {
        return StateStore<std::string, Swallowing, Policies..., RawBytes>(storage, policies...,
                                                                          StoreOptions{minutes(10), &env});
    }
    /// Whether it was found out, and soon.
    template <class R>
    void found_out(R const& result, int most = 12) const {
        REQUIRE_FALSE(result);
        INFO(result.error().describe());
        CHECK(result.error() == Errc::store_violates_conditions);
        CHECK(trigger->swallowed > 0);
        CHECK(trigger->swallowed <= most);
        CHECK(env.elapsed() < seconds(30));
        CHECK(std::string(result.error().subject()).find("k") != std::string::npos);
    }
};

constexpr auto add = [](std::string& text) { text += '+'; };

TEST_CASE("contradictions: under History", "[history]") {
    World world;
    auto store = world.store(History<>());
    REQUIRE(store.update("k", add));
    REQUIRE(store.update("k", add));
    // Both are written in one batch, and one after the other if that is refused.
    auto const batches_and = [&](Slot slot) {
        world.trigger->swallows = [slot](Operation const& operation) {
            return operation.kind == Operation::Kind::write_all || operation.id->slot == slot;
        };
    };
    SECTION("everything is swallowed") { world.trigger->all(); }
    SECTION("states are") { batches_and(Slot::current); }
    SECTION("versions are") { batches_and(Slot::version); }
    world.found_out(store.update("k", add));
    world.trigger->swallows = nullptr;
    CHECK(**store.get("k").value() == "++");
    CHECK(store.update("k", add));
}

TEMPLATE_TEST_CASE("contradictions: whoever takes a lease", "[lease]", Embedded, OwnSlot) {
    World world;
    auto store = world.store(LeaseLock<TestType>());
    REQUIRE(store.update("k", add));
    world.trigger->all();
    world.found_out(store.lock("k"));
    world.trigger->swallowed = 0;
    world.found_out(store.update("k", add));
    world.trigger->swallowed = 0;
    world.found_out(store.lock("key that is not there"));
    world.trigger->swallows = nullptr;
    CHECK(store.update("k", add));
    CHECK(**store.get("k").value() == "++");
}

TEMPLATE_TEST_CASE("contradictions: whoever holds a lease", "[lease]", Embedded, OwnSlot) {
    World world;
    auto store = world.store(LeaseLock<TestType>());
    REQUIRE(store.update("k", add));
    auto held = store.lock("k").value();
    REQUIRE(held.update(add));
    world.trigger->all();
    world.found_out(held.renew());
    world.trigger->swallowed = 0;
    world.found_out(held.update(add));
    world.trigger->swallowed = 0;
    world.found_out(held.release());
    world.trigger->swallows = nullptr;
}

TEST_CASE("contradictions: whoever fences former holders", "[lease]") {
    World world;
    auto store = world.store(LeaseLock<OwnSlot>());
    REQUIRE(store.update("k", add));
    auto left = store.lock("k").value();
    REQUIRE(store.force_unlock("k", left.guard().id()));  // its holder's writes may still land
    world.trigger->only(Slot::current);
    world.found_out(world.store(LeaseLock<OwnSlot>()).lock("k"));
    world.trigger->swallows = nullptr;
    CHECK(world.store(LeaseLock<OwnSlot>()).lock("k"));
}

TEST_CASE("contradictions: whoever seals", "[store]") {
    World world;
    auto store = world.store();
    REQUIRE(store.create("k", "1"));
    Stamp const stamp = (*store.get("k").value()).record()->stamp;
    UnknownWrite const write{Key("k"),           Slot::current, world.env.new_write_id(),
                             stamp.ids.newest(), stamp.lineage, true};
    world.trigger->all();
    world.found_out(store.seal(write));
    world.trigger->swallows = nullptr;
    CHECK(store.seal(write));
}

TEMPLATE_TEST_CASE("contradictions: whoever purges", "[store]", LeaseLock<Embedded>, LeaseLock<OwnSlot>) {
    World world;
    auto store = world.store(TestType());
    REQUIRE(store.update("k", add));
    REQUIRE(store.remove(*store.get("k").value()));
    world.trigger->all();
    world.found_out(store.purge("k", Duration(0)));  // the floor of epochs cannot be raised
    world.trigger->swallows = nullptr;
    CHECK(store.purge("k", Duration(0)));
}

TEST_CASE("contradictions: whoever purges, where only removals are swallowed", "[store]") {
    World world;
    auto store = world.store(LeaseLock<>());
    REQUIRE(store.update("k", add));
    REQUIRE(store.remove(*store.get("k").value()));
    world.trigger->swallows = [](Operation const& operation) { return operation.kind == Operation::Kind::remove; };
    world.found_out(store.purge("k", Duration(0)));
    world.trigger->swallows = nullptr;
    CHECK(store.purge("k", Duration(0)));
}

TEST_CASE("contradictions: whoever purges under History", "[history]") {
    World world;
    auto store = world.store(History<>());
    REQUIRE(store.update("k", add));
    REQUIRE(store.remove(*store.get("k").value()));
    world.trigger->all();
    world.found_out(store.purge("k", Duration(0)), 24);
    world.trigger->swallows = nullptr;
    CHECK(store.purge("k", Duration(0)));
}

}  // namespace contradictions_everywhere_test
