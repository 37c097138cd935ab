// Syncs that fail, one after the other: what is reported applied was synced, and what was not is said to be in doubt
// until it was written anew.

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <string>

namespace syncs_test {

std::string run(std::string const& storage, std::string const& scene, std::string const& directory, int error = EIO) {
    auto const program = test::child_program("sync_child");
    test::Child child({"timeout", "60", program, storage, scene, std::to_string(error), directory});
    std::string text = child.finish();
    CHECK(child.succeeded());
    return text;
}

void holds(std::string const& storage, std::string const& scene, int error = EIO) {
    test::TemporaryDirectory const directory;
    std::string const said = run(storage, scene, directory.path(), error);
    CAPTURE(storage, scene, error, said);
    CHECK(said.find("broken") == said.npos);
    CHECK(said.find(" trials") != said.npos);
}

TEST_CASE("files: of every call each sync fails once, and all that follow", "[file][process]") {
    for (int const error : {EIO, ENOSPC})
        for (char const* const scene : {"create", "update", "remove", "history", "lease"}) holds("files", scene, error);
}

TEST_CASE("files: what was not synced is made anew when it is asked for again", "[file][process]") {
    holds("files", "again");
}

TEST_CASE("files: a body that comes from a file is synced before it can be seen, and its name after that",
          "[file][process]") {
    for (int const error : {EIO, ENOSPC}) holds("files", "large", error);
}

TEST_CASE("files: whoever finds no mark syncs every directory above", "[file][process]") { holds("files", "open"); }

TEST_CASE("files: the strongest durability of a directory holds for all who come later", "[file][process]") {
    holds("files", "mixed");
}

TEST_CASE("files: what was written without syncs is synced before more is promised, or never believed",
          "[file][process]") {
    for (int const error : {EIO, ENOSPC}) holds("files", "raised", error);
}

TEST_CASE("SQLite: of every call each sync fails once, and all that follow", "[sqlite][process]") {
    for (int const error : {EIO, ENOSPC})
        for (char const* const scene : {"create", "update", "remove", "history", "lease", "transaction"})
            holds("sqlite", scene, error);
}

TEST_CASE("SQLite: what a seal said holds after a crash", "[sqlite][process]") {
    using namespace holdfast;
    test::TemporaryDirectory const directory;
    std::string const said = run("sqlite", "crash", directory.path());
    StateStore<std::string, SqliteStorage, RawBytes> store(SqliteStorage::open(directory.path() + "/state.db").value());
    CHECK(said == "never\n");
    CHECK(store.get("k").value()->value() == "1");
}

}  // namespace syncs_test
