#include "sqlite_support.hpp"

#include <set>

using namespace sqlite_test;

namespace {

std::vector<std::string> keys_of(SqliteStorage const& storage, ListRequest request) {
    std::vector<std::string> keys;
    std::string cursor;
    do {
        request.cursor = cursor;
        auto page = storage.list(patient(), request).value();
        CHECK(page.records.size() <= request.limit);
        for (auto const& record : page.records) keys.push_back(record.key.str());
        cursor = std::move(page.next);
    } while (!cursor.empty());
    return keys;
}

}  // namespace

TEST_CASE("sqlite: a prefix is bytes, not a pattern") {
    Place const place;
    auto storage = open(place / "state.db");
    for (KeyView const key : {KeyView("a"), KeyView("a%"), KeyView("a%b"), KeyView("a_b"), KeyView("axb"), KeyView("b"),
                              KeyView("A"), KeyView("\xf4\x8f\xbf\xbf"), KeyView("\xc3\xa4")})
        put(storage, make(key, "x"));
    put(storage, make("a%gone", "", nullptr, true));
    using Keys = std::vector<std::string>;
    CHECK(keys_of(storage, {.prefix = "a%"}) == Keys{"a%", "a%b"});
    CHECK(keys_of(storage, {.prefix = "a_"}) == Keys{"a_b"});
    CHECK(keys_of(storage, {.prefix = "a"}) == Keys{"a", "a%", "a%b", "a_b", "axb"});
    CHECK(keys_of(storage, {.prefix = "a", .whole_key = true}) == Keys{"a"});
    CHECK(keys_of(storage, {.prefix = "a%gone"}).empty());
    CHECK(keys_of(storage, {.prefix = "\xf4"}) == Keys{"\xf4\x8f\xbf\xbf"});
    CHECK(keys_of(storage, {.prefix = "\xff"}).empty());
    CHECK(keys_of(storage, {}).size() == 9);
    CHECK(keys_of(storage, {.limit = 1}).size() == 9);
    CHECK(keys_of(storage, {.prefix = "a", .limit = 2}).size() == 5);
}

TEST_CASE("sqlite: versions are listed by key and sequence") {
    Place const place;
    auto storage = open(place / "state.db");
    std::vector<VersionId> expected;
    for (std::uint64_t i = 1; i <= 20; ++i) {
        expected.push_back({i * 7, {i, ~i}});
        for (KeyView const key : {KeyView("k"), KeyView("kk")})
            put(storage, make(key, "x", nullptr, i == 3), Precondition::absent(), Slot::version, expected.back());
    }
    for (std::size_t const limit : {1u, 3u, 20u, 1000u}) {
        std::vector<VersionId> found;
        ListRequest request{.slot = Slot::version, .prefix = "k", .whole_key = true, .limit = limit};
        std::string cursor;
        do {
            request.cursor = cursor;
            auto page = storage.list(patient(), request).value();
            for (auto const& record : page.records) found.push_back(record.version);
            cursor = page.next;
        } while (!cursor.empty());
        CHECK(found == expected);
        CHECK(keys_of(storage, {.slot = Slot::version, .prefix = "k", .limit = limit}).size() == 40);
    }
    CHECK(keys_of(storage, {}).empty());
}

TEST_CASE("sqlite: many keys in pages, while others come and go") {
    Place const place;
    auto storage = open(place / "state.db", {.durability = Durability::none});
    constexpr int count = 100'000;
    for (int i = 0; i < count;) {
        std::vector<RecordPtr> records;
        std::vector<Write> writes;
        for (int n = 0; n < 1000; ++n, ++i) {
            records.push_back(make(Key::parse("key/" + std::to_string(i)).value(), "x"));
            writes.push_back({RecordId(records.back()->key), records.back(), Precondition::absent()});
        }
        REQUIRE(storage.write_all(patient(), writes).value().kind() == Kind::applied);
    }
    std::set<std::string> seen;
    std::string cursor;
    int pages = 0;
    do {
        auto page = storage.list(patient(), {.prefix = "key/", .cursor = cursor}).value();
        for (auto const& record : page.records) REQUIRE(seen.insert(record.key.str()).second);
        put(storage, make(Key::parse("key/new" + std::to_string(pages)).value(), "x"));
        cursor = page.next;
        ++pages;
    } while (!cursor.empty());
    CHECK(pages >= 100);
    int missing = 0;
    for (int i = 0; i < count; ++i) missing += seen.count("key/" + std::to_string(i)) == 0 ? 1 : 0;
    CHECK(missing == 0);
}
