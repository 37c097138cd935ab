// What a writer knows of a record, and what others have made of it meanwhile: lock steps change nothing, and another
// content is another, even if it has the same number.

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/protocol/syncing_storage.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace held_contents_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Hooked;
using holdfast_tests::PlainText;
using holdfast_tests::Syncing;
using holdfast_tests::SyncingStorage;
using holdfast_tests::SyncingWorld;
using std::chrono::seconds;

constexpr auto add = [](std::string& text) { text += "+"; };

template <class Storage, class Lock>
struct Process {
    Process(Storage const& storage, std::uint64_t seed)
        : env(seed, "user@host:" + std::to_string(seed)), store(storage, StoreOptions{seconds(60), &env}) {}

    TestEnvironment env;
    BasicStateStore<std::string, Storage, Lock, CompareAndSwap, PlainText> store;
};

template <class R>
Errc code(R const& result) {
    return result ? Errc{} : result.error().code();
}

TEMPLATE_TEST_CASE("replace: a content of the same number, since a copy was restored, is another", "[lease]", Embedded,
                   OwnSlot) {
    MemoryStorage memory;
    Process<MemoryStorage, LeaseLock<TestType>> one(memory, 1), other(memory, 2);
    Context const context(one.env);
    REQUIRE(one.store.create("k", "1"));
    auto const copy = memory.read(context, RecordId("k")).value();
    auto const mine = one.store.update("k", add).value();
    REQUIRE(memory.write(context, RecordId("k"), copy, Precondition::none()));
    REQUIRE(other.store.update("k", [](std::string& text) { text = "theirs"; }).value().sequence() == mine.sequence());
    CHECK(code(one.store.replace(mine, "mine")) == Errc::conflict);
    CHECK(code(one.store.remove(mine)) == Errc::conflict);
    CHECK(one.store.get("k").value()->value() == "theirs");
}

TEMPLATE_TEST_CASE("replace: that somebody waits for the lock is no conflict", "[lease]", Embedded, OwnSlot) {
    MemoryStorage const memory;
    Process<MemoryStorage, LeaseLock<TestType>> one(memory, 1), other(memory, 2);
    REQUIRE(one.store.create("k", "1"));
    auto held = one.store.lock("k").value();
    auto const entry = *held.get().value();
    CHECK(code(other.store.lock("k", {.timeout = seconds(1)})) == Errc::busy);
    auto const replaced = held.replace(entry, "2");
    CHECK(replaced);
    CHECK(held.release());
    CHECK(one.store.get("k").value()->value() == "2");
}

/// A replica that lags behind: who may be told what is stale is told what it knew at first.
class Replica : public Layer<Replica, MemoryStorage, 1> {
public:
    static constexpr bool stale_reads = true;

    using Layer<Replica, MemoryStorage, 1>::Layer;

    Result<RecordPtr> read(Context const& context, RecordId const& id) {
        if (context.may_be_stale && first_) return first_;
        auto now = next().read(context, id);
        if (now && !first_) first_ = *now;
        return now;
    }
    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        return call();
    }

private:
    RecordPtr first_;
};

TEST_CASE("update: what a conflict has shown to be stale is not decided on again", "[store]") {
    MemoryStorage const memory;
    Process<Replica, NoLock> one(Replica(memory), 1);
    Process<MemoryStorage, NoLock> other(memory, 2);
    REQUIRE(other.store.create("k", "1"));
    REQUIRE(one.store.get("k"));
    REQUIRE(other.store.update("k", add));
    unsigned runs = 0;
    auto const done = one.store.update("k", [&](std::string& text) {
        ++runs;
        text += "-";
    });
    REQUIRE(done);
    CHECK(done->value() == "1+-");
    CHECK(runs == 2);
}

TEST_CASE("seal: what is written once more is the whole state, attributes included", "[settle]") {
    LateStorage const far;
    Process<LateStorage, NoLock> one(far, 1);
    Attributes const labels{{"unit", "kW"}};
    REQUIRE(one.store.create("k", "1", {.attributes = &labels}));
    far.world().on_write = [](unsigned nth) { return nth == 1 ? Delivery::late() : Delivery::intact(); };
    auto const doubtful = one.store.update("k", add, {.timeout = Duration::zero()});
    REQUIRE(doubtful.unknown() != nullptr);
    CHECK(one.store.seal(*doubtful.unknown()).value() == Fate::never);
    far.world().arrive(0);
    auto const now = one.store.get("k").value();
    CHECK(now->value() == "1");
    CHECK(now->attributes() == labels);
    CHECK(now->sequence() == 1);
}

TEST_CASE("leases: a doubt that a later write has settled costs nothing at the end of the section", "[lease]") {
    LateStorage const far;
    Process<LateStorage, LeaseLock<OwnSlot>> one(far, 1);
    REQUIRE(one.store.create("k", "1"));
    auto held = one.store.lock("k").value();
    bool lose = true;
    far.world().on_write = [&](unsigned) { return lose ? Delivery::lost() : Delivery::intact(); };
    REQUIRE(held.update(add, {.timeout = Duration::zero()}).unknown() != nullptr);
    lose = false;
    REQUIRE(held.update(add));
    unsigned const before = far.world().operations();
    REQUIRE(held.release());
    CHECK(far.world().operations() - before == 1);
    auto const lock = far.read(Context(one.env), RecordId("k", Slot::lock)).value();
    REQUIRE(lock);
    CHECK_FALSE(lock->lease);  // it is clean: who comes next need not keep our writes out
}

TEST_CASE("create: who always meets others gives way when his time is over", "[store]") {
    MemoryStorage const memory;
    auto const hooks = std::make_shared<Hooked<MemoryStorage>::Hooks>();
    Process<MemoryStorage, NoLock> other(memory, 2);
    Process<Hooked<MemoryStorage>, NoLock> one(Hooked(memory, hooks), 1);
    unsigned attempts = 0;
    // Between his look and his write the key is made and removed again. Its epoch lets the removal stay as a record.
    Change const fence{.tombstone = true, .same_content = true, .epoch = 1};
    Context const context(other.env);
    REQUIRE(settle(other.store.storage(), context, RecordId("k"), nullptr, fence));
    hooks->before = [&](Operation const& operation) {
        if (operation.kind != Operation::Kind::write || ++attempts > 2000) return;
        REQUIRE(other.store.create("k", "theirs"));
        REQUIRE(other.store.remove(**other.store.get("k")));
    };
    CHECK(code(one.store.create("k", "mine", {.timeout = seconds(1)})) == Errc::conflict);
    CHECK(one.env.elapsed() == seconds(1));
    CHECK(attempts < 1000);
}

TEST_CASE("leases: the write that ends one leaves the mark that others wait, and its holder gives way", "[lease]") {
    MemoryStorage memory;
    Process<MemoryStorage, LeaseLock<Embedded>> one(memory, 1), other(memory, 2);
    REQUIRE(one.store.create("k", "1"));
    bool waited = false;
    REQUIRE(one.store.update("k", [&](std::string& text) {
        if (!std::exchange(waited, true)) CHECK(code(other.store.lock("k", {.timeout = seconds(1)})) == Errc::busy);
        text += "+";
    }));
    auto const record = memory.read(Context(one.env), RecordId("k")).value();
    REQUIRE(record->lease);
    CHECK_FALSE(record->lease->held);
    CHECK(record->lease->wanted);
    unsigned const sleeps = one.env.sleeps();
    REQUIRE(one.store.lock("k"));
    CHECK(one.env.sleeps() == sleeps + 1);
}

TEST_CASE("purge: a former holder stays out of a record that somebody put down where his was", "[lease]") {
    MemoryStorage const memory;
    Process<MemoryStorage, LeaseLock<OwnSlot>> former(memory, 1), thief(memory, 2);
    Process<MemoryStorage, NoLock> stranger(memory, 3);
    REQUIRE(former.store.create("k", "1"));
    auto held = former.store.lock("k").value();
    REQUIRE(thief.store.force_unlock("k", held.guard().id()));
    REQUIRE(thief.store.remove(**thief.store.get("k")));
    REQUIRE(thief.store.purge("k", Duration::zero()));
    UnknownWrite const nothing{Key("k"), Slot::current, WriteId{1, 2}, {}, {}, true, false};
    REQUIRE(stranger.store.seal(nothing));
    REQUIRE(held.reliable_until() > former.env.monotonic());  // as far as he knows
    CHECK(code(held.update(add)) == Errc::fenced);
    CHECK_FALSE(*thief.store.get("k"));
}

TEST_CASE("leases: over a record that could not be put down for certain nothing is written", "[lease]") {
    auto const disk = std::make_shared<SyncingWorld>();
    SyncingStorage storage(disk);
    Process<SyncingStorage, LeaseLock<OwnSlot>> one(storage, 1);
    unsigned writes = 0;
    auto held = one.store.lock("k").value();
    REQUIRE(storage.remove(Context(one.env), RecordId("k"), Precondition::none()));  // what the lock had put down
    disk->on_write = [&](unsigned) { return ++writes == 2 ? Syncing::unsynced : Syncing::intact; };
    auto const done = held.update(add);
    CHECK(writes == 2);  // over what he knew, and over nothing
    CHECK(code(done) == Errc::unavailable);
    CHECK(done.unknown() == nullptr);
    CHECK_FALSE(*one.store.get("k"));
}

TEST_CASE("update: nothing is written on what was read before a pause", "[store]") {
    LateStorage const far;
    Process<LateStorage, NoLock> one(far, 1), other(far, 2);
    REQUIRE(one.store.create("k", "1"));
    std::string trace;
    bool inside = false;
    unsigned sleeps = one.env.sleeps();
    far.world().before_operation = [&] {
        if (inside) return;
        if (std::exchange(sleeps, one.env.sleeps()) != one.env.sleeps()) trace += "pause ";
        trace += "operation ";
    };
    far.world().on_write = [&](unsigned) {
        if (inside) return Delivery::intact();
        trace += "= write ";
        if (trace.size() > 200) return Delivery::intact();
        inside = true;  // somebody else is quicker
        REQUIRE(other.store.update("k", add));
        inside = false;
        return Delivery::intact();
    };
    REQUIRE(one.store.update("k", add));
    far.world().before_operation = nullptr;
    INFO(trace);
    CHECK(trace.find("pause operation ") != trace.npos);
    CHECK(trace.find("pause operation = write") == trace.npos);
}

TEST_CASE("batch: a key that it leaves absent gets no record", "[store]") {
    LateStorage const far;
    Process<LateStorage, NoLock> one(far, 1);
    REQUIRE(one.store.transaction({"a", "b"}, [](auto states) { states[1] = "1"; }));
    CHECK_FALSE(one.store.storage().read(Context(one.env), RecordId("a")).value());
    CHECK(one.store.get("b").value()->value() == "1");
}

}  // namespace held_contents_test
