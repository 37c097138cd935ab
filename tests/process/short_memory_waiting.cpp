#include "child.hpp"

#include <catch2/catch_test_macros.hpp>

namespace {

TEST_CASE("short memory: whoever waits for a lock or a turn may fail, and keeps it from nobody", "[memory]") {
    test::TemporaryDirectory const directory;
    test::Child child({test::child_program("short_memory_waiting_child"), directory.path() + "/lock"});
    INFO(child.finish());
    CHECK(child.succeeded());
}

}  // namespace
