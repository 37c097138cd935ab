#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>

#include <sqlite3.h>

#include <cstdlib>
#include <string>

#include <unistd.h>

namespace sqlite_swallowed_test {

using namespace holdfast;

TEST_CASE("SQLite: a trigger that swallows writes is named, not other writers", "[store][sqlite]") {
    char directory[] = "/tmp/holdfast-swallow-XXXXXX";
    REQUIRE(::mkdtemp(directory) != nullptr);
    std::string const path = std::string(directory) + "/states.db";
    auto opened = SqliteStorage::open(path);
    REQUIRE(opened);
    StateStore<std::string, SqliteStorage, RawBytes> store(*opened);
    REQUIRE(store.create("k", "1"));
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, "create trigger swallow before update on state begin select raise(ignore); end", nullptr,
                         nullptr, nullptr) == SQLITE_OK);
    int runs = 0;
    auto const done = store.update("k", [&](std::string& text) {
        ++runs;
        text += '+';
    });
    CHECK(done.error() == Errc::store_violates_conditions);
    CHECK(runs <= 3);
    CHECK(sqlite3_exec(db, "drop trigger swallow", nullptr, nullptr, nullptr) == SQLITE_OK);
    (void)sqlite3_close(db);
    CHECK(store.update("k", [](std::string& text) { text += '+'; }));
    CHECK(std::system(("rm -r " + std::string(directory)).c_str()) == 0);
}

}  // namespace sqlite_swallowed_test
