// What is kept of versions and what goes: retention, pins, prunes and purges.

#include <holdfast/versioning/history.hpp>

#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

namespace history_prune_test {

using namespace holdfast;
using namespace holdfast::testing;
using holdfast_tests::Apart;
using holdfast_tests::Hooked;
using holdfast_tests::PlainText;
using holdfast_tests::put;
using holdfast_tests::shown;

template <class S, class V = History<>, class L = NoLock>
using Store = BasicStateStore<std::string, S, L, V, PlainText>;
using Hooks = Hooked<MemoryStorage>::Hooks;

TEST_CASE("history: 10,000 versions cost as much to look at as ten", "[history]") {
    auto const hooks = std::make_shared<Hooks>();
    Store<Hooked<MemoryStorage>> store(Hooked(MemoryStorage(), hooks));
    auto entry = store.create("k", "0").value();
    for (int i = 1; i < 10'000; ++i) entry = store.replace(entry, std::to_string(i)).value();
    (void)hooks->take();
    auto page = store.history("k", {.limit = 10}).value();
    CHECK(hooks->take() == "11r");
    CHECK(page.versions.size() == 10);
    CHECK(page.versions.front().id.sequence == 10'000);
    page = store.history("k", {.cursor = page.next, .limit = 10}).value();
    CHECK(hooks->take() == "11r");
    CHECK(page.versions.back().id.sequence == 9'981);
    (void)store.get("k", page.versions.back().id).value();
    CHECK(hooks->take() == "2r");
    std::size_t calls = 0, last = 0;
    auto const pruned =
        store.prune("k", KeepLast<100>(), {.count_bytes = false}, {}, [&](std::size_t now, std::size_t) {
            ++calls;
            CHECK(now > last);
            last = now;
        });
    CHECK(pruned->versions == 9'900);
    CHECK(last == 9'900);
    CHECK(calls == 99);
    CHECK(hooks->batches == 99);
    CHECK(store.history("k", {.limit = 1'000}).value().versions.size() == 100);
}

TEST_CASE("history: what a prune keeps", "[history]") {
    TestEnvironment env;
    Store<MemoryStorage> store(StoreOptions{std::chrono::seconds(60), &env});
    auto const begin = [&](KeyView key) {
        for (int i = 1; i <= 10; ++i) {
            put(store, key, std::string(static_cast<std::size_t>(i), 'x'));
            env.advance(std::chrono::hours(1));
        }
    };
    auto const left = [&](KeyView key, auto const& retention) {
        begin(key);
        (void)store.prune(key, retention, {.trust_clocks = true}).value();
        return shown(store, key, {.limit = 100});
    };
    CHECK(left("a", KeepAll()) == "10* 9 8 7 6 5 4 3 2 1 .");
    CHECK(left("b", KeepLast<3>()) == "10* 9 8 .");
    CHECK(left("c", KeepLast<1>()) == "10* .");
    CHECK(left("d", KeepLast<100>()) == "10* 9 8 7 6 5 4 3 2 1 .");
    CHECK(left("e", KeepFor<3 * 3600>()) == "10* 9 8 7 .");  // the 7th was the state until the 8th came, 3 hours ago
    CHECK(left("f", KeepFor<0>()) == "10* .");
    CHECK(left("g", KeepFor<100 * 3600>()) == "10* 9 8 7 6 5 4 3 2 1 .");
    CHECK(left("h", KeepBytes<27>()) == "10* 9 8 .");
    CHECK(left("i", KeepBytes<26>()) == "10* 9 .");
    CHECK(left("j", KeepBytes<1>()) == "10* .");
    CHECK(left("k", KeepIfAny<KeepLast<2>, KeepFor<3 * 3600>>()) == "10* 9 8 7 .");
    CHECK(left("l", KeepIfEvery<KeepLast<2>, KeepFor<3 * 3600>>()) == "10* 9 .");
    CHECK(left("m", KeepLimits{.last = 5, .bytes = 27}) == "10* 9 8 .");
    CHECK(left("n", KeepLimits{.age = endless}) == "10* 9 8 7 6 5 4 3 2 1 .");

    auto const counted = store.prune("a", KeepLast<2>(), {.count_bytes = true}).value();
    CHECK(counted.versions == 8);
    CHECK(counted.bytes == 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8);
    CHECK(counted.floor == 9);
    CHECK(store.prune("a", KeepLast<5>()).value().floor == 9);  // it never goes back
    CHECK(store.prune("nobody", KeepLast<5>()).value().versions == 0);
    CHECK(store.prune("g", KeepFor<3 * 3600>()).value().versions == 0);  // nobody has watched yet
    CHECK(store.version("a", 3).error() == Errc::not_found);

    Store<MemoryStorage, History<KeepLast<4>>> frugal(store.storage(), StoreOptions{std::chrono::seconds(60), &env});
    CHECK(frugal.prune("d").value().versions == 6);
    CHECK(shown(frugal, "d") == "10* 9 8 7 .");
}

TEST_CASE("history: a version that was pruned does not exist, even while its bytes do", "[history]") {
    auto const hooks = std::make_shared<Hooks>();
    Store<Hooked<MemoryStorage>> store(Hooked(MemoryStorage(), hooks));
    for (int i = 1; i <= 5; ++i) put(store, "k", std::to_string(i));
    auto const versions = store.history("k").value().versions;
    hooks->refuse = [](Operation const& operation) {  // the prune dies after the floor was raised
        bool const removes = operation.kind == Operation::Kind::write_all || operation.kind == Operation::Kind::remove;
        return removes ? Errc::unavailable : Errc{};
    };
    CHECK(store.prune("k", KeepLast<2>()).error() == Errc::unavailable);
    hooks->refuse = nullptr;
    Context const ctx(Environment::system());
    CHECK(*store.storage().read(ctx, RecordId("k", Slot::version, versions[4].id)));  // there
    auto const gone = store.get("k", versions[4].id);
    CHECK(gone.error() == Errc::not_found);
    CHECK(gone.error().message().find("pruned") != std::string_view::npos);
    CHECK(store.rollback("k", versions[4].id).error() == Errc::not_found);
    CHECK(store.pin("k", versions[4].id).error() == Errc::not_found);
    CHECK(shown(store, "k") == "5* 4 .");
    CHECK(store.prune("k", KeepAll()).value().versions == 3);  // the next one ends its work
    CHECK(!*store.storage().read(ctx, RecordId("k", Slot::version, versions[4].id)));
}

TEST_CASE("history: pins hold versions, and say whose they are", "[history]") {
    TestEnvironment env;
    Store<MemoryStorage> store(StoreOptions{std::chrono::seconds(60), &env});
    CHECK(store.pin("k").error() == Errc::not_found);
    for (int i = 1; i <= 5; ++i) put(store, "k", std::to_string(i));
    auto const first = store.version("k", 1).value();
    auto const old = store.pin("k", first, {.ttl = std::chrono::hours(1), .purpose = "deploy \"7\""}).value();
    auto const now = store.pin("k", {.ttl = endless}).value();
    CHECK(store.get(now).value().value() == "5");
    for (int i = 6; i <= 9; ++i) put(store, "k", std::to_string(i));
    CHECK(store.get(now).value().value() == "5");
    CHECK(shown(store, "k") == "9* 8 7 6 5p 4 3 2 1p .");
    CHECK(store.prune("k", KeepLast<2>()).value().versions == 5);
    CHECK(shown(store, "k") == "9* 8 5p 1p .");
    CHECK(shown(store, "k", {.limit = 2}) == "9* 8 >");
    CHECK(shown(store, "k", {.cursor = store.history("k", {.limit = 2}).value().next}) == "5p 1p .");
    CHECK(store.get("k", first).value().value() == "1");
    auto const again = store.pin("k", first).value();  // below the floor, but held by another pin
    REQUIRE(store.unpin(again));
    REQUIRE(store.unpin(again));

    auto const pins = store.pins("k").value();
    REQUIRE(pins.size() == 2);
    CHECK(pins[0].purpose == "deploy \"7\"");
    CHECK(pins[0].who.view() == "tester@host:1");
    CHECK(pins[1].ttl == endless);

    // Another process goes on with the printed pin.
    auto const text = to_string(old);
    auto const parsed = parse_pin(text);
    REQUIRE(parsed);
    CHECK(to_string(*parsed) == text);
    CHECK(parse_pin(to_string(now))->ttl() == endless);
    for (std::size_t i = 0; i < text.size(); ++i) CHECK_FALSE(parse_pin(text.substr(0, i)));
    CHECK(store.get(*parsed).value().value() == "1");

    // Dropped when it was seen unrenewed for its time to live, and not before.
    CHECK(store.prune("k", KeepLast<2>()).value().pins == 0);
    env.advance(std::chrono::minutes(59));
    CHECK(store.prune("k", KeepLast<2>()).value().pins == 0);
    auto const renewed = store.renew(*parsed).value();
    env.advance(std::chrono::minutes(2));
    CHECK(store.prune("k", KeepLast<2>()).value().pins == 0);
    env.advance(std::chrono::minutes(61));
    auto const last = store.prune("k", KeepLast<2>()).value();
    CHECK(last.pins == 1);
    CHECK(last.versions == 1);
    CHECK(store.get(renewed).error() == Errc::not_found);
    CHECK(store.renew(renewed).error() == Errc::lost);
    CHECK(store.pin("k", first).error() == Errc::not_found);
    CHECK(shown(store, "k") == "9* 8 5p .");
    CHECK(store.pin("k", {.purpose = "\xff"}).error() == Errc::invalid_argument);
    CHECK(store.pin("k", {.ttl = -std::chrono::hours(1)}).error() == Errc::invalid_argument);
}

TEST_CASE("history: the record of what is kept is strict text", "[history]") {
    using holdfast::detail::from_retention_text;
    using holdfast::detail::RetentionState;
    using holdfast::detail::to_retention_text;
    TestEnvironment env;
    RetentionState state{42, env.new_write_id(), {}};
    for (char const* const purpose : {"", "a\n\"b\"\\"})
        state.pins.push_back({{.id = env.new_write_id(),
                               .version = {7, env.new_write_id()},
                               .ttl = std::chrono::seconds(3),
                               .when = Timestamp(std::chrono::microseconds(1'700'000'000'123'456)),
                               .who = env.who(),
                               .purpose = purpose},
                              env.new_write_id()});
    auto const bytes = to_retention_text(state);
    auto const back = from_retention_text(bytes.view()).value();
    CHECK(to_retention_text(back).view() == bytes.view());
    CHECK(back.floor == 42);
    CHECK(back.pins[1].purpose == "a\n\"b\"\\");
    CHECK(back.pins[0].nonce == state.pins[0].nonce);
    for (std::size_t i = 0; i < bytes.size(); ++i) CHECK_FALSE(from_retention_text(bytes.view().substr(0, i)));
    std::string later(bytes.view());
    later.replace(later.find("\"1\""), 3, "\"3\"");
    CHECK(from_retention_text(later).error() == Errc::incompatible);
    std::string more(bytes.view());
    more.insert(more.size() - 1, ",\"new\":\"member\"");
    CHECK(from_retention_text(more).error() == Errc::malformed);
}

TEST_CASE("history: a purge forgets a removed key for good", "[history]") {
    TestEnvironment env;
    auto const scenario = [&](auto& store) {
        REQUIRE(store.purge("k"));  // nothing there
        auto entry = store.create("k", "1").value();
        entry = store.replace(entry, "2").value();
        auto const pin = store.pin("k", store.version("k", 1).value(), {.purpose = "why"}).value();
        CHECK(store.purge("k").error() == Errc::conflict);
        REQUIRE(store.remove(entry));
        auto const young = store.purge("k");
        CHECK(young.error() == Errc::busy);
        CHECK(young.error().message().find("86400 s") != std::string_view::npos);
        env.advance(std::chrono::hours(24));
        auto const pinned = store.purge("k");
        CHECK(pinned.error() == Errc::busy);
        CHECK(pinned.error().message().find("why") != std::string_view::npos);
        REQUIRE(store.unpin(pin));
        REQUIRE(store.purge("k"));
        Context const ctx(env);
        CHECK(!*store.storage().read(ctx, RecordId("k")));
        CHECK(!*store.storage().read(ctx, RecordId("k", Slot::retention)));
        ListRequest const all{.slot = Slot::version, .prefix = "k", .whole_key = true};
        for (ListPage page = store.storage().list(ctx, all).value();;
             page = store.storage()
                        .list(ctx, {.slot = Slot::version, .prefix = "k", .whole_key = true, .cursor = page.next})
                        .value()) {
            CHECK(page.records.empty());
            if (page.next.empty()) break;
        }
        REQUIRE(store.create("k", "new"));
        CHECK(shown(store, "k") == "1* .");
        env.advance(-std::chrono::hours(1));
        REQUIRE(store.remove(**store.get("k")));
        env.advance(-std::chrono::hours(1));
        CHECK(store.purge("k").error() == Errc::busy);  // removed in the future, as it seems
        REQUIRE(store.purge("k", Duration::zero()));
        CHECK(!*store.storage().read(Context(env), RecordId("k", Slot::lock)));
    };
    StoreOptions const options{std::chrono::seconds(60), &env};
    Store<MemoryStorage> together(options);
    scenario(together);
    Store<Apart<MemoryStorage>, History<>, MutexLock> apart(options);
    scenario(apart);
}

}  // namespace history_prune_test
