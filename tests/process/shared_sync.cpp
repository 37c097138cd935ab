// A disk that fails tells each open description once: two threads who share one would be told half of it.

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>

namespace shared_sync_test {

TEST_CASE("file storage: each of two threads is told that the directories both made are not on disk",
          "[file][process]") {
    test::TemporaryDirectory const directory;
    test::Child child({"timeout", "20", test::child_program("shared_sync_child"), directory.path() + "/s"});
    CHECK(child.finish() == "error error, 2 made\n");
    CHECK(child.succeeded());
}

}  // namespace shared_sync_test
