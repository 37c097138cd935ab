// A lock's file that is removed in the middle of a write excludes nobody any more: what another wrote meanwhile stays.

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace lock_removed_test {

std::string run(std::string const& call) {
    test::TemporaryDirectory const directory;
    test::Child child({"timeout", "60", test::child_program("lock_removed_child"), call, directory.path()});
    std::string said = child.finish();
    CHECK(child.succeeded());
    return said;
}

TEST_CASE("files: who is left without a lock between comparison and write begins again", "[file][process]") {
    CHECK(run("update") == "conflict other");
    CHECK(run("remove") == "conflict other");
}

}  // namespace lock_removed_test
