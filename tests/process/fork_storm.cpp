#include "child.hpp"

#include <catch2/catch_test_macros.hpp>

namespace {

TEST_CASE("fork: a child waits for nobody whom the fork left behind", "[fork]") {
#if defined(__SANITIZE_THREAD__)
    SKIP("the thread sanitizer takes a mutex that a child makes anew for one that its parent locked");
#elif defined(__clang__) && __clang_major__ < 17
#if __has_feature(address_sanitizer)
    SKIP("this address sanitizer allocates under locks that a child never gets when another thread held them");
#endif
#endif
    test::TemporaryDirectory const directory;
    test::Child child({test::child_program("fork_storm_child"), directory.path()});
    INFO(child.finish());
    CHECK(child.succeeded());
}

}  // namespace
