// Versions in files and in a database: many of them, after reopening, and while threads write, pin and prune at once.

#include <holdfast/versioning/history.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/storage/sqlite_support.hpp>
#include <unit/support/history_invariants.hpp>
#include <unit/support/history_storages.hpp>
#include <unit/support/plain_text.hpp>

#include <thread>

namespace history_disk_test {

using namespace holdfast;
using holdfast_tests::broken;
using holdfast_tests::Hooked;
using holdfast_tests::PlainText;
using holdfast_tests::put;
using holdfast_tests::shown;
using sqlite_test::Place;
using Files = FileStorage<SlotFirst, Durability::none>;

template <class S>
using Store = BasicStateStore<std::string, S, NoLock, History<>, PlainText>;

SqliteStorage database(Place const& place) {
    return SqliteStorage::open(place / "state.db", {.durability = Durability::none}).value();
}

template <class Open>
void keep_many(Open&& open, unsigned many, std::string const& update) {
    using S = decltype(open());
    auto const hooks = std::make_shared<typename Hooked<S>::Hooks>();
    {
        Store<Hooked<S>> store(Hooked<S>(open(), hooks));
        auto entry = store.create("k", "1").value();
        hooks->take();
        for (unsigned i = 2; i <= many; ++i) entry = store.replace(entry, std::to_string(i)).value();
        CHECK(hooks->take() == update);
    }
    Store<Hooked<S>> store(Hooked<S>(open(), hooks));
    auto const page = store.history("k", {.limit = 3}).value();
    CHECK(hooks->take() == "4r");
    CHECK(page.versions.back().id.sequence == many - 2);
    CHECK(store.get("k", page.versions.back().id).value().value() == std::to_string(many - 2));
    CHECK(hooks->take() == "2r");
    auto const first = store.version("k", 1).value();
    CHECK(store.get("k", first).value().value() == "1");
    auto const pin = store.pin("k", first).value();
    CHECK(store.prune("k", KeepLast<2>()).value().versions == many - 3);
    CHECK(shown(store, "k") == std::to_string(many) + "* " + std::to_string(many - 1) + " 1p .");
    CHECK(store.rollback("k", first).value().value() == "1");
    CHECK(broken(store.storage(), {{1, "1"}}) == "");
}

TEST_CASE("history: thousands of versions in a database and in files", "[history]") {
    Place const place;
    keep_many([&] { return database(place); }, 10'000, "9999b");
    keep_many([&] { return Files::open(place / "files").value(); }, 2'000, "3998w");
}

template <class S>
void crowd(S storage) {
    constexpr unsigned writers = 3, each = 60;
    Store<S> store(storage);
    REQUIRE(store.create("k", ""));
    std::vector<std::thread> threads;
    std::atomic<unsigned> applied{0}, lost_pins{0}, pinned{0}, failed{0};
    std::atomic<bool> done{false};
    for (unsigned i = 0; i < writers; ++i)
        threads.emplace_back([&] {
            for (unsigned n = 0; n < each; ++n)
                if (store.update("k", [](std::string& text) { text.push_back('x'); })) ++applied;
                else ++failed;
        });
    threads.emplace_back([&] {
        while (!done)
            if (!store.prune("k", KeepLast<3>())) ++failed;
    });
    threads.emplace_back([&] {
        do {
            auto const pin = store.pin("k");
            if (!pin) {
                ++failed;
                continue;
            }
            ++pinned;
            for (int i = 0; i < 3; ++i) {
                auto const held = store.get(*pin);
                if (!held || held->value().size() + 1 != pin->version().sequence) ++lost_pins;
            }
            if (!store.unpin(*pin)) ++failed;
        } while (!done);
    });
    for (unsigned i = 0; i < writers; ++i) threads[i].join();
    done = true;
    threads[writers].join();
    threads[writers + 1].join();
    CHECK(failed == 0);
    CHECK(lost_pins == 0);
    CHECK(pinned > 0);
    CHECK(applied == writers * each);
    CHECK((*store.get("k"))->value().size() == writers * each);
    REQUIRE(store.prune("k", KeepLast<3>()));
    CHECK(broken(storage, {}, true) == "");
    auto const left = store.history("k").value();
    REQUIRE(left.versions.size() == 3);
    for (auto const& version : left.versions)
        CHECK(store.get("k", version.id).value().value().size() + 1 == version.id.sequence);
}

TEST_CASE("history: writers, a pinning reader and a pruner at once", "[history]") {
    Place const place;
    crowd(MemoryStorage());
    crowd(database(place));
    crowd(Files::open(place / "files").value());
}

}  // namespace history_disk_test
