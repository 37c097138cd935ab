// Who is told that the process is about to fork: who joined and has not left, in whichever order they left.

#include <holdfast/storage/sqlite/fork_guard.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>

#include <sys/wait.h>
#include <unistd.h>

namespace sqlite_fork_guard_test {

struct Told final : holdfast::detail::sqlite::ForkGuard {
    Told() { join(); }
    using ForkGuard::leave;
    void close_unused() noexcept override { ++times; }
    int times = 0;
};

void fork_once() {
    pid_t const child = ::fork();
    if (child == 0) ::_exit(0);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
}

TEST_CASE("sqlite: who has left is told of no fork, and the others of each") {
    std::array<int, 3> order{0, 1, 2};
    do {
        std::array<Told, 3> all;
        for (int const one : order) {
            fork_once();
            all[static_cast<std::size_t>(one)].leave();
        }
        fork_once();
        for (std::size_t i = 0; i < order.size(); ++i)
            CHECK(all[static_cast<std::size_t>(order[i])].times == static_cast<int>(i) + 1);
    } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace sqlite_fork_guard_test
