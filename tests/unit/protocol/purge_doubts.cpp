// Purges of which a reply is lost, that meet another one, or that find what is not theirs to forget.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/protocol/syncing_storage.hpp>
#include <unit/support/plain_text.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace purge_doubts_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::PlainText;
using holdfast_tests::Syncing;
using holdfast_tests::SyncingStorage;
using holdfast_tests::SyncingWorld;
using std::chrono::hours;
using std::chrono::seconds;

/// Far away, with a clock of its own: what is there is two days old, unless `age_of` says otherwise.
class Aged : public LateStorage {
public:
    struct Clock {
        std::function<void()> before;
        std::function<Duration(RecordId const&)> age_of = [](RecordId const&) { return hours(48); };
    };

    Aged(std::shared_ptr<LateWorld> world, std::shared_ptr<Clock> clock)
        : LateStorage(std::move(world)), clock_(std::move(clock)) {}

    Result<holdfast::Aged> read_aged(Context const& context, RecordId const& id) const {
        if (clock_->before) std::exchange(clock_->before, nullptr)();
        auto now = read(context, id);
        if (!now) return now.error();
        return holdfast::Aged{*now, *now ? std::optional(clock_->age_of(id)) : std::nullopt};
    }

private:
    std::shared_ptr<Clock> clock_;
};

template <class S, class V = CompareAndSwap>
using Store = BasicStateStore<std::string, S, NoLock, V, PlainText>;

/// A key "k" that was removed, far away.
struct Far {
    Far() {
        REQUIRE(store.create("k", "1"));
        REQUIRE(store.remove(**store.get("k")));
    }
    RecordPtr at(Slot slot) { return store.storage().read(Context(env), RecordId("k", slot)).value(); }

    std::shared_ptr<LateWorld> world = std::make_shared<LateWorld>();
    std::shared_ptr<Aged::Clock> clock = std::make_shared<Aged::Clock>();
    TestEnvironment env;
    Store<Aged> store{Aged(world, clock), StoreOptions{seconds(60), &env}};
};

/// Makes a removed record of "k", which a lock with `epoch` has written.
template <class S>
void put_down(S& storage, Environment& env, Epoch epoch) {
    Change const removed{.tombstone = true, .same_content = true, .epoch = epoch};
    REQUIRE(settle(storage, Context(env), RecordId("k"), nullptr, removed));
}

TEST_CASE("purge: one that may be under way is not said to have failed", "[purge]") {
    Far far;
    far.world->on_write = [](unsigned nth) { return nth == 2 ? Delivery::late() : Delivery::not_sent(); };
    auto const done = far.store.purge("k");
    CHECK_FALSE(done);
    CHECK(done.unknown() != nullptr);
    REQUIRE(far.world->in_flight() == 1);
    far.world->arrive(0);
    CHECK_FALSE(far.at(Slot::current));
}

TEST_CASE("purge: who finds the record gone when he asks how old it is has nothing to do", "[purge]") {
    Far far;
    far.clock->before = [&] { REQUIRE(far.store.purge("k")); };
    CHECK(far.store.purge("k"));
    CHECK_FALSE(far.at(Slot::current));
}

TEST_CASE("purge: the record of a lock that is younger than the removal stays until it is old", "[purge]") {
    Far far;
    Context const context(far.env);
    Change const note{.payload = Bytes::copy("a lock was here"), .same_content = true};
    REQUIRE(settle(far.store.storage(), context, RecordId("k", Slot::lock), nullptr, note));
    far.clock->age_of = [](RecordId const& id) { return id.slot == Slot::lock ? hours(23) : hours(48); };
    REQUIRE(far.store.purge("k", hours(24)));
    CHECK_FALSE(far.at(Slot::current));
    CHECK(far.at(Slot::lock));  // a copy of the request that made it may still be under way
    far.clock->age_of = [](RecordId const&) { return hours(24); };
    REQUIRE(far.store.purge("k", hours(24)));
    CHECK_FALSE(far.at(Slot::lock));
}

TEST_CASE("purge: versions are not forgotten by a store that does not know of them", "[purge]") {
    MemoryStorage const memory;
    TestEnvironment env;
    StoreOptions const options{seconds(60), &env};
    Store<MemoryStorage, History<>> historian(memory, options);
    Store<MemoryStorage> plain(memory, options);
    REQUIRE(historian.create("k", "1"));
    REQUIRE(historian.remove(**historian.get("k")));
    auto const version = historian.version("k", 1).value();
    auto const refused = plain.purge("k", Duration::zero());
    CHECK(refused.error() == Errc::incompatible);
    CHECK(historian.get("k", version).value().value() == "1");
    CHECK(historian.history("k").value().removed);
    CHECK(historian.purge("k", Duration::zero()));
    CHECK(historian.get("k", version).error() == Errc::not_found);
}

TEST_CASE("purge: one whose sync failed is of unknown fate", "[purge]") {
    TestEnvironment env;
    auto const disk = std::make_shared<SyncingWorld>();
    Store<SyncingStorage> store(SyncingStorage(disk), StoreOptions{seconds(60), &env});
    put_down(store.storage(), env, 0);
    disk->on_write = [](unsigned) { return Syncing::unsynced; };
    auto const done = store.purge("k", Duration::zero());
    CHECK_FALSE(done);
    CHECK(done.unknown() != nullptr);
}

TEST_CASE("purge: where the epochs that go could not be noted for certain nothing is removed", "[purge]") {
    TestEnvironment env;
    auto const disk = std::make_shared<SyncingWorld>();
    Store<SyncingStorage> store(SyncingStorage(disk), StoreOptions{seconds(60), &env});
    put_down(store.storage(), env, 7);
    bool first = true;
    disk->on_write = [&](unsigned) { return std::exchange(first, false) ? Syncing::unsynced : Syncing::intact; };
    auto const done = store.purge("k", Duration::zero());
    CHECK(done.error() == Errc::unavailable);
    CHECK(done.unknown() == nullptr);
    CHECK(store.storage().read(Context(env), RecordId("k")).value());
}

TEST_CASE("purge: the epoch of a lock that lived apart goes on, however far it had come", "[purge]") {
    MemoryStorage memory;
    TestEnvironment env;
    Context const context(env);
    BasicStateStore<std::string, MemoryStorage, LeaseLock<OwnSlot>, CompareAndSwap, PlainText> store(
        memory, StoreOptions{seconds(60), &env});
    REQUIRE(store.create("k", "1"));
    REQUIRE(store.remove(**store.get("k")));
    auto const lock = memory.read(context, RecordId("k", Slot::lock)).value();
    REQUIRE(settle(memory, context, RecordId("k", Slot::lock), lock, {.same_content = true, .epoch = 5000}));
    REQUIRE(store.purge("k", Duration::zero()));
    REQUIRE_FALSE(memory.read(context, RecordId("k", Slot::lock)).value());
    CHECK(store.lock("k").value().epoch() > 5000);
}

TEST_CASE("purge: the floor of epochs stays, also when the key of its name is purged", "[purge]") {
    MemoryStorage memory;
    TestEnvironment env;
    Context const context(env);
    Store<MemoryStorage> store(memory, StoreOptions{seconds(60), &env});
    put_down(memory, env, 7);
    REQUIRE(store.purge("k", Duration::zero()));
    Epoch const floor = holdfast::detail::read_epoch_floor(memory, context).value();
    REQUIRE(floor >= 7);
    REQUIRE(store.create(holdfast::detail::epoch_floor_key, "a state of this name"));
    REQUIRE(store.remove(**store.get(holdfast::detail::epoch_floor_key)));
    REQUIRE(store.purge(holdfast::detail::epoch_floor_key, Duration::zero()));
    CHECK(holdfast::detail::read_epoch_floor(memory, context).value() == floor);
}

}  // namespace purge_doubts_test
