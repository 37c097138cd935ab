#ifndef HOLDFAST_TESTING_ENVIRONMENT_HPP
#define HOLDFAST_TESTING_ENVIRONMENT_HPP

#include <holdfast/core/environment.hpp>

#include <atomic>
#include <string_view>

namespace holdfast::testing {

/// A world in which time moves only when somebody sleeps or a test says so, and in which chance is a sequence that the
/// seed fixes: what ran once runs the same way again.
///
/// Thread safety: every member, from any thread (the order of threads is then part of the sequence).
class TestEnvironment final : public Environment {
public:
    explicit TestEnvironment(std::uint64_t seed = 1, std::string_view who = "tester@host:1") noexcept
        : seed_(seed), who_(who) {}

    Instant monotonic() override {
        ++clock_reads_;
        return Instant(Duration(now_.load()));
    }
    /// Another after each `restart`.
    WriteId timeline() override {
        WriteId line = Environment::timeline();
        line.high += starts_;
        return line;
    }
    Timestamp wall() override {
        return Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(Duration(now_.load() + wall_.load())));
    }
    void sleep(Duration duration) override {
        ++sleeps_;
        advance(duration);
    }
    /// Somebody in another thread may be about to wake us: he gets a moment of real time before ours goes on, in steps.
    void wait(WaitWord const* word, std::uint32_t expected, Duration at_most, WaitScope scope) override {
        constexpr Duration moment = std::chrono::microseconds(100), step = std::chrono::milliseconds(100);
        if (!scope.shared && word->load(std::memory_order_acquire) != expected) return;
        system().wait(word, expected, at_most < moment ? at_most : moment, scope);
        if (!scope.shared && word->load(std::memory_order_acquire) != expected) return;
        sleep(at_most < step ? at_most : step);
    }
    void wake(WaitWord const* word, WaitScope scope) noexcept override { system().wake(word, scope); }
    void random(void* out, std::size_t size) override {
        for (auto* at = static_cast<unsigned char*>(out); size > 0;) {
            std::uint64_t const bits = next();
            std::size_t const part = size < sizeof bits ? size : sizeof bits;
            std::memcpy(at, &bits, part);
            at += part;
            size -= part;
        }
    }
    Writer who() override { return who_; }

    void advance(Duration duration) noexcept { now_ += duration.count(); }
    /// Sets the time of day by `step` forward or back, as people and NTP do; the monotonic clock goes on.
    void step_wall_clock(Duration step) noexcept { wall_ += step.count(); }
    /// The machine starts anew: another time line, on which instants of the one before mean nothing.
    void restart() noexcept { ++starts_; }
    /// The time that passed since the beginning.
    Duration elapsed() const noexcept { return Duration(now_.load()); }
    unsigned sleeps() const noexcept { return sleeps_; }
    unsigned clock_reads() const noexcept { return clock_reads_; }

private:
    /// SplitMix64 (Steele, Lea, Flood 2014): a counter, well mixed.
    std::uint64_t next() noexcept {
        std::uint64_t z = seed_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

    std::atomic<std::uint64_t> seed_;
    std::atomic<Duration::rep> now_{0}, wall_{0};
    std::atomic<unsigned> starts_{0};
    std::atomic<unsigned> sleeps_{0}, clock_reads_{0};
    Writer const who_;
};

}  // namespace holdfast::testing

#endif
