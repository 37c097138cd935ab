// Files of a database that are moved or removed at the worst moment, between two system calls.

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

namespace sqlite_moved_test {

using namespace holdfast;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

/// What the child said.
std::string run(char const* scene, test::TemporaryDirectory const& directory) {
    test::Child child({"timeout", "60", test::child_program("sqlite_moved_child"), scene, directory.path()});
    return child.finish();
}

std::string found(test::TemporaryDirectory const& directory) {
    StateStore<std::string, SqliteStorage, RawBytes> store(SqliteStorage::open(directory.path() + "/state.db").value());
    auto const entry = store.get("k").value();
    return entry ? entry->value() : "-";
}

TEST_CASE("SQLite: a commit into a log that is removed meanwhile is in doubt", "[sqlite][process]") {
    test::TemporaryDirectory const directory;
    std::string const said = run("log", directory);
    CHECK_THAT(said, StartsWith("unknown: ") && ContainsSubstring("-wal") && ContainsSubstring("removed"));
    CHECK_THAT(said, !ContainsSubstring("othing was written") && !ContainsSubstring("repeat"));
    CHECK(found(directory) == "2");  // what the log held was saved before the call returned
}

TEST_CASE("SQLite: what happens within a step of the directory's clock is noticed", "[sqlite][process]") {
    test::TemporaryDirectory const directory;
    std::string const said = run("tick", directory);
    CHECK_THAT(said, StartsWith("error: ") && ContainsSubstring("removed"));
    CHECK_THAT(said, ContainsSubstring("\napplied\n122\n"));
    CHECK(found(directory) == "122");
}

TEST_CASE("SQLite: a backup that is moved into place while the database is opened", "[sqlite][process]") {
    for (char const* const scene : {"restore", "pair"}) {
        test::TemporaryDirectory const directory;
        std::string const said = run(scene, directory);
        CAPTURE(scene, said);
        CHECK(said.find("broken") == said.npos);
        CHECK(said.find(" moments") != said.npos);
        CHECK(said.find("\n0 moments") == said.npos);
    }
}

}  // namespace sqlite_moved_test
