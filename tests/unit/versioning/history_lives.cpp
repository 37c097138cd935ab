// Lives of a key: what an earlier one has left does not show in a later one. And what a prune, a purge or a write
// leaves that does not come to its end.

#include <holdfast/versioning/history.hpp>

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace history_lives_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Apart;
using holdfast_tests::Hooked;
using holdfast_tests::PlainText;
using holdfast_tests::put;
using holdfast_tests::shown;
using std::chrono::seconds;

template <class S, class L = NoLock>
using Store = BasicStateStore<std::string, S, L, History<>, PlainText>;
using Hooks = Hooked<MemoryStorage>::Hooks;

/// A history in memory, and what may be done to it by hand.
struct Memory {
    explicit Memory(std::uint64_t seed = 1) : env(seed) {}

    /// The names of the versions that are stored.
    std::vector<VersionId> stored() {
        std::vector<VersionId> names;
        auto const take = [&](VersionId version) { names.push_back(version); };
        REQUIRE(holdfast::detail::each_version(storage, context, "k", take));
        return names;
    }
    RecordPtr read(Slot slot, VersionId version = {}) { return storage.read(context, {"k", slot, version}).value(); }
    void write(VersionId name, RecordPtr const& record) {
        REQUIRE(storage.write(context, {"k", Slot::version, name}, record, Precondition::none()));
    }
    void erase(Slot slot, VersionId version = {}) {
        REQUIRE(storage.remove(context, {"k", slot, version}, Precondition::none()));
    }
    void live(int states, std::string const& prefix = "") {
        for (int i = 1; i <= states; ++i) put(store, "k", prefix + std::to_string(i));
    }
    /// Ends the life of the key. Returns a version of it, as a writer has it who was stalled before he kept it.
    RecordPtr die(std::uint64_t sequence) {
        RecordPtr const version = read(Slot::version, store.version("k", sequence).value());
        REQUIRE(store.remove(**store.get("k")));
        REQUIRE(store.purge("k", Duration::zero()));
        return version;
    }

    TestEnvironment env;
    Context context{env};
    MemoryStorage storage;
    Store<MemoryStorage> store{storage, StoreOptions{seconds(60), &env}};
};

VersionId name_of(RecordPtr const& record) { return {record->stamp.sequence, record->stamp.payload_id}; }

TEST_CASE("history: a lock does not live on in a version", "[history]") {
    MemoryStorage storage;
    TestEnvironment env;
    Store<MemoryStorage, LeaseLock<>> store(storage, StoreOptions{seconds(60), &env});
    REQUIRE(store.create("k", "1"));
    {
        auto held = store.lock("k").value();
        REQUIRE(held.update([](std::string& text) { text = "2"; }));
        REQUIRE(held.update([](std::string& text) { text = "3"; }));
    }
    for (std::uint64_t const sequence : {1u, 2u}) {
        RecordId const id("k", Slot::version, store.version("k", sequence).value());
        auto const version = storage.read(Context(env), id).value();
        REQUIRE(version);
        CHECK_FALSE(version->lease);
        CHECK(version->payload.view() == std::to_string(sequence));
    }
}

TEST_CASE("history: what an earlier life of the key left is not shown behind a gap", "[history]") {
    Memory all;
    all.live(3, "old ");
    auto const stray = all.die(2);
    all.live(4, "new ");
    all.write(name_of(stray), stray);
    REQUIRE(shown(all.store, "k") == "4* 3 2 1 .");
    CHECK(all.stored().size() == 4);
    for (VersionId const version : all.stored())
        if (version.sequence == 3 || (version.sequence == 2 && version != name_of(stray)))
            all.erase(Slot::version, version);
    CHECK(shown(all.store, "k") == "4* 3! 1 .");
}

TEST_CASE("history: a version is found by its number in this life of the key", "[history]") {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {  // in whatever order they are listed
        Memory all(seed);
        all.live(2, "oldest ");
        auto const first = all.die(1);
        all.live(2, "older ");
        auto const second = all.die(1);
        all.live(2, "new ");
        for (RecordPtr const& stray : {first, second}) all.write(name_of(stray), stray);
        CHECK(all.store.get("k", all.store.version("k", 1).value()).value().value() == "new 1");
    }
}

TEST_CASE("history: a version of a purged life cannot be read once anything is kept of the next", "[history]") {
    Memory all;
    all.live(2, "old ");
    auto const stray = all.die(1);
    all.live(2, "new ");
    all.write(name_of(stray), stray);
    REQUIRE(all.store.pin("k"));
    CHECK(all.store.get("k", name_of(stray)).error() == Errc::not_found);
    CHECK(all.store.rollback("k", name_of(stray)).error() == Errc::not_found);
    CHECK(all.store.get("k", all.store.version("k", 1).value()).value().value() == "new 1");
}

TEST_CASE("history: a version that was moved by hand is damage", "[history]") {
    Memory all;
    all.live(3);
    auto const one = all.store.version("k", 1).value(), two = all.store.version("k", 2).value();
    all.write(one, all.read(Slot::version, two));
    CHECK(all.store.get("k", one).error() == Errc::malformed);
    CHECK(all.store.rollback("k", one).error() == Errc::malformed);
    CHECK(shown(all.store, "k") == "3* 2 1! .");
    auto removed = *all.read(Slot::version, two);
    removed.stamp.tombstone = true;
    all.write(two, std::make_shared<Record const>(removed));
    CHECK(all.store.get("k", two).error() == Errc::malformed);
}

TEST_CASE("history: what is kept of a new life is not overwritten by who has seen the one before", "[history]") {
    for (bool const wanted : {false, true}) {
        MemoryStorage const memory;
        TestEnvironment env;
        StoreOptions const options{seconds(60), &env};
        Store<MemoryStorage> rival(memory, options);
        auto const hooks = std::make_shared<Hooks>();
        Store<Hooked<MemoryStorage>> store(Hooked(memory, hooks), options);
        put(rival, "k", "old 1");
        put(rival, "k", "old 2");
        auto const version = rival.version("k", 1).value();
        bool done = false;
        hooks->before = [&](Operation const& operation) {
            if (operation.id == nullptr || operation.id->slot != Slot::retention || std::exchange(done, true)) return;
            REQUIRE(rival.remove(**rival.get("k")));
            REQUIRE(rival.purge("k", Duration::zero()));
            for (char const* const text : {"new 1", "new 2", "new 3"}) put(rival, "k", text);
            REQUIRE(rival.prune("k", KeepLast<2>()));
            REQUIRE(rival.pin("k", {.purpose = "theirs"}));
        };
        auto const pin = wanted ? store.pin("k", version) : store.pin("k");
        REQUIRE(done);
        CHECK(pin.applied() == !wanted);
        if (wanted) CHECK(pin.error() == Errc::not_found);
        auto const pins = rival.pins("k").value();
        REQUIRE(pins.size() == (wanted ? 1 : 2));
        CHECK(pins.front().purpose == "theirs");
        CHECK(shown(rival, "k") == "3*p 2 .");
    }
}

TEST_CASE("history: what is pruned while a page is read is not shown as lost", "[history]") {
    for (unsigned at = 0; at < 8; ++at) {
        MemoryStorage const memory;
        TestEnvironment env;
        StoreOptions const options{seconds(60), &env};
        Store<MemoryStorage> rival(memory, options);
        auto const hooks = std::make_shared<Hooks>();
        Store<Hooked<MemoryStorage>> store(Hooked(memory, hooks), options);
        for (int i = 1; i <= 4; ++i) put(rival, "k", std::to_string(i));
        unsigned operations = 0;
        hooks->before = [&](Operation const&) {
            if (operations++ == at) REQUIRE(rival.prune("k", KeepLast<1>()));
        };
        std::string const page = shown(store, "k");
        INFO(page);
        CHECK(page.starts_with("4* "));
        CHECK(page.find('!') == page.npos);
    }
}

TEST_CASE("history: a prune that ends early leaves no gap", "[history]") {
    MemoryStorage memory;
    auto const hooks = std::make_shared<Hooks>();
    Store<Apart<Hooked<MemoryStorage>>> store(Apart<Hooked<MemoryStorage>>(Hooked(memory, hooks)));
    for (int i = 1; i <= 6; ++i) put(store, "k", std::to_string(i));
    hooks->refuse = [&](Operation const& operation) {
        return operation.kind == Operation::Kind::remove && hooks->removals > 2 ? Errc::unavailable : Errc{};
    };
    REQUIRE(store.prune("k", KeepLast<2>()).error() == Errc::unavailable);
    hooks->refuse = nullptr;
    Context const context(Environment::system());
    REQUIRE(memory.remove(context, RecordId("k", Slot::retention), Precondition::none()));  // as a repair may do
    CHECK(shown(store, "k") == "6* 5 4 3 2! .");  // what 3 names is gone, and nothing is behind that
}

TEST_CASE("history: the state counts once, though it is kept as a version already", "[history]") {
    MemoryStorage const memory;
    auto const hooks = std::make_shared<Hooks>();
    Store<Apart<Hooked<MemoryStorage>>> store(Apart<Hooked<MemoryStorage>>(Hooked(memory, hooks)));
    for (int i = 1; i <= 4; ++i) put(store, "k", "ten bytes.");
    hooks->refuse = [&](Operation const& operation) {
        bool const state = operation.kind == Operation::Kind::write && operation.id->slot == Slot::current;
        return state ? Errc::unavailable : Errc{};
    };
    REQUIRE_FALSE(store.update("k", [](std::string& text) { text = "never written"; }));
    hooks->refuse = nullptr;
    CHECK(store.prune("k", KeepBytes<30>()).value().versions == 1);
    CHECK(shown(store, "k") == "4* 3 2 .");
}

TEST_CASE("history: a purge that another write was quicker than leaves dead what it had declared dead", "[history]") {
    MemoryStorage memory;
    TestEnvironment env;
    StoreOptions const options{seconds(60), &env};
    Context const context(env);
    Store<MemoryStorage> rival(memory, options);
    auto const hooks = std::make_shared<Hooks>();
    Store<Hooked<MemoryStorage>> store(Hooked(memory, hooks), options);
    put(rival, "k", "secret");
    put(rival, "k", "2");
    RecordId const id("k", Slot::version, rival.version("k", 1).value());
    auto const secret = memory.read(context, id).value();
    REQUIRE(rival.remove(**rival.get("k")));
    bool done = false;
    hooks->before = [&](Operation const& operation) {
        bool const last = operation.kind == Operation::Kind::remove && operation.id->slot == Slot::current;
        if (last && !std::exchange(done, true)) put(rival, "k", "3");
    };
    CHECK(store.purge("k", Duration::zero()).error() == Errc::conflict);
    REQUIRE(done);
    REQUIRE(memory.write(context, id, secret, Precondition::absent()));  // by a writer who was stalled
    CHECK(rival.get("k", id.version).error() == Errc::not_found);
    CHECK(shown(rival, "k") == "3* .");
}

TEST_CASE("history: a batch that was sent twice on its way was made, whatever the second copy says", "[history]") {
    auto const world = std::make_shared<LateWorld>();
    TestEnvironment env;
    auto const hooks = std::make_shared<Hooked<LateStorage>::Hooks>();
    LateStorage direct(world);
    Store<Hooked<LateStorage>> store(Hooked(direct, hooks), StoreOptions{seconds(60), &env});
    put(store, "k", "1");
    bool echoed = false, refused = false;
    hooks->before = [&](Operation const& operation) {
        if (operation.kind != Operation::Kind::write_all || std::exchange(echoed, true)) return;
        REQUIRE(direct.write_all(Context(env), operation.writes)->kind() == WriteOutcome::Kind::applied);
    };
    // Then nothing can be read for a moment, and the version cannot be sent.
    hooks->refuse = [&](Operation const& operation) {
        if (!echoed || refused) return Errc{};
        if (operation.kind == Operation::Kind::write) return refused = true, Errc::unavailable;
        return operation.kind == Operation::Kind::read ? Errc::unavailable : Errc{};
    };
    auto const done = store.update("k", [](std::string& text) { text += "2"; });
    CHECK(refused);
    REQUIRE(done);
    CHECK(done->value() == "12");
    CHECK(shown(store, "k") == "2* 1 .");
}

}  // namespace history_lives_test
