#include <holdfast/core/context.hpp>

#include <catch2/catch_test_macros.hpp>

namespace context_tests {

using namespace holdfast;

/// A clock that goes on with every look at it, and sleep that counts.
struct RestlessWorld final : Environment {
    Instant monotonic() override { return now += std::chrono::nanoseconds(1); }
    Timestamp wall() override { return {}; }
    void sleep(Duration duration) override {
        ++sleeps;
        now += duration;
    }
    void random(void*, std::size_t) override {}
    Writer who() override { return Writer("somebody"); }

    Instant now{std::chrono::seconds(1)};
    int sleeps = 0;
};

TEST_CASE("Without patience there is no wait, however fast the clock") {
    RestlessWorld world;
    Context const context(world, Duration::zero());
    REQUIRE(context.immediate());
    REQUIRE(context.remaining() == Duration::zero());
    REQUIRE(context.expired());

    Context const fresh(world, Duration::zero());
    REQUIRE(fresh.wait(Duration::zero()).error() == Errc::timed_out);  // the first question about the limit
    REQUIRE(fresh.wait(std::chrono::seconds(1)).error() == Errc::timed_out);
    REQUIRE(world.sleeps == 0);
}

TEST_CASE("The time limit begins with the first question about it") {
    RestlessWorld world;
    Context const context(world, std::chrono::seconds(10));
    world.now += std::chrono::hours(1);
    REQUIRE_FALSE(context.expired());
    REQUIRE(context.wait(std::chrono::seconds(4)));
    REQUIRE(context.wait(std::chrono::seconds(9)).error() == Errc::timed_out);
    REQUIRE(context.expired());
    REQUIRE(world.sleeps == 2);
}

}  // namespace context_tests
