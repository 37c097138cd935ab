// What a store does with time, locks, functions of the user, and pages that fail.

#include <holdfast/state_store.hpp>

#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <thread>

namespace state_store_test {

using namespace holdfast;
using namespace holdfast::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

template <class S, class L = NoLock, class V = CompareAndSwap>
using Store = BasicStateStore<std::string, S, L, V, RawBytes>;
using Plain = Store<MemoryStorage>;
using Locking = Store<MemoryStorage, MutexLock>;
using Far = Store<LateStorage>;
using States = std::span<std::optional<std::string>>;

constexpr auto add = [](std::string& text) { text += "+"; };

template <class S>
std::string text(S& store, KeyView key) {
    auto const entry = store.get(key);
    if (!entry) return "error";
    return *entry ? (*entry)->value() : "-";
}
/// Whether another thread can lock the key at once.
bool is_free(Locking& store, KeyView key) {
    bool free = false;
    std::thread([&] { free = store.try_lock(key)->has_value(); }).join();
    return free;
}

/// Memory where others may act before each operation.
class Crowded : public Layer<Crowded, MemoryStorage, 2> {
public:
    using Before = std::function<void(Operation const&)>;

    Crowded() : Crowded(MemoryStorage(), nullptr) {}
    Crowded(MemoryStorage memory, std::shared_ptr<Before> before)
        : Layer(std::move(memory)), before_(std::move(before)) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        if (before_ && *before_) (*before_)(operation);
        return call();
    }

private:
    std::shared_ptr<Before> before_;
};

// ---- types ----

static_assert(std::is_same_v<StateStore<std::string, RawBytes>, Plain>);
static_assert(std::is_same_v<StateStore<std::string, MutexLock, RawBytes, MemoryStorage>,
                             StateStore<std::string, MemoryStorage, CompareAndSwap, RawBytes, MutexLock>>);
static_assert(!std::is_same_v<StateStore<std::string, RawBytes>, StateStore<std::string, RawBytes, MutexLock>>);
// Policies without data take no room.
static_assert(sizeof(Plain) == sizeof(MemoryStorage) + sizeof(StoreOptions));
static_assert(sizeof(Store<MemoryStorage, NoLock, LastWriterWins>) == sizeof(Plain) && sizeof(Locking) > sizeof(Plain));

static_assert(StateStoreOf<Plain, std::string> && StateStoreOf<Locking&, std::string> &&
              StateStoreOf<Far, std::string>);
static_assert(!StateStoreOf<Plain, int> && !StateStoreOf<Plain const, int> && !StateStoreOf<std::string, std::string>);

template <class S, class F>
concept Updates = requires(S& store, F fn) { store.update("k", fn); };
using Maybe = std::optional<std::string>;
static_assert(Updates<Plain, void (*)(std::string&)> && Updates<Plain, Result<void> (*)(std::string&)>);
static_assert(Updates<Plain, std::string (*)(Maybe)> && Updates<Plain, Result<std::string> (*)(Maybe)>);
static_assert(!Updates<Plain, int (*)(std::string&)> && !Updates<Plain, void (*)(int&)>);
// What would change a copy only, and so lose the change without a word.
static_assert(!Updates<Plain, void (*)(std::string)> && !Updates<Plain, void (*)(std::string const&)> &&
              !Updates<Plain, void (*)(Maybe)> && !Updates<Plain, Result<void> (*)(std::string)>);
static_assert(!Updates<Store<MemoryStorage, NoLock, LastWriterWins>, void (*)(std::string&)>);

std::size_t count(StateStoreOf<std::string> auto& store, KeyView key) { return text(store, key).size(); }

TEST_CASE("store: policies are given in any order, or made", "[store]") {
    MemoryStorage memory;
    TestEnvironment env;
    MutexLock lock;
    Locking one(lock, memory), two(StoreOptions{seconds(1), &env}, RawBytes(), memory, lock), apart;
    REQUIRE(one.create("k", "1"));
    CHECK(text(two, "k") == "1");
    CHECK(text(apart, "k") == "-");
    CHECK(count(two, "k") == 1);
    CHECK((*one.get("k"))->who() != "tester@host:1");
    REQUIRE(two.update("k", add));
    CHECK((*one.get("k"))->who() == "tester@host:1");
    auto const held = one.lock("k");
    REQUIRE(held);
    CHECK(two.try_lock("k").error() == Errc::already_held);  // one lock for both
    CHECK(apart.try_lock("k")->has_value());
}

// ---- time ----

TEST_CASE("store: an endless conflict ends as a conflict, at the deadline", "[store]") {
    MemoryStorage memory;
    Plain rival(memory);
    TestEnvironment env;
    auto const before = std::make_shared<Crowded::Before>([&](Operation const& operation) {
        if (operation.writes_something()) REQUIRE(rival.update("k", add));
    });
    Store<Crowded> store(Crowded(memory, before), StoreOptions{seconds(2), &env});
    unsigned runs = 0;
    auto const mine = [&](std::string& state) {
        ++runs;
        state += 'm';
    };
    auto const late = store.update("k", mine);
    CHECK(late.error() == Errc::conflict);
    CHECK(late.unknown() == nullptr);
    CHECK(late.error().subject() == "\"k\"");
    CHECK(env.elapsed() == seconds(2));
    CHECK(runs > 5);
    CHECK(text(store, "k").size() == runs);  // each of ours met one of theirs, and nothing of ours was written

    runs = 0;
    CHECK(store.update("k", mine, {.timeout = Duration::zero()}).error() == Errc::conflict);
    CHECK(runs == 1);
    CHECK(env.elapsed() == seconds(2));  // without patience: one attempt, no wait
    CHECK(store.transaction({"k"}, [](States) {}, {.timeout = milliseconds(500)}).error() == Errc::conflict);
    CHECK(env.elapsed() == milliseconds(2500));

    runs = 0;  // without a limit until the others are through
    *before = [&](Operation const& operation) {
        if (operation.writes_something() && runs < 100) REQUIRE(rival.update("k", add));
    };
    unsigned const clock_reads = env.clock_reads();
    REQUIRE(store.update("k", mine, {.timeout = endless}));
    CHECK(runs == 100);
    CHECK(env.clock_reads() == clock_reads);
}

TEST_CASE("store: a request to stop ends waiting as cancelled", "[store]") {
    MemoryStorage memory;
    Plain rival(memory);
    TestEnvironment env;
    std::atomic<bool> stop{false};
    auto const before = std::make_shared<Crowded::Before>([&](Operation const& operation) {
        if (!operation.writes_something()) return;
        REQUIRE(rival.update("k", add));
        stop = true;
    });
    Store<Crowded, MutexLock> store(Crowded(memory, before), StoreOptions{endless, &env});
    CallOptions const stoppable{.stop = &stop};
    auto const stopped = store.update("k", add, stoppable);
    CHECK(stopped.error() == Errc::cancelled);
    CHECK(stopped.unknown() == nullptr);
    stop = false;
    CHECK(store
              .transaction(
                  {"k"}, [](States states) { states[0] = "mine"; }, stoppable)
              .error() == Errc::cancelled);
    CHECK(text(rival, "k") == "++");

    auto const held = store.lock("k");
    REQUIRE(held);
    std::thread([&] {
        CHECK(store.update("k", add, stoppable).error() == Errc::cancelled);
        CHECK(store.lock("k", stoppable).error() == Errc::cancelled);
        CHECK(store.lock("k", {.timeout = milliseconds(30)}).error() == Errc::busy);
    }).join();
}

// ---- functions of the user ----

TEST_CASE("store: functions that update, in every form", "[store]") {
    Plain store;
    REQUIRE(store.update("k", add));  // an absent state begins as an empty one
    REQUIRE(store.update("k", [](std::string& state) -> Result<void> {
        state += "a";
        return {};
    }));
    REQUIRE(store.update("k", [](Maybe state) { return *state + "b"; }));
    auto const last = store.update("k", [](Maybe state) -> Result<std::string> { return *state + "c"; });
    REQUIRE(last);
    CHECK(last->value() == "+abc");
    CHECK(last->sequence() == 4);
    REQUIRE(store.update("new", [](Maybe state) { return std::string(state ? "there" : "absent"); }));
    CHECK(text(store, "new") == "absent");
}

TEST_CASE("store: functions that give up or throw write nothing and leave no lock", "[store]") {
    Locking store;
    REQUIRE(store.create("k", "1"));
    auto const before = (*store.get("k"))->revision();
    auto const in_place = store.update("k", [](std::string& state) -> Result<void> {
        state = "x";
        return Error(Errc::aborted, "enough");
    });
    CHECK(in_place.error() == Errc::aborted);
    CHECK(in_place.error().message() == "enough");
    CHECK(is_free(store, "k"));
    CHECK(store.update("k", [](Maybe) -> Result<std::string> { return Error(Errc::aborted); }).error() ==
          Errc::aborted);
    CHECK_THROWS_AS(store.update("k", [](std::string& state) { state = "x", throw 7; }), int);
    CHECK(is_free(store, "k"));
    CHECK_THROWS_AS(store.transaction({"k", "l"}, [](States) { throw 7; }), int);
    CHECK(is_free(store, "k"));
    CHECK(is_free(store, "l"));
    CHECK((*store.get("k"))->revision() == before);
    CHECK(text(store, "l") == "-");
}

TEST_CASE("store: attributes stay until others are given, and go with the state", "[store]") {
    Plain store;
    Attributes const given{{"owner", "a"}}, none;
    auto const attributes = [&] { return (*store.get("k"))->attributes(); };
    auto const first = store.create("k", "1", {.attributes = &given});
    REQUIRE(first);
    CHECK(first->attributes() == given);
    auto const second = store.replace(*first, "2");
    REQUIRE(second);
    REQUIRE(store.transaction({"k"}, [](States states) { *states[0] += "!"; }));
    CHECK(attributes() == given);
    REQUIRE(store.update("k", add, {.attributes = &none}));
    CHECK(attributes().empty());
    REQUIRE(store.update("k", add, {.attributes = &given}));
    REQUIRE(store.remove(**store.get("k")));
    REQUIRE(store.create("k", "new"));
    CHECK(attributes().empty());
}

// ---- create, replace, remove ----

TEST_CASE("store: a removed key can be created, with and without a tombstone, and without patience", "[store]") {
    TestEnvironment env;
    Far far{StoreOptions{Duration::zero(), &env}};
    Plain near{StoreOptions{Duration::zero(), &env}};
    auto const again = [&](auto& store, std::uint64_t sequence) {
        auto const first = store.create("k", "1");
        REQUIRE(first);
        CHECK(store.create("k", "x").error() == Errc::conflict);
        REQUIRE(store.remove(*first));
        CHECK(text(store, "k") == "-");
        CHECK(store.remove(*first).error() == Errc::conflict);
        CHECK(store.replace(*first, "x").error() == Errc::conflict);
        auto const second = store.create("k", "2");
        REQUIRE(second);
        CHECK(second->sequence() == sequence);
        auto const third = store.replace(*second, "3");
        REQUIRE(third);
        CHECK(store.replace(*second, "x").error() == Errc::conflict);
        CHECK(store.remove(*second).error() == Errc::conflict);
        CHECK(text(store, "k") == "3");
        unsigned listed = 0;
        for (auto const& key : store.keys()) listed += key ? 1u : 0u;
        CHECK(listed == 1);
    };
    again(far, 2);  // a tombstone goes on counting
    again(near, 1);
    CHECK(env.sleeps() == 0);
    REQUIRE(far.remove(**far.get("k")));
    for (auto const& key : far.keys()) FAIL(key->view());
}

// ---- locks ----

TEST_CASE("locked: all members write under the lock", "[store]") {
    Locking store;
    auto held = store.lock("k", {.purpose = "testing"});
    REQUIRE(held);
    CHECK(held->key() == KeyView("k"));
    CHECK(held->epoch() == 0);
    CHECK(!*held->get());
    auto const holder = store.holder("k");
    REQUIRE((holder && *holder));
    CHECK((*holder)->purpose == "testing");
    CHECK(!*store.holder("l"));
    auto const first = held->create("1");
    REQUIRE(first);
    auto const second = held->replace(*first, "2");
    REQUIRE(second);
    REQUIRE(held->update(add));
    CHECK((*held->get())->value() == "2+");
    CHECK(held->remove(*second).error() == Errc::conflict);
    REQUIRE(held->remove(**held->get()));
    CHECK(text(store, "k") == "-");

    // Around the guard there is no way, in this thread or another.
    CHECK(store.update("k", add).error() == Errc::already_held);
    CHECK(store.create("k", "x").error() == Errc::already_held);
    CHECK(store.lock("k").error() == Errc::already_held);
    CHECK(store.try_lock("k").error() == Errc::already_held);
    CHECK(store.transaction({"k", "l"}, [](States) {}).error() == Errc::already_held);
    CHECK(is_free(store, "l"));
    CHECK(!is_free(store, "k"));
    CHECK(text(store, "k") == "-");

    // Nor to another key.
    auto const other = store.create("l", "1");
    REQUIRE(other);
    for (auto const& refused : {held->replace(*other, "x").error(), held->remove(*other).error()}) {
        CHECK(refused == Errc::invalid_argument);
        CHECK(refused.message().find("of another key than the lock") != std::string_view::npos);
    }
    CHECK(text(store, "l") == "1");

    auto moved = *std::move(held);
    CHECK(moved.renew());
    CHECK(!is_free(store, "k"));
    CHECK(moved.release());
    CHECK(moved.release());  // again is nothing
    CHECK(moved.renew().error() == Errc::lost);
    CHECK(is_free(store, "k"));
    CHECK(!*store.holder("k"));
}

TEST_CASE("locked: put and remove where the last one wins", "[store]") {
    Store<MemoryStorage, MutexLock, LastWriterWins> store;
    {
        auto held = store.lock("k");
        REQUIRE(held);
        REQUIRE(held->put("1"));
        CHECK((*held->get())->value() == "1");
        REQUIRE(held->remove());
        CHECK(store.put("k", "x").error() == Errc::already_held);
    }
    REQUIRE(store.put("k", "2"));
    CHECK(text(store, "k") == "2");
}

TEST_CASE("store: updates of one thread inside an update of another key, not of the same", "[store]") {
    Locking store;
    auto const done = store.update("k", [&](std::string& state) {
        state = store.update("k", add).error() == Errc::already_held ? "told" : "not told";
        REQUIRE(store.update("l", add));
    });
    REQUIRE(done);
    CHECK(text(store, "k") == "told");
    CHECK(text(store, "l") == "+");
}

// ---- transactions ----

TEST_CASE("transaction: what it refuses, checks and repeats", "[store]") {
    MemoryStorage memory;
    Plain rival(memory);
    TestEnvironment env;
    auto const before = std::make_shared<Crowded::Before>();
    Store<Crowded> store(Crowded(memory, before), StoreOptions{seconds(60), &env});
    unsigned runs = 0;
    CHECK(store.transaction({"k", "l", "k"}, [&](States) { ++runs; }).error() == Errc::invalid_argument);
    CHECK(store.transaction(std::span<KeyView const>(), [&](States) { ++runs; }).error() == Errc::invalid_argument);
    CHECK(runs == 0);

    // A key that stays absent is checked and not written.
    bool meddle = true;
    *before = [&](Operation const& operation) {
        if (operation.kind == Operation::Kind::write_all && std::exchange(meddle, false))
            REQUIRE(rival.create("absent", "now there"));
    };
    std::string seen;
    REQUIRE(store.transaction({"k", "absent"}, [&](States states) {
        ++runs;
        seen += states[1] ? *states[1] : "-";
        states[0] = seen;
    }));
    CHECK(runs == 2);
    CHECK(text(store, "k") == "-now there");
    CHECK((*store.get("absent"))->sequence() == 2);  // what is there is written again
    REQUIRE(store.transaction({"x", "y"}, [](States) {}));
    CHECK(text(store, "x") == "-");
    CHECK(*memory.read(Context(env), RecordId(KeyView("x"))) == nullptr);

    auto const gave_up = store.transaction({"k", "x"}, [](States states) -> Result<void> {
        states[0].reset();
        states[1] = "x";
        return Error(Errc::aborted, "enough");
    });
    CHECK(gave_up.error() == Errc::aborted);
    CHECK(gave_up.error().message() == "enough");
    CHECK(text(store, "k") == "-now there");
    CHECK(text(store, "x") == "-");
}

TEST_CASE("transaction: under locks in opposite orders nobody waits for ever", "[store]") {
    Locking store;
    std::atomic<unsigned> failed{0};
    auto const both = [](States states) {
        for (auto& state : states) state = state ? *state + "+" : "+";
    };
    auto const work = [&](bool forwards) {
        for (int i = 0; i < 100; ++i)
            if (!(forwards ? store.transaction({"a", "b", "c"}, both) : store.transaction({"c", "b", "a"}, both)))
                ++failed;
    };
    std::thread other([&] { work(false); });
    work(true);
    other.join();
    CHECK(failed == 0);
    for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c")}) CHECK(text(store, key).size() == 200);
}

// ---- keys ----

TEST_CASE("keys: an error is the last element", "[store]") {
    auto const plan = std::make_shared<FaultPlan>();
    MemoryStorage memory;
    Store<Faulty<MemoryStorage>> store(Faulty<MemoryStorage>(memory, plan));
    for (int i = 0; i < 100; ++i) REQUIRE(store.create(*Key::parse("key-" + std::to_string(i)), ""));
    plan->arm(1, FaultPlan::How::before);  // the second page
    std::size_t good = 0, bad = 0;
    for (Result<Key> const& key : store.keys()) {
        CHECK(bad == 0);
        if (key) {
            ++good;
        } else {
            ++bad;
            CHECK(key.error() == Errc::unavailable);
            CHECK(key.error().operation() == "list");
        }
    }
    CHECK(bad == 1);
    CHECK(good > 0);
    CHECK(good < 100);
    auto once_more = store.keys("key-1");
    std::size_t found = 0;
    for (auto at = once_more.begin(); at != once_more.end(); ++at) found += *at ? 1u : 0u;
    CHECK(found == 11);
}

// ---- unknown outcomes ----

TEST_CASE("store: an unknown write is resolved and sealed, at any later time", "[store]") {
    TestEnvironment env;
    auto const world = std::make_shared<LateWorld>();
    Far store(LateStorage(world), StoreOptions{Duration::zero(), &env});
    REQUIRE(store.create("k", "1"));
    auto const send = [&](Delivery way) {
        world->on_write = [=](unsigned) { return way; };
        auto const sent = store.update("k", add);
        world->on_write = nullptr;
        return sent;
    };
    // Held on its way: pending, until it is sealed; then it arrives in vain.
    auto const held = send(Delivery::late());
    REQUIRE(held.unknown() != nullptr);
    CHECK(held.error() == Errc::unknown_outcome);
    CHECK(*store.resolve(*held.unknown()) == Fate::pending);
    auto const before = *store.get("k");
    CHECK(*store.seal(*held.unknown()) == Fate::never);
    CHECK((*store.get("k"))->sequence() == before->sequence());  // the same content
    CHECK((*store.get("k"))->revision() != before->revision());
    world->arrive(0);
    CHECK(text(store, "k") == "1");
    CHECK(*store.resolve(*held.unknown()) == Fate::never);
    // It arrives before anybody asks.
    auto const landed = send(Delivery::late());
    REQUIRE(landed.unknown() != nullptr);
    world->arrive(0);
    CHECK(*store.resolve(*landed.unknown()) == Fate::applied);
    CHECK(*store.seal(*landed.unknown()) == Fate::applied);
    CHECK(text(store, "k") == "1+");
    // The first write of a key: sealed, it leaves a tombstone, under which the key is absent and can be created.
    world->on_write = [](unsigned) { return Delivery::late(); };
    auto const create = store.create("new", "late");
    world->on_write = nullptr;
    REQUIRE(create.unknown() != nullptr);
    CHECK(*store.resolve(*create.unknown()) == Fate::pending);
    CHECK(*store.seal(*create.unknown()) == Fate::never);
    world->arrive(0);
    CHECK(text(store, "new") == "-");
    REQUIRE(store.create("new", "2"));
    CHECK(*store.resolve(*create.unknown()) == Fate::never);
    CHECK(text(store, "new") == "2");
}

}  // namespace state_store_test
