// Versions: kept, listed, read and rolled back to, where nothing goes wrong; and what that costs.

#include <holdfast/versioning/history.hpp>

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

namespace history_test {

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

TEST_CASE("history: versions of a key, from its first state to its removal and back", "[history]") {
    auto const scenario = [](auto& store) {
        CHECK(shown(store, "k") == ".");
        REQUIRE(store.create("k", "one"));
        CHECK(shown(store, "k") == "1* .");
        put(store, "k", "two");
        auto const three = put(store, "k", "three");
        CHECK(shown(store, "k") == "3* 2 1 .");
        auto const page = store.history("k").value();
        CHECK(page.versions[0].size == 5);
        CHECK(page.versions[2].size == 3);
        CHECK(page.versions[1].who.view() == "tester@host:1");
        for (std::uint64_t n : {1u, 2u, 3u}) {
            auto const version = store.version("k", n).value();
            CHECK(version == page.versions[3 - n].id);
            CHECK(parse_version(to_string(version)) == version);
            CHECK(store.get("k", version).value().sequence() == n);
        }
        CHECK(store.get("k", page.versions[2].id).value().value() == "one");
        CHECK(store.version("k", 4).error() == Errc::not_found);
        CHECK(store.version("k", 0).error() == Errc::not_found);
        CHECK(store.get("k", VersionId{2, WriteId{1, 2}}).error() == Errc::not_found);
        CHECK(store.get("k", VersionId{9, WriteId{1, 2}}).error() == Errc::not_found);
        CHECK(store.get("nobody", page.versions[0].id).error() == Errc::not_found);

        REQUIRE(store.remove(three));
        CHECK(!*store.get("k"));
        CHECK(shown(store, "k") == "removed 3 2 1 .");
        CHECK(store.get("k", page.versions[0].id).value().value() == "three");
        auto const back = store.rollback("k", page.versions[1].id).value();
        CHECK(back.value() == "two");
        CHECK(back.sequence() == 4);
        CHECK((*store.get("k"))->value() == "two");
        CHECK(shown(store, "k") == "4*=2 3 2 1 .");
        auto const again = store.rollback("k", page.versions[1].id).value();  // equal, and written all the same
        CHECK(again.sequence() == 5);
        CHECK(shown(store, "k") == "5*=2 4=2 3 2 1 .");
        CHECK(store.rollback("k", VersionId{9, WriteId{1, 2}}).error() == Errc::not_found);
        REQUIRE(store.create("other", "x"));
        CHECK(shown(store, "other") == "1* .");
    };
    TestEnvironment env;
    StoreOptions const options{std::chrono::seconds(60), &env};
    Store<MemoryStorage> together(options);
    scenario(together);
    Store<Apart<MemoryStorage>> apart(options);
    scenario(apart);
    Store<MemoryStorage, History<>, MutexLock> locked(options);
    scenario(locked);
}

TEST_CASE("history: a version is of whoever wrote its state, not of who locked it to replace it", "[history]") {
    MemoryStorage const storage;
    TestEnvironment ann(1, "ann"), bob(2, "bob"), eve(3, "eve");
    using Leased = BasicStateStore<std::string, MemoryStorage, LeaseLock<>, History<>, PlainText>;
    auto const store_of = [&](TestEnvironment& env) {
        return Leased(storage, StoreOptions{std::chrono::seconds(60), &env});
    };
    auto anns = store_of(ann), bobs = store_of(bob), eves = store_of(eve);
    REQUIRE(anns.create("k", "one"));
    auto const written = anns.get("k").value()->when();
    for (TestEnvironment* env : {&bob, &eve}) env->advance(std::chrono::hours(1));
    REQUIRE(eves.lock("k").value().release());  // who only held it has no part in it
    CHECK(anns.get("k").value()->who() == "ann");
    CHECK(anns.get("k").value()->when() == written);
    REQUIRE(bobs.update("k", [](std::string& state) { state = "two"; }));
    REQUIRE(bobs.remove(*bobs.get("k").value()));
    REQUIRE(eves.lock("k").value().release());
    auto const page = anns.history("k").value();
    REQUIRE(page.versions.size() == 2);
    CHECK(page.versions[1].who.view() == "ann");
    CHECK(page.versions[1].when == written);
    CHECK(page.versions[0].who.view() == "bob");
    REQUIRE(page.removed);
    CHECK(page.removed->who.view() == "bob");
}

TEST_CASE("history: pages, whatever their size", "[history]") {
    Store<MemoryStorage> store;
    for (int i = 1; i <= 7; ++i) put(store, "k", std::to_string(i));
    for (std::size_t limit : {1u, 2u, 3u, 7u, 100u}) {
        std::string all, cursor;
        do {
            auto page = store.history("k", {.cursor = cursor, .limit = limit}).value();
            CHECK(page.versions.size() <= limit);
            for (auto const& version : page.versions) all += std::to_string(version.id.sequence);
            cursor = page.next;
        } while (!cursor.empty());
        CHECK(all == "7654321");
    }
    CHECK(shown(store, "k", {.limit = 0}) == "7* >");
    CHECK(store.history("k", {.cursor = "nonsense"}).error() == Errc::invalid_argument);
    CHECK(shown(store, "k", {.cursor = to_string(store.version("k", 7).value())}) == "7* 6 5 4 3 2 1 .");
}

TEST_CASE("history: attributes come back with a state, unless others are given", "[history]") {
    Store<MemoryStorage> store;
    Attributes const red{{"colour", "red"}}, blue{{"colour", "blue"}};
    auto const one = store.create("k", "one", {.attributes = &red}).value();
    REQUIRE(store.replace(one, "two", {.attributes = &blue}));
    auto const version = store.version("k", 1).value();
    CHECK(store.rollback("k", version).value().attributes() == red);
    CHECK(store.rollback("k", version, {.attributes = &blue}).value().attributes() == blue);
    auto held = store.lock("k").value();
    CHECK(held.rollback(version).value().attributes() == red);
}

/// Remembers over what it codes, and can no longer read what begins with `x`.
struct Particular : PlainText {
    std::shared_ptr<std::string> over = std::make_shared<std::string>();

    Result<void> encode(CodingContext const& ctx, std::string const& state, Buffer& out) {
        *over = ctx.previous == nullptr ? "" : std::string(ctx.previous->payload.view());
        out.append(state);
        return {};
    }
    template <class State>
    Result<State> decode(CodingContext const& ctx, RecordPtr const& record) {
        if (record->payload.view().starts_with('x')) return Error(Errc::malformed, "x");
        CHECK(ctx.sequence == record->stamp.sequence);
        return State(record->payload.view());
    }
};

TEST_CASE("history: a roll back is coded over its version, and rescues from a state that cannot be read", "[history]") {
    Particular coding;
    BasicStateStore<std::string, MemoryStorage, NoLock, History<>, Particular> store(coding);
    auto const one = store.create("k", "one").value();
    auto const two = store.replace(one, "xx").value();
    CHECK(store.get("k").error() == Errc::malformed);
    CHECK(store.update("k", [](std::string&) {}).error() == Errc::malformed);
    CHECK(store.rollback("k", store.version("k", 1).value()).value().value() == "one");
    CHECK(*coding.over == "one");
    CHECK(store.rollback("k", store.version("k", 2).value()).error() == Errc::malformed);
    CHECK((*store.get("k"))->value() == "one");
}

TEST_CASE("history: what operations cost", "[history]") {
    auto const measure = [](auto storage, std::string const& update, std::string const& rollback,
                            std::string const& removal, std::string const& deletes) {
        using S = decltype(storage);
        auto const hooks = std::make_shared<typename Hooked<S>::Hooks>();
        Store<Hooked<S>> store(Hooked<S>(storage, hooks));
        auto const one = store.create("k", "one").value();
        CHECK(hooks->take() == "1w");
        put(store, "k", "two");
        CHECK(hooks->take() == update);
        (void)store.get("k").value();
        CHECK(hooks->take() == "1r");
        auto const versions = store.history("k").value().versions;
        CHECK(hooks->take() == "3r");
        (void)store.get("k", versions[1].id).value();
        CHECK(hooks->take() == "2r");
        (void)store.get("k", versions[0].id).value();
        CHECK(hooks->take() == "3r");
        auto const three = store.rollback("k", versions[1].id).value();
        CHECK(hooks->take() == rollback);
        REQUIRE(store.remove(three));
        CHECK(hooks->take() == removal);
        auto pin = store.pin("k", versions[1].id).value();
        CHECK(hooks->take() == "2r 1w");
        (void)store.get(pin).value();
        CHECK(hooks->take() == "1r");
        pin = store.renew(pin).value();
        CHECK(hooks->take() == "1w");
        (void)store.unpin(pin).value();
        CHECK(hooks->take() == "1w");
        (void)store.prune("k", KeepLast<1>()).value();
        hooks->lists = 0;  // memory lists its shards page by page
        CHECK(hooks->take() == "2r 1w " + deletes);
        CHECK(shown(store, "k") == "removed 3=1 .");
        (void)hooks->take();
        (void)store.prune("k", KeepLast<1>()).value();
        hooks->lists = 0;
        CHECK(hooks->take() == "2r");
    };
    measure(MemoryStorage(), "1r 1b", "3r 1b", "1b", "1b");
    measure(Apart<MemoryStorage>(), "1r 2w", "3r 2w", "2w", "2d");
}

TEST_CASE("history: the policies refuse each other's records; CompareAndSwap's can be adopted", "[history]") {
    MemoryStorage memory;
    Store<MemoryStorage, CompareAndSwap> plain(memory);
    Store<MemoryStorage> strict(memory);
    Store<MemoryStorage> adopting(memory, History<>(HistoryOptions{.adopt_compare_and_swap = true}));
    put(plain, "k", "1");
    put(plain, "k", "2");
    CHECK(strict.update("k", [](std::string& text) { text = "x"; }).error() == Errc::incompatible);
    CHECK(put(adopting, "k", "3").sequence() == 3);
    CHECK(shown(strict, "k") == "3* 2 .");
    CHECK(strict.get("k", strict.version("k", 2).value()).value().value() == "2");
    put(strict, "k", "4");
    CHECK(shown(strict, "k") == "4* 3 2 .");
    CHECK(plain.update("k", [](std::string& text) { text = "x"; }).error() == Errc::incompatible);

    // A removed one, of which a lock left a record: what was removed is not kept, and not missed.
    Context const ctx(Environment::system());
    CompareAndSwap cas;
    auto const one = cas.commit(memory, ctx, RecordId("l"), nullptr, Change{.payload = Bytes::copy("1"), .epoch = 4});
    REQUIRE(cas.commit(memory, ctx, RecordId("l"), one->now, Change{.tombstone = true, .epoch = 4}));
    CHECK(adopting.create("l", "2").value().sequence() == 2);
    CHECK(shown(adopting, "l") == "2* .");
}

TEST_CASE("history: several keys in one transaction", "[history]") {
    auto const hooks = std::make_shared<Hooks>();
    Store<Hooked<MemoryStorage>> store(Hooked(MemoryStorage(), hooks));
    put(store, "a", "1");
    put(store, "b", "1");
    (void)hooks->take();
    auto const change = [](std::span<std::optional<std::string>> states) {
        states[0] = "2";
        states[1] = std::nullopt;
        states[2] = "new";
    };
    REQUIRE(store.transaction({"a", "b", "c"}, change));
    CHECK(hooks->take() == "3r 1b");
    CHECK(shown(store, "a") == "2* 1 .");
    CHECK(shown(store, "b") == "removed 1 .");
    CHECK(shown(store, "c") == "1* .");

    // A version that is there already, as a crash leaves it, is no obstacle.
    Context const ctx(Environment::system());
    auto const head = *store.storage().read(ctx, RecordId("a"));
    REQUIRE(holdfast::detail::archive_of(head).record == head);  // not copied
    auto const ahead = holdfast::detail::archive_of(head);
    REQUIRE(store.storage().write(ctx, ahead.id, ahead.record, ahead.when));
    REQUIRE(store.transaction({"a", "b"}, [](auto states) { states[0] = states[1] = "3"; }));
    CHECK(shown(store, "a") == "3* 2 1 .");
    CHECK(shown(store, "b") == "2* 1 .");
}

TEST_CASE("history: a wait ends when the content changes, not when a lock is taken", "[history]") {
    auto const hooks = std::make_shared<Hooks>();
    TestEnvironment env;
    Store<Hooked<MemoryStorage>> store(Hooked(MemoryStorage(), hooks), StoreOptions{std::chrono::seconds(60), &env});
    Store<MemoryStorage> rival(store.storage().next());
    Context const ctx(env);
    CHECK(store.wait_for_change("k", std::nullopt, {.timeout = std::chrono::seconds(1)}).error() == Errc::timed_out);
    auto const one = store.create("k", "1").value();
    CHECK(store.wait_for_change("k", std::nullopt).value()->value() == "1");
    unsigned turns = 0;
    hooks->before = [&](Operation const&) {
        ++turns;
        if (turns == 3) {  // a lock comes and goes
            auto const now = *rival.storage().read(ctx, RecordId("k"));
            REQUIRE(settle(rival.storage(), ctx, RecordId("k"), now,
                           Change{.payload = now->payload, .same_content = true, .epoch = 5}));
        }
        if (turns == 6) put(rival, "k", "2");
    };
    CHECK(store.wait_for_change("k", one).value()->value() == "2");
    CHECK(turns >= 6);
    hooks->before = nullptr;
    auto const two = *store.get("k");
    REQUIRE(rival.remove(*two));
    CHECK(!*store.wait_for_change("k", two));
    CHECK(store.wait_for_change("k", std::nullopt, {.timeout = Duration::zero()}).error() == Errc::timed_out);
}

}  // namespace history_test
