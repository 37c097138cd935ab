// Small promises of histories: neighbours, limits, and what happens between two requests.

#include <holdfast/versioning/history.hpp>

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace history_details_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Apart;
using holdfast_tests::Hooked;
using holdfast_tests::PlainText;
using holdfast_tests::put;
using holdfast_tests::shown;
using std::chrono::seconds;

template <class S, class V = History<>, class L = NoLock>
using Store = BasicStateStore<std::string, S, L, V, PlainText>;
using Hooks = Hooked<MemoryStorage>::Hooks;

/// A store with hooks, and a rival in the same memory.
struct Two {
    explicit Two(int states) {
        for (int i = 1; i <= states; ++i) put(rival, "k", std::to_string(i));
    }

    MemoryStorage memory;
    TestEnvironment env;
    StoreOptions options{seconds(60), &env};
    std::shared_ptr<Hooks> hooks = std::make_shared<Hooks>();
    Store<MemoryStorage> rival{memory, options};
    Store<Hooked<MemoryStorage>> store{Hooked(memory, hooks), options};
};

TEST_CASE("history: versions of keys that begin alike are none of the key's", "[history]") {
    Store<MemoryStorage> store;
    for (KeyView const key : {KeyView("k"), KeyView("k2")})
        for (int i = 1; i <= 3; ++i) put(store, key, std::to_string(i));
    CHECK(store.prune("k", KeepLast<1>()).value().versions == 2);
    CHECK(shown(store, "k2") == "3* 2 1 .");
    CHECK(store.version("k", 1).error() == Errc::not_found);
}

TEST_CASE("history: what was kept of a purged life says nothing about the next", "[history]") {
    Two two(4);
    Context const context(two.env);
    RecordId const kept("k", Slot::retention);
    REQUIRE(two.rival.prune("k", KeepLast<1>()));
    auto const old = two.memory.read(context, kept).value();
    REQUIRE(two.rival.remove(**two.rival.get("k")));
    REQUIRE(two.rival.purge("k", Duration::zero()));
    for (int i = 1; i <= 3; ++i) put(two.rival, "k", std::to_string(i));
    REQUIRE(two.memory.write(context, kept, old, Precondition::absent()));  // it could not be removed, say
    CHECK(shown(two.rival, "k") == "3* 2 1 .");
    CHECK(two.rival.get("k", two.rival.version("k", 1).value()).value().value() == "1");
}

TEST_CASE("history: who comes too late does not write versions anew", "[history]") {
    MemoryStorage const memory;
    auto const hooks = std::make_shared<Hooks>();
    Store<Apart<Hooked<MemoryStorage>>> store(Apart<Hooked<MemoryStorage>>(Hooked(memory, hooks)));
    auto const first = put(store, "k", "1");
    put(store, "k", "2");
    unsigned unconditional = 0;
    hooks->before = [&](Operation const& operation) {
        if (operation.kind == Operation::Kind::write && operation.when->kind() == Precondition::Kind::none)
            ++unconditional;
    };
    CHECK(store.replace(first, "mine").error() == Errc::conflict);
    CHECK(unconditional == 0);
}

TEST_CASE("history: records of LastWriterWins are not taken over", "[history]") {
    MemoryStorage const memory;
    Store<MemoryStorage, LastWriterWins> hasty(memory);
    Store<MemoryStorage> store(memory, History<>(HistoryOptions{.adopt_compare_and_swap = true}));
    REQUIRE(hasty.put("k", "1"));
    CHECK(store.update("k", [](std::string& text) { text = "2"; }).error() == Errc::incompatible);
    CHECK(hasty.put("k", "3"));
}

/// Would keep nothing, not even what is to come.
struct KeepNone {
    Result<std::uint64_t> floor(VersionList& versions) const { return versions.newest() + 10; }
};

TEST_CASE("history: a prune does not reach beyond the present state, whatever its policy says", "[history]") {
    Store<MemoryStorage> store;
    for (int i = 1; i <= 3; ++i) put(store, "k", std::to_string(i));
    CHECK(store.prune("k", KeepNone()).value().floor == 3);
    put(store, "k", "4");
    CHECK(shown(store, "k") == "4* 3 .");
}

TEST_CASE("history: nothing is deleted before it is certain that it is dead", "[history]") {
    auto const plan = std::make_shared<FaultPlan>();
    auto const hooks = std::make_shared<Hooked<Faulty<MemoryStorage>>::Hooks>();
    TestEnvironment env;
    Store<Hooked<Faulty<MemoryStorage>>> store(Hooked(Faulty(MemoryStorage(), plan), hooks),
                                               StoreOptions{seconds(60), &env});
    for (int i = 1; i <= 4; ++i) put(store, "k", std::to_string(i));
    std::string writes;
    hooks->before = [&](Operation const& operation) {
        if (operation.kind == Operation::Kind::write) writes += operation.id->slot == Slot::retention ? "noted " : "? ";
        if (operation.kind == Operation::Kind::write_all) writes += "deleted ";
    };
    for (unsigned nth = 0; writes.empty(); ++nth) {  // until the fault meets the note
        plan->arm(nth, FaultPlan::How::after);
        auto const done = store.prune("k", KeepLast<2>());
        CHECK(done.error() == (writes.empty() ? Errc::unavailable : Errc::unknown_outcome));
    }
    CHECK(writes == "noted ");
    writes.clear();
    CHECK(store.prune("k", KeepLast<2>()).value().versions == 2);  // what can be seen may not be on disk
    CHECK(writes == "noted deleted ");
}

TEST_CASE("history: a deletion that got lost is made again", "[history]") {
    auto const world = std::make_shared<LateWorld>();
    TestEnvironment env;
    Store<LateStorage> store(LateStorage(world), StoreOptions{seconds(60), &env});
    for (int i = 1; i <= 4; ++i) put(store, "k", std::to_string(i));
    auto const version = store.version("k", 1).value();
    unsigned writes = 0;
    world->on_write = [&](unsigned) { return ++writes == 2 ? Delivery::lost() : Delivery::intact(); };
    REQUIRE(store.prune("k", KeepLast<1>()));
    CHECK(writes == 3);
    CHECK_FALSE(store.storage().read(Context(env), RecordId("k", Slot::version, version)).value());
}

TEST_CASE("history: a key has 1000 pins", "[history]") {
    MemoryStorage memory;
    TestEnvironment env;
    Store<MemoryStorage> store(memory, StoreOptions{seconds(60), &env});
    auto const entry = put(store, "k", "1");
    Stamp const& stamp = entry.record()->stamp;
    holdfast::detail::RetentionState state{0, stamp.lineage, {}};
    for (std::uint64_t i = 1; i <= 999; ++i)
        state.pins.push_back({{WriteId{1, i}, {stamp.sequence, stamp.payload_id}, endless, {}, Writer("me"), {}}, {}});
    Change change{.payload = holdfast::detail::to_retention_text(state), .discipline = Discipline::history};
    REQUIRE(settle(memory, Context(env), RecordId("k", Slot::retention), nullptr, std::move(change)));
    REQUIRE(store.pins("k").value().size() == 999);
    auto const last = store.pin("k");
    REQUIRE(last);
    CHECK(store.pin("k").error() == Errc::too_large);
    CHECK(store.pins("k").value().size() == 1000);
    REQUIRE(store.unpin(*last));
    CHECK(store.pin("k"));
}

TEST_CASE("history: a pin of the present state holds the one that is present by then", "[history]") {
    Two two(2);
    bool done = false;
    two.hooks->before = [&](Operation const& operation) {
        if (operation.id == nullptr || operation.id->slot != Slot::retention || std::exchange(done, true)) return;
        put(two.rival, "k", "3");
        REQUIRE(two.rival.prune("k", KeepLast<1>()));
    };
    auto const pin = two.store.pin("k");
    REQUIRE(pin);
    CHECK(pin->version().sequence == 3);
    CHECK(two.rival.get(*pin).value().value() == "3");
}

TEST_CASE("history: a state that becomes a version while it is looked for is found", "[history]") {
    for (bool const pinned : {false, true}) {
        Two two(2);
        auto const pin = two.rival.pin("k").value();
        bool done = false;
        two.hooks->before = [&](Operation const& operation) {
            if (operation.id->slot == Slot::current && !std::exchange(done, true)) put(two.rival, "k", "3");
        };
        auto const found = pinned ? two.store.get(pin) : two.store.get("k", pin.version());
        REQUIRE(done);
        REQUIRE(found);
        CHECK(found->value() == "2");
    }
}

TEST_CASE("history: the text of a pin has no time to live that no clock can count", "[history]") {
    Two two(1);
    std::string const text = to_string(two.rival.pin("k", {.ttl = seconds(1)}).value());
    auto const with = [&](std::string const& ttl) {
        std::string other = text;
        return parse_pin(other.replace(other.find("1000000"), 7, ttl));
    };
    REQUIRE(with("1000000"));
    CHECK(with("1000000")->ttl() == seconds(1));
    CHECK(with("9223372036854775"));
    CHECK_FALSE(with("9223372036854776"));
    CHECK_FALSE(with("18446744073709551615"));
    CHECK_FALSE(with("-1"));
}

TEST_CASE("history: where versions end a page says that it is the last", "[history]") {
    Two two(4);
    REQUIRE(two.rival.prune("k", KeepLast<2>()));
    CHECK(shown(two.rival, "k", {.limit = 2}) == "4* 3 .");
    CHECK(shown(two.rival, "k", {.limit = 1}) == "4* >");
}

TEST_CASE("history: a key that was only ever locked has none", "[history]") {
    Store<MemoryStorage, History<>, LeaseLock<>> store;
    REQUIRE(store.lock("k").value().release());
    auto const page = store.history("k").value();
    CHECK_FALSE(page.removed);
    CHECK(page.versions.empty());
    CHECK(page.next.empty());
}

TEST_CASE("history: how long ago a state was there, by what was watched", "[history]") {
    using std::chrono::minutes;
    TestEnvironment env;
    holdfast::detail::RetentionState state;
    for (std::uint64_t const sequence : {1u, 2u, 2u}) {
        state.look(env, sequence);
        env.advance(minutes(60));
    }
    REQUIRE(state.watched.elapsed == minutes(120));
    CHECK(state.current_before(minutes(0)) == 2);
    CHECK(state.current_before(minutes(60)) == 2);
    CHECK(state.current_before(minutes(61)) == 1);
    CHECK(state.current_before(minutes(120)) == 1);
    CHECK(state.current_before(minutes(121)) == 0);
    // Of very many some are forgotten, and what is left still tells every age, the greatest included.
    for (std::uint64_t sequence = 3; sequence <= 1000; ++sequence) {
        state.look(env, sequence);
        env.advance(minutes(60));
    }
    CHECK(state.states.size() <= holdfast::detail::most_states_seen);
    CHECK(state.current_before(state.watched.elapsed) == 1);
    for (Duration age = minutes(60); age < state.watched.elapsed; age += age / 2) {
        auto const exact = static_cast<double>(state.watched.elapsed / minutes(60) - age / minutes(60));
        auto const told = static_cast<double>(state.current_before(age));
        CHECK(told <= exact + 1);
        CHECK(told >= exact - static_cast<double>(age / minutes(60)) / 3 - 2);
    }
}

TEST_CASE("history: a prune keeps what the store was told to keep", "[history]") {
    Store<MemoryStorage, History<KeepLimits>> store(History<KeepLimits>(KeepLimits{.last = 2}));
    for (int i = 1; i <= 4; ++i) put(store, "k", std::to_string(i));
    CHECK(store.prune("k").value().versions == 2);
    CHECK(shown(store, "k") == "4* 3 .");
}

TEST_CASE("history: what a roll back has repeated is said of that version alone", "[history]") {
    Two two(2);
    REQUIRE(two.rival.rollback("k", two.rival.version("k", 1).value()));
    put(two.rival, "k", "4");
    CHECK(shown(two.rival, "k") == "4* 3=1 2 1 .");
}

TEST_CASE("history: a version that cannot be read counts nothing, and hinders no prune", "[history]") {
    Two two(5);
    two.hooks->refuse = [](Operation const& operation) {
        bool const version = operation.kind == Operation::Kind::read && operation.id->slot == Slot::version;
        return version && operation.id->version.sequence == 4 ? Errc::malformed : Errc{};
    };
    CHECK(two.store.prune("k", KeepBytes<2>()).value().versions == 2);
    CHECK(shown(two.store, "k") == "5* 4! 3 .");
}

}  // namespace history_details_test
