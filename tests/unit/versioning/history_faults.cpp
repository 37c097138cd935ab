// Versions where things go wrong: replies get lost, requests arrive late or twice, disks are
// full, files are damaged. What must hold all the same is in `broken`.

#include <holdfast/versioning/history.hpp>

#include <holdfast/layer/retrying.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_invariants.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace history_faults_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Apart;
using holdfast_tests::broken;
using holdfast_tests::Hooked;
using holdfast_tests::PlainText;
using holdfast_tests::put;
using holdfast_tests::shown;

template <class S, class V = History<>>
using Store = BasicStateStore<std::string, S, NoLock, V, PlainText>;

TEST_CASE("history faults: the reply to an archive is lost, or it arrives twice", "[history]") {
    for (auto const way : {Delivery::lost(), Delivery::reply_lost(), Delivery::late(2), Delivery::twice(1),
                           Delivery::twice_reply_lost(3), Delivery::twice()}) {
        for (unsigned which = 0; which < 4; ++which) {
            auto const world = std::make_shared<LateWorld>();
            TestEnvironment env;
            StoreOptions const options{std::chrono::seconds(60), &env};
            Store<Apart<LateStorage>> apart(Apart<LateStorage>{LateStorage(world)}, options);
            REQUIRE(put(apart, "k", "1").sequence() == 1);
            unsigned const before = 1;
            world->on_write = [&](unsigned nth) { return nth == before + which ? way : Delivery::intact(); };
            auto const done = apart.update("k", [](std::string& text) { text += "2"; });
            REQUIRE(done);
            CHECK(done->value() == "12");
            put(apart, "k", "3");
            while (world->in_flight() > 0) world->arrive(0);
            LateStorage direct(world);
            CHECK(broken(direct, {{1, "1"}, {2, "12"}, {3, "3"}}) == "");
            CHECK(shown(apart, "k") == "3* 2 1 .");
        }
    }
}

TEST_CASE("history faults: an archive that cannot be confirmed stops the write", "[history]") {
    auto const world = std::make_shared<LateWorld>();
    TestEnvironment env;
    Store<Apart<LateStorage>> store(Apart<LateStorage>{LateStorage(world)},
                                    StoreOptions{std::chrono::seconds(5), &env});
    put(store, "k", "1");
    world->on_write = [](unsigned) { return Delivery::late(); };
    auto const done = store.update("k", [](std::string& text) { text = "2"; });
    CHECK(!done);
    CHECK(done.unknown() == nullptr);  // known not written: it was never sent
    CHECK(done.error() == Errc::unavailable);
    CHECK((*store.get("k"))->value() == "1");
    world->on_write = nullptr;
    CHECK(put(store, "k", "3").sequence() == 2);
    while (world->in_flight() > 0) world->arrive(0);  // the late copies find that they are there
    CHECK(shown(store, "k") == "2* 1 .");
    CHECK(store.get("k", store.version("k", 1).value()).value().value() == "1");
}

TEST_CASE("history faults: a stalled writer cannot bring back what was pruned", "[history]") {
    auto const world = std::make_shared<LateWorld>();
    TestEnvironment env;
    StoreOptions const options{std::chrono::seconds(60), &env};
    Store<Apart<LateStorage>> store(Apart<LateStorage>{LateStorage(world)}, options);
    auto const one = put(store, "k", "secret");
    // The archive of 1 is still under way when 1 is replaced and pruned.
    world->on_write = [](unsigned nth) { return nth == 1 ? Delivery::twice() : Delivery::intact(); };
    for (char const* const text : {"2", "3", "4"}) put(store, "k", text);
    auto const version = store.version("k", 1).value();
    REQUIRE(world->in_flight() == 1);
    REQUIRE(store.prune("k", KeepLast<2>()).value().versions == 2);
    world->arrive(0);
    Context const ctx(env);
    RecordId const id("k", Slot::version, version);
    CHECK(*store.storage().read(ctx, id));  // its bytes are back
    CHECK(store.get("k", version).error() == Errc::not_found);
    CHECK(store.rollback("k", version).error() == Errc::not_found);
    CHECK(store.pin("k", version).error() == Errc::not_found);
    CHECK(store.version("k", 1).error() == Errc::not_found);
    CHECK(shown(store, "k") == "4* 3 .");
    // Nor does a writer that stops between its archive and the state, and goes on after the prune.
    CHECK(store.replace(one, "mine").error() == Errc::conflict);
    CHECK(shown(store, "k") == "4* 3 .");
    CHECK(store.prune("k", KeepAll()).value().versions == 1);
    CHECK(!*store.storage().read(ctx, id));
}

/// Prunes five of six versions, while the reply of the second removal is lost, the third does not leave at once, and
/// the fourth is lost. `versions()`: how many are left of those that were replaced.
template <class S, class Hook>
void prunes_on_a_bad_line(S storage, Hook& hook, bool beside_each_other, auto const& versions) {
    TestEnvironment env;
    Store<Retrying<S>> store(Retrying(std::move(storage)), StoreOptions{std::chrono::seconds(60), &env});
    for (int i = 1; i <= 6; ++i) put(store, "k", std::to_string(i));
    REQUIRE(versions() == 5);
    std::vector<Delivery> ways{Delivery::intact(), Delivery::intact(), Delivery::reply_lost(), Delivery::not_sent()};
    if (!beside_each_other) ways.push_back(Delivery::intact());  // the third is repeated before the fourth is sent
    ways.push_back(Delivery::lost());
    unsigned sent = 0;
    hook = [&](unsigned) { return sent++ < ways.size() ? ways[sent - 1] : Delivery::intact(); };
    CHECK(store.prune("k", KeepLast<1>()).value().versions == 5);
    CHECK(sent == 1 + 5 + 1 + 2);  // what is kept, the removals, that which did not leave, those that nobody answered
    CHECK(versions() == 0);
    CHECK(shown(store, "k") == "6* .");
    hook = nullptr;
}

TEST_CASE("history faults: of the removals of a prune those are sent again whose replies were lost, and no others",
          "[history]") {
    Context const ctx(Environment::system());
    LateStorage const far;
    prunes_on_a_bad_line(Apart<LateStorage>(far), far.world().on_write, false, [&] {
        return far.list(ctx, {.slot = Slot::version}).value().records.size();
    });
    LateObjects const objects{MemoryObjects()};
    auto const storage = ObjectStorage<LateObjects<MemoryObjects>>::open(objects).value();
    prunes_on_a_bad_line(storage, objects.on_write(), true, [&] {
        return objects.list(ctx, {.prefix = "versions/"}).value().objects.size();
    });
}

TEST_CASE("history faults: a pin and a prune at the same time", "[history]") {
    using Hooks = Hooked<MemoryStorage>::Hooks;
    // At every step of a prune somebody else pins the oldest version: it either stays, or the pin is refused.
    for (unsigned at = 0; at < 8; ++at) {
        MemoryStorage memory;
        Store<MemoryStorage> rival(memory);
        for (int i = 1; i <= 4; ++i) put(rival, "k", std::to_string(i));
        auto const oldest = rival.version("k", 1).value();
        auto const hooks = std::make_shared<Hooks>();
        Store<Hooked<MemoryStorage>> store(Hooked(memory, hooks));
        unsigned steps = 0;
        std::optional<Outcome<Pin>> pin;
        hooks->before = [&](Operation const& operation) {
            if (operation.kind == Operation::Kind::list && operation.request->cursor != "") return;
            if (steps++ == at) pin.emplace(rival.pin("k", oldest));
        };
        REQUIRE(store.prune("k", KeepLast<1>()));
        bool const there = rival.get("k", oldest).has_value();
        if (pin) CHECK(pin->applied() == there);
        else CHECK(!there);
        CHECK(broken(memory, {{1, "1"}, {2, "2"}, {3, "3"}, {4, "4"}}) == "");
    }
}

TEST_CASE("history faults: a full disk", "[history]") {
    using Hooks = Hooked<MemoryStorage>::Hooks;
    MemoryStorage memory;
    auto const hooks = std::make_shared<Hooks>();
    Store<Hooked<MemoryStorage>> store(Hooked(memory, hooks));
    for (int i = 1; i <= 6; ++i) put(store, "k", std::to_string(i));
    auto const removes = [](Operation const& operation) {
        if (operation.kind == Operation::Kind::remove) return true;
        if (operation.kind != Operation::Kind::write_all) return false;
        for (Write const& write : operation.writes)
            if (write.record) return false;
        return true;
    };
    // Removing works, writing does not: nothing can be pruned that is not noted, and nothing is lost.
    auto const no_room = [&](Operation const& operation) {
        return operation.writes_something() && !removes(operation) ? Errc::out_of_space : Errc{};
    };
    hooks->refuse = no_room;
    CHECK(store.prune("k", KeepLast<4>()).error() == Errc::out_of_space);
    CHECK(store.update("k", [](std::string& text) { text = "x"; }).error() == Errc::out_of_space);
    CHECK(broken(memory, {}) == "");
    CHECK(shown(store, "k") == "6* 5 4 3 2 1 .");
    // Writing works, removing does not.
    hooks->refuse = [&](Operation const& operation) { return removes(operation) ? Errc::out_of_space : Errc{}; };
    auto const stuck = store.prune("k", KeepLast<4>());
    CHECK(stuck.error() == Errc::out_of_space);
    CHECK(stuck.error().message().find("0 of 2 versions") != std::string_view::npos);
    CHECK(shown(store, "k") == "6* 5 4 3 .");
    CHECK(broken(memory, {}) == "");
    // What was left then makes the room that is needed to go on.
    unsigned left = 1;
    hooks->refuse = [&](Operation const& operation) {
        if (removes(operation)) left = 0;
        return left > 0 ? no_room(operation) : Errc{};
    };
    CHECK(store.prune("k", KeepLast<2>()).value().versions == 4);
    CHECK(broken(memory, {}, true) == "");
    CHECK(shown(store, "k") == "6* 5 .");
}

TEST_CASE("history faults: one damaged version hides no other", "[history]") {
    using Hooks = Hooked<MemoryStorage>::Hooks;
    MemoryStorage memory;
    auto const hooks = std::make_shared<Hooks>();
    Store<Hooked<MemoryStorage>> store(Hooked(memory, hooks));
    for (int i = 1; i <= 6; ++i) put(store, "k", std::to_string(i));
    std::set<std::uint64_t> damaged{4};
    bool head_damaged = false;
    hooks->refuse = [&](Operation const& operation) {
        if (operation.kind != Operation::Kind::read) return Errc{};
        bool const version = operation.id->slot == Slot::version && damaged.contains(operation.id->version.sequence);
        bool const head = operation.id->slot == Slot::current && head_damaged;
        return version || head ? Errc::malformed : Errc{};
    };
    CHECK(shown(store, "k") == "6* 5 4! 3 2 1 .");
    damaged = {5, 4, 1};
    CHECK(shown(store, "k") == "6* 5! 4! 3 2 1! .");
    CHECK(shown(store, "k", {.limit = 2}) == "6* 5! >");
    auto const page = store.history("k").value();
    CHECK(page.versions[1].error->subject().find("version") != std::string_view::npos);
    CHECK(store.get("k", page.versions[1].id).error() == Errc::malformed);
    CHECK(store.get("k", page.versions[3].id).value().value() == "3");

    // One that is missing altogether.
    damaged = {};
    Context const ctx(Environment::system());
    REQUIRE(memory.remove(ctx, RecordId("k", Slot::version, page.versions[2].id), Precondition::none()));
    CHECK(shown(store, "k") == "6* 5 4! 3 2 1 .");
    CHECK(store.get("k", page.versions[2].id).error() == Errc::not_found);
    CHECK(store.prune("k", KeepFor<1>()).value().versions == 0);

    // The current record itself: the versions are there all the same.
    head_damaged = true;
    CHECK(store.get("k").error() == Errc::malformed);
    CHECK(shown(store, "k") == "0*! 5 4! 3 2 1 .");
    CHECK(store.get("k", page.versions[1].id).value().value() == "5");
    CHECK(store.rollback("k", page.versions[1].id).error() == Errc::malformed);
    CHECK(broken(memory, {}) == "version 4 is missing; ");  // and nothing else was lost
}

}  // namespace history_faults_test
