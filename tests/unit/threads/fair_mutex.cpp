// FairMutex: what is handed over at the moment at which the patience of its next holder ends.

#include <holdfast/testing/environment.hpp>
#include <holdfast/threads/fair_mutex.hpp>

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <stdexcept>
#include <utility>

namespace fair_mutex_test {

using namespace holdfast;
using detail::FairMutex;
using std::chrono::seconds;

/// Something happens while a clock is read or a wait begins.
struct Busy final : Environment {
    Instant monotonic() override {
        if (on_read && --reads == 0) std::exchange(on_read, nullptr)();
        return now;
    }
    Timestamp wall() override { return {}; }
    void sleep(Duration duration) override { now += duration; }
    void wait(WaitWord const*, std::uint32_t, Duration at_most, WaitScope) override {
        if (on_wait) std::exchange(on_wait, nullptr)();
        now += at_most;
    }
    void wake(WaitWord const*, WaitScope) noexcept override {}
    void random(void* out, std::size_t size) override { system().random(out, size); }
    Writer who() override { return Writer("somebody"); }

    Instant now{seconds(1)};
    int reads = 0;
    std::function<void()> on_read, on_wait;
};

/// It works as before.
void is_sound(FairMutex& mutex) {
    CHECK_FALSE(mutex.is_locked());
    CHECK(mutex.try_lock());
    CHECK_FALSE(mutex.try_lock());
    mutex.unlock();
    CHECK_FALSE(mutex.is_locked());
}

TEST_CASE("fair mutex: who is handed it as his time limit ends has it", "[fair-mutex]") {
    for (int const read : {1, 2, 3}) {  // a clock is read as the wait begins, and for each look at the limit
        FairMutex mutex;
        REQUIRE(mutex.try_lock());
        Busy env;
        env.reads = read;
        env.on_read = [&] {
            mutex.unlock();
            env.now += seconds(10);
        };
        INFO(read);
        bool const locked = mutex.lock(Context(env, seconds(5))).has_value();
        if (!env.on_read) CHECK(locked);  // else nobody gave it away
        CHECK(mutex.is_locked());
        mutex.unlock();
        is_sound(mutex);
    }
}

TEST_CASE("fair mutex: who gives up leaves it to others", "[fair-mutex]") {
    FairMutex mutex;
    REQUIRE(mutex.try_lock());
    Busy env;
    auto const late = mutex.lock(Context(env, seconds(5)));
    REQUIRE_FALSE(late);
    CHECK(late.error() == Errc::timed_out);
    CHECK(mutex.is_locked());
    mutex.unlock();
    is_sound(mutex);
}

TEST_CASE("fair mutex: who ends by an exception gives up, or back", "[fair-mutex]") {
    for (bool const handed : {false, true}) {
        FairMutex mutex;
        REQUIRE(mutex.try_lock());
        Busy env;
        env.on_wait = [&] {
            if (handed) mutex.unlock();
            throw std::runtime_error("no memory");
        };
        INFO(handed);
        CHECK_THROWS_AS(mutex.lock(Context(env, seconds(5))), std::runtime_error);
        CHECK(mutex.is_locked() == !handed);
        if (!handed) mutex.unlock();
        is_sound(mutex);
    }
}

}  // namespace fair_mutex_test
