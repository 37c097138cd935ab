// What was acknowledged without a change to be made: that a key is gone, that nothing is there. It holds after a kill,
// although the log has a commit whose sync failed.

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

namespace sqlite_undone_test {

using namespace holdfast;

TEST_CASE("SQLite: what is said to be gone does not come back from a commit that failed", "[sqlite][process]") {
    std::string const how =
        GENERATE(as<std::string>(), "purge", "remove key", "remove", "remove absent", "transaction", "batch");
    std::string const where = GENERATE(as<std::string>(), "here", "elsewhere");
    CAPTURE(how, where);
    test::TemporaryDirectory const directory;
    test::Child child({"timeout", "60", test::child_program("sqlite_undone_child"), how, where, directory.path()});
    std::string const said = child.finish();
    CHECK(said.starts_with("applied, "));
    CHECK((said == "applied, 1 syncs\n" || where == "elsewhere"));  // which may begin the log anew
    StateStore<std::string, SqliteStorage, RawBytes> store(SqliteStorage::open(directory.path() + "/state.db").value());
    auto const now = store.get("k").value();
    CHECK((now ? now->value() : "-") == "-");
    CHECK(store.create("k", "1").applied());
}

}  // namespace sqlite_undone_test
