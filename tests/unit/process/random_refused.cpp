// A system that gives no randomness by its call gives it by its device.

#include <holdfast/core/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <unit/support/refused_calls.hpp>

#include <set>

namespace random_refused_test {

using namespace holdfast;

TEST_CASE("randomness: a refused getrandom is no end", "[core]") {
    int const error = GENERATE(ENOSYS, EPERM);
    int const outcome = test::in_child([&] {
        if (!test::refuse_calls({{SYS_getrandom, error}})) return 77;
        std::set<WriteId> ids;
        for (int i = 0; i < 500; ++i) ids.insert(Environment::system().new_write_id());  // many refills
        return ids.size() == 500 && static_cast<bool>(*ids.begin()) ? 0 : 1;
    });
    if (outcome == 77) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
}

}  // namespace random_refused_test
