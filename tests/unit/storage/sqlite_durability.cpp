// Programs that promise different things about a power loss, at one database.

#include <unit/storage/sqlite_support.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <optional>

namespace sqlite_durability_test {

using namespace sqlite_test;
using Catch::Matchers::ContainsSubstring;
SqliteStorage with(std::string const& path, Durability durability) { return open(path, {.durability = durability}); }

/// Whether the database is written without syncs.
bool unsynced(std::string const& path) {
    return Plain{path}("select count(*) from sqlite_schema where name = 'holdfast'") == "1";
}

TEST_CASE("sqlite: a database says that nobody was promised syncs, until somebody is") {
    Place const place;
    std::string const path = place / "state.db";
    Durability const stronger = GENERATE(Durability::full, Durability::data);
    { put(*std::make_unique<SqliteStorage>(with(path, Durability::none)), make("a", "1")); }
    CHECK(unsynced(path));
    CHECK(Plain{path}("select durability from holdfast") == "none");
    auto second = with(path, Durability::none);
    put(second, make("b", "2"));
    CHECK(unsynced(path));

    auto const refused = SqliteStorage::open(path, {.durability = stronger});
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Errc::busy);
    CHECK_THAT(refused.error().describe(), ContainsSubstring("durability=none"));
    put(second, make("c", "3"));  // is not kept from it
    CHECK(unsynced(path));

    second = open(place / "another.db");
    auto strong = with(path, stronger);
    CHECK_FALSE(unsynced(path));
    put(strong, make("d", "4"));
    auto weak = with(path, Durability::none);  // is written as `data` is
    put(weak, make("e", "5"));
    CHECK_FALSE(unsynced(path));
    CHECK(Plain{path}("select group_concat(key, '') from state") == "abcde");
    CHECK(Plain{path}("pragma journal_mode") == "wal");
}

TEST_CASE("sqlite: who was promised syncs keeps them, whoever comes later") {
    Place const place;
    std::string const path = place / "state.db";
    std::optional<SqliteStorage> strong = with(path, Durability::full);
    put(*strong, make("precious", "acknowledged"));
    auto weak = with(path, Durability::none);
    put(weak, make("other", "v"));
    CHECK_FALSE(unsynced(path));
    strong.reset();
    CHECK(SqliteStorage::open(path));
}

TEST_CASE("sqlite: a table of that name that is not ours is not touched") {
    Place const place;
    std::string const path = place / "state.db";
    Durability const durability = GENERATE(Durability::full, Durability::none);
    SECTION("in a database without ours") {
        Plain{path}("create table holdfast (id integer)");
        auto const storage = SqliteStorage::open(path, {.durability = durability});
        CHECK(storage.error() == Errc::incompatible);
    }
    SECTION("beside ours, which do not need it") {
        { (void)with(path, Durability::full); }
        Plain{path}("create table holdfast (id integer)");
        CHECK(SqliteStorage::open(path, {.durability = durability}));
    }
    CHECK(Plain{path}("select sql from sqlite_schema where name = 'holdfast'") == "CREATE TABLE holdfast (id integer)");
}

}  // namespace sqlite_durability_test
