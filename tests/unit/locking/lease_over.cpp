// What a holder is told whose lease is over, by his own last write or by others.

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <string>

namespace lease_over_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Hooked;
using std::chrono::seconds;

constexpr auto add = [](std::string& text) { text += "+"; };

template <class Storage>
struct Process {
    Process(Storage const& storage, std::uint64_t seed)
        : env(seed, "user@host:" + std::to_string(seed)), store(storage, StoreOptions{seconds(60), &env}) {}

    TestEnvironment env;
    BasicStateStore<std::string, Storage, LeaseLock<Embedded>, CompareAndSwap, holdfast_tests::PlainText> store;
};

TEST_CASE("leases: a last write that arrived late has ended the section well", "[lease]") {
    LateStorage const far;
    Process<LateStorage> one(far, 1);
    REQUIRE(one.store.create("k", "1"));
    auto held = one.store.lock("k").value();
    held.guard().enter(Context(one.env)).value()->last();  // as an operation of the store says it
    far.world().on_write = [](unsigned) { return Delivery::late(); };
    REQUIRE(held.update(add, {.timeout = Duration::zero()}).unknown() != nullptr);
    far.world().arrive(0);
    CHECK(held.release());
    CHECK(one.store.get("k").value()->value() == "1+");
}

TEST_CASE("leases: a section that was ended by force is not taken for one that its last write has ended", "[lease]") {
    LateStorage const far;
    Process<LateStorage> one(far, 1), other(far, 2);
    REQUIRE(one.store.create("k", "1"));
    auto held = one.store.lock("k").value();
    held.guard().enter(Context(one.env)).value()->last();
    bool lose = true;
    far.world().on_write = [&](unsigned) { return lose ? Delivery::lost() : Delivery::intact(); };
    REQUIRE(held.update(add, {.timeout = Duration::zero()}).unknown() != nullptr);
    lose = false;
    REQUIRE(other.store.force_unlock("k", held.guard().id()));
    auto const released = held.release();
    REQUIRE_FALSE(released);
    CHECK(released.error() == Errc::lost);
}

TEST_CASE("leases: a refused write ends the section, and nobody is asked again", "[lease]") {
    LateStorage const far;
    Process<LateStorage> one(far, 1), thief(far, 2);
    REQUIRE(one.store.create("k", "1"));
    auto held = one.store.lock("k").value();
    REQUIRE(thief.store.force_unlock("k", held.guard().id()));
    REQUIRE(thief.store.update("k", add));
    CHECK(held.update(add).error() == Errc::fenced);
    unsigned const before = far.world().operations();
    CHECK(held.reliable_until() == Instant::min());
    CHECK(held.confirm().error() == Errc::fenced);
    CHECK(held.update(add).error() == Errc::fenced);
    CHECK(held.release().error() == Errc::lost);
    CHECK(far.world().operations() == before);
}

TEST_CASE("leases: a holder who looks for his record and finds another or none knows that his time is over",
          "[lease]") {
    for (bool const purged : {false, true}) {
        MemoryStorage const memory;
        auto const hooks = std::make_shared<Hooked<MemoryStorage>::Hooks>();
        Process<Hooked<MemoryStorage>> one(Hooked(memory, hooks), 1);
        Process<MemoryStorage> thief(memory, 2);
        REQUIRE(one.store.create("k", "1"));
        auto held = one.store.lock("k").value();
        auto const entry = *held.get().value();
        hooks->refuse = [](Operation const& operation) {
            return operation.writes_something() ? Errc::unavailable : Errc{};
        };
        REQUIRE(held.replace(entry, "2").error() == Errc::unavailable);  // what he knew of the record he knows no more
        hooks->refuse = nullptr;
        REQUIRE(thief.store.force_unlock("k", held.guard().id()));
        REQUIRE(thief.store.update("k", add));
        if (purged) {
            REQUIRE(thief.store.remove(**thief.store.get("k")));
            REQUIRE(thief.store.purge("k", Duration::zero()));
        }
        CHECK(held.replace(entry, "2").error() == Errc::fenced);
        CHECK(held.reliable_until() == Instant::min());
        CHECK(held.confirm().error() == Errc::fenced);
        CHECK(held.get().error() == Errc::fenced);
        CHECK(held.create("2").error() == Errc::fenced);
    }
}

}  // namespace lease_over_test
