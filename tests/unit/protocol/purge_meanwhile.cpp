// What others do while a key is purged, before each of its requests.

#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/protocol/syncing_storage.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <string>

namespace purge_meanwhile_test {

using namespace holdfast;
using namespace holdfast_tests;

RecordPtr made(Environment& env, bool tombstone, bool held, Epoch epoch) {
    Record record{Key("k"), Bytes(), {}, {}, {}};
    WriteId const id = env.new_write_id();
    record.stamp.ids.push(id);
    record.stamp.lineage = record.stamp.payload_id = id;
    record.stamp.tombstone = tombstone;
    record.stamp.epoch = epoch;
    record.stamp.when = env.wall();
    if (held)
        record.lease = std::make_shared<Lease const>(
            Lease{.id = id, .held = true, .ttl = std::chrono::seconds(9), .holder = Writer("other@host:1")});
    record.revision = Revision(id);
    return std::make_shared<Record const>(std::move(record));
}

/// A removed key whose lock was held once, purged while `meanwhile` happens before the `nth` request. Whether there
/// was one.
struct Purge {
    testing::TestEnvironment env;
    std::shared_ptr<SyncingWorld> disk = std::make_shared<SyncingWorld>();
    SyncingStorage other{disk};
    Context context{env, std::chrono::seconds(60)};
    BasicStateStore<std::string, SyncingStorage, NoLock, CompareAndSwap, PlainText> store{
        SyncingStorage(disk), StoreOptions{std::chrono::seconds(60), &env}};

    Purge() {
        put(Slot::current, made(env, true, false, 3));
        put(Slot::lock, made(env, false, false, 3));
        env.advance(std::chrono::hours(1));
    }
    void put(Slot slot, RecordPtr const& record) {
        REQUIRE(other.write(context, RecordId("k", slot), record, Precondition::none()));
    }
    template <class Meanwhile>
    bool with(unsigned nth, Meanwhile&& meanwhile) {
        unsigned requests = 0;
        bool done = false;
        disk->before_operation = [&] {
            if (++requests != nth || done) return;
            done = true;
            auto const hook = std::exchange(disk->before_operation, nullptr);
            meanwhile();
        };
        outcome = std::make_unique<Outcome<void>>(store.purge("k", Duration::zero()));
        disk->before_operation = nullptr;
        return done;
    }
    RecordPtr now(Slot slot) { return other.read(context, RecordId("k", slot)).value(); }

    std::unique_ptr<Outcome<void>> outcome;
};

TEST_CASE("purge: a lock that somebody takes meanwhile stays", "[purge]") {
    unsigned nth = 1;
    for (;; ++nth) {
        Purge purge;
        RecordPtr const taken = made(purge.env, false, true, 4);
        if (!purge.with(nth, [&] { purge.put(Slot::lock, taken); })) break;
        INFO(nth);
        RecordPtr const now = purge.now(Slot::lock);
        REQUIRE(now);
        CHECK(now->stamp.ids.newest() == taken->stamp.ids.newest());
    }
    CHECK(nth > 4);
}

TEST_CASE("purge: another that was quicker, after which the key was made anew, is a purge", "[purge]") {
    bool purged = false;
    for (unsigned nth = 1;; ++nth) {
        Purge purge;
        RecordPtr const anew = made(purge.env, false, false, 0);
        bool const met = purge.with(nth, [&] {
            REQUIRE(purge.other.remove(purge.context, RecordId("k"), Precondition::none()));
            purge.put(Slot::current, anew);
        });
        if (!met) break;
        INFO(nth);
        RecordPtr const now = purge.now(Slot::current);
        REQUIRE(now);  // whatever is answered
        CHECK(now->stamp.ids.newest() == anew->stamp.ids.newest());
        if (nth == 1) CHECK(purge.outcome->error() == Errc::conflict);  // it is a state
        else CHECK(purge.outcome->applied());
        purged = purged || purge.outcome->applied();
    }
    CHECK(purged);
}

}  // namespace purge_meanwhile_test
