#include "child.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace {

TEST_CASE("short memory: every allocation of serializations, layers and batches may fail", "[memory]") {
    test::Child child({test::child_program("short_memory_child")});
    INFO(child.finish());
    CHECK(child.succeeded());
}

void every_allocation(char const* part) {
    test::TemporaryDirectory const directory;
    test::Child child({test::child_program("short_memory_" + std::string(part) + "_child"), directory.path()});
    INFO(child.finish());
    CHECK(child.succeeded());
}

TEST_CASE("short memory: every allocation of storages may fail", "[memory]") { every_allocation("storages"); }
TEST_CASE("short memory: every allocation of locks may fail", "[memory]") { every_allocation("locks"); }
TEST_CASE("short memory: every allocation of histories may fail", "[memory]") { every_allocation("history"); }

}  // namespace
