// Pages of a history over a storage that reads many at once.

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <unit/support/counting_objects.hpp>

namespace history_ahead_test {

using namespace holdfast;
using namespace holdfast_tests;
using Counted = ObjectStorage<CountingObjects<>>;
using Store = StateStore<std::string, Counted, History<>, RawBytes>;

Context context() { return Context(Environment::system(), std::chrono::seconds(30)); }

Store written(CountingObjects<>& objects, int versions) {
    Store store{Counted::open(objects).value()};
    for (int i = 1; i <= versions; ++i) REQUIRE(store.update("k", [&](std::optional<std::string>) { return std::to_string(i); }));
    objects.requests().clear();
    return store;
}

TEST_CASE("history: the versions of a page are read beside each other", "[history]") {
    CountingObjects<> objects;
    Store store = written(objects, 50);
    auto const page = store.history("k", {.limit = 20}).value();
    REQUIRE(page.versions.size() == 20);
    for (std::size_t i = 0; i < 20; ++i) {
        CHECK(page.versions[i].id.sequence == 50 - i);
        CHECK_FALSE(page.versions[i].error);
    }
    CHECK(objects.requests().gets == 2);
    CHECK(objects.requests().lists == 1);
    CHECK(objects.requests().flights == 1);

    auto const next = store.history("k", {.cursor = page.next, .limit = 100}).value();
    REQUIRE(next.versions.size() == 30);
    CHECK(next.versions.back().id.sequence == 1);
    CHECK(next.next.empty());
    CHECK(objects.requests().flights == 2);
}

TEST_CASE("history: what was pruned, damaged or lost is shown as ever", "[history]") {
    CountingObjects<> objects;
    Store store = written(objects, 12);
    auto const pin = store.pin("k", store.version("k", 2).value());
    REQUIRE(pin);
    REQUIRE(store.prune("k", KeepLast<9>()));
    auto const name = [&](std::uint64_t sequence) {
        ObjectPage const all = objects.list(context(), {.prefix = "versions/"}).value();
        std::string const digits = to_string(VersionId{sequence, {}}).substr(0, 16);
        for (auto const& object : all.objects)
            if (object.name.find(digits) != std::string::npos) return object.name;
        return std::string();
    };
    REQUIRE(objects.remove(context(), name(9), Precondition::none()));
    std::string_view const odd = "odd";
    REQUIRE(objects.put(context(), name(7), {&odd, 1}, Precondition::none()));
    auto const page = store.history("k").value();
    std::string shown;
    for (auto const& version : page.versions)
        shown += std::to_string(version.id.sequence) + (version.error ? "!" : "") + (version.pinned ? "*" : "") + " ";
    CHECK(shown == "12 11 10 9! 8 7! 6 5 4 2* ");
}

TEST_CASE("history: a listing that would cost more than it saves is not made", "[history]") {
    CountingObjects<> objects;
    Store store = written(objects, 6);
    CHECK(store.history("k", {.limit = 3}).value().versions.size() == 3);
    CHECK(objects.requests().lists == 0);
    CHECK(store.history("k", {.limit = 4}).value().versions.size() == 4);
    CHECK(objects.requests().lists == 1);
}

}  // namespace history_ahead_test
