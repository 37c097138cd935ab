// Changes that come in the moments in which nobody listens.

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace watch_gaps_test {

TEST_CASE("files: a directory that comes before its birth is listened for is seen", "[file][watch][process]") {
    test::TemporaryDirectory const directory;
    test::Child child({"timeout", "60", test::child_program("watch_gaps_child"), directory.path()});
    CHECK(child.finish() == "40");
    CHECK(child.succeeded());
}

}  // namespace watch_gaps_test
