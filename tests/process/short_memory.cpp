#include "child.hpp"

#include <catch2/catch_test_macros.hpp>

namespace {

TEST_CASE("short memory: every allocation of serializations, layers and batches may fail", "[memory]") {
    test::Child child({test::child_program("short_memory_child")});
    INFO(child.finish());
    CHECK(child.succeeded());
}

}  // namespace
