// Whose time to live counts, and what a lease is worth whose syncs failed.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/protocol/syncing_storage.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <string>

namespace lease_details_test {

using namespace holdfast;
using holdfast::testing::TestEnvironment;
using holdfast_tests::Syncing;
using holdfast_tests::SyncingStorage;
using holdfast_tests::SyncingWorld;
using std::chrono::seconds;

template <class Placement, class Storage>
struct Process {
    using Lock = LeaseLock<Placement>;
    using Store = BasicStateStore<std::string, Storage, Lock, CompareAndSwap, holdfast_tests::PlainText>;

    Process(Storage const& storage, std::uint64_t seed, Duration ttl)
        : env(seed, "user@host:" + std::to_string(seed)),
          store(storage, Lock({.ttl = ttl}), StoreOptions{seconds(60), &env}) {}

    TestEnvironment env;
    Store store;
};

constexpr auto add = [](std::string& text) { text += "+"; };

template <class R>
Errc code(R const& result) {
    return result ? Errc{} : result.error().code();
}

TEMPLATE_TEST_CASE("leases: the time to live is that of the holder, not of whoever waits", "[lease]", Embedded,
                   OwnSlot) {
    struct Case {
        Duration holder, thief;
    };
    for (auto const& [held_for, waits_with] : {Case{seconds(10), seconds(1)}, Case{seconds(1), seconds(10)}}) {
        MemoryStorage const storage;
        Process<TestType, MemoryStorage> holder(storage, 1, held_for), thief(storage, 2, waits_with);
        auto held = holder.store.lock("k").value();
        auto const early = thief.store.lock("k", {.timeout = held_for - Duration(1)});
        CHECK(code(early) == Errc::busy);
        Duration const begin = thief.env.elapsed();
        auto stolen = thief.store.lock("k");
        REQUIRE(stolen);
        CHECK(thief.env.elapsed() - begin == held_for);  // seen anew
        CHECK(stolen->epoch() == held.epoch() + 1);
    }
}

TEMPLATE_TEST_CASE("leases: one whose syncs failed twice is given to nobody, and ends by itself", "[lease]", Embedded,
                   OwnSlot) {
    constexpr Duration ttl = seconds(10);
    for (bool const there : {false, true}) {
        auto const world = std::make_shared<SyncingWorld>();
        SyncingStorage const storage(world);
        Process<TestType, SyncingStorage> one(storage, 1, ttl), other(storage, 2, ttl);
        if (there) REQUIRE(one.store.update("k", add));
        unsigned failures = 2;
        world->on_write = [&](unsigned) { return failures > 0 ? --failures, Syncing::unsynced : Syncing::intact; };
        {
            auto const taken = one.store.lock("k");
            CHECK(code(taken) == Errc::unknown_outcome);
            CHECK(failures == 0);
        }
        auto const stolen = other.store.lock("k");
        CHECK(stolen);
        CHECK(other.env.elapsed() <= ttl);
        for (auto const& effect : world->effects()) CHECK(effect.safe);
    }
}

TEMPLATE_TEST_CASE("leases: a step whose sync failed once is made again, and survives a power loss", "[lease]",
                   Embedded, OwnSlot) {
    auto const world = std::make_shared<SyncingWorld>();
    SyncingStorage const storage(world);
    Process<TestType, SyncingStorage> one(storage, 1, seconds(10)), other(storage, 2, seconds(10));
    bool fail = false;
    world->on_write = [&](unsigned) { return std::exchange(fail, false) ? Syncing::unsynced : Syncing::intact; };
    auto const all_safe = [&] {
        auto const effects = world->effects();
        for (auto const& effect : effects)
            if (!effect.safe) return false;
        return !effects.empty() && !fail;
    };
    fail = true;
    auto held = one.store.lock("k");
    REQUIRE(held);
    CHECK(all_safe());
    fail = true;
    CHECK(held->renew());
    CHECK(all_safe());
    CHECK(held->update(add));
    fail = true;
    CHECK(held->release());
    CHECK(all_safe());
    CHECK(other.store.lock("k", {.timeout = Duration(0)}));
}

}  // namespace lease_details_test
