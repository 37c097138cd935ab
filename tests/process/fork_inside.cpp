#include "child.hpp"

#include <catch2/catch_test_macros.hpp>

namespace {

TEST_CASE("forks: a child goes on, wherever another thread of its parent was", "[fork]") {
    test::Child child({test::child_program("fork_inside_child")});
    INFO(child.finish());
    CHECK(child.succeeded());
}

TEST_CASE("forks: a child asks the system for randomness of its own, whatever the processor gives", "[fork]") {
    test::Child child({test::child_program("fork_random_child")});
    INFO(child.finish());
    CHECK(child.succeeded());
}

}  // namespace
