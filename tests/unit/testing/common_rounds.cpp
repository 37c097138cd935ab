#include <holdfast/testing/laws/threads.hpp>

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <chrono>
#include <thread>

namespace {

using holdfast::testing::law::CommonRounds;
using holdfast::testing::law::in_threads;

}  // namespace

TEST_CASE("common rounds: who is quick goes on until the slow one is through, but not for ever") {
    CommonRounds common(2, 3, 1'000'000);
    std::array<std::size_t, 2> made{};
    in_threads(2, [&](unsigned me) {
        common.run([&](std::size_t) {
            ++made[me];
            std::this_thread::sleep_for(std::chrono::microseconds(me == 0 ? 20'000 : 100));
            return true;
        });
    });
    CHECK(made[0] >= 3);
    CHECK(made[1] > 3);

    CommonRounds alone(2, 3, 10);  // the other one never comes
    std::size_t rounds = 0;
    alone.run([&](std::size_t round) { return round == rounds++; });
    CHECK(rounds == 10);
}

TEST_CASE("common rounds: nobody waits any more once somebody has failed") {
    CommonRounds common(2, 3, 1'000'000);
    std::size_t rounds = 0;
    common.run([](std::size_t) { return false; });
    common.run([&](std::size_t) { return ++rounds, true; });
    CHECK(rounds == 3);
}
