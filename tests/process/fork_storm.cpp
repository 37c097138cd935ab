#include "child.hpp"

#include <catch2/catch_test_macros.hpp>

namespace {

TEST_CASE("fork: a child waits for nobody whom the fork left behind", "[fork]") {
    test::TemporaryDirectory const directory;
    test::Child child({test::child_program("fork_storm_child"), directory.path()});
    INFO(child.finish());
    CHECK(child.succeeded());
}

}  // namespace
