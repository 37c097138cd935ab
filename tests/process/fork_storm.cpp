#include "child.hpp"

#include <sanitizers.hpp>

#include <catch2/catch_test_macros.hpp>

namespace {

TEST_CASE("fork: a child waits for nobody whom the fork left behind", "[fork]") {
#if defined(__clang__) && __clang_major__ < 17
    if (test::under_address_sanitizer)
        SKIP("this address sanitizer allocates under locks that a child never gets when another thread held them");
#endif
    test::TemporaryDirectory const directory;
    test::Child child({test::child_program("fork_storm_child"), directory.path()});
    INFO(child.finish());
    CHECK(child.succeeded());
}

}  // namespace
