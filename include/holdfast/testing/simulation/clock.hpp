#ifndef HOLDFAST_TESTING_SIMULATION_CLOCK_HPP
#define HOLDFAST_TESTING_SIMULATION_CLOCK_HPP

#include <holdfast/core/time.hpp>

#include <cstdint>

namespace holdfast::testing {

/// How an actor's clocks differ from the world's.
struct Skew {
    Duration monotonic{0};  ///< what it shows at the world's beginning; monotonic clocks of two machines never agree
    Duration wall{0};       ///< how far the time of day is off
    int rate = 0;           ///< parts per million by which both run fast (negative: slow), within ±900,000
};

/// The clocks of one actor: exact integer arithmetic on the time of the world, the same on every platform.
class SkewedClock {
public:
    /// What "for ever" comes to, so that no sum overflows.
    static constexpr Duration longest = std::chrono::hours(24 * 365 * 10);

    explicit SkewedClock(Skew skew = {}) noexcept : skew_(skew) {}

    Instant monotonic(Duration world) const noexcept { return Instant(skew_.monotonic + stretched(world)); }
    Timestamp wall(Duration world) const noexcept {
        return Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(epoch + skew_.wall + stretched(world)));
    }

    /// How long the world takes for `local` of this clock: rounded up, so that a sleep is never too short.
    Duration world_time(Duration local) const noexcept {
        if (local > longest) local = longest;
        if (skew_.rate == 0 || local <= Duration::zero()) return local;
        std::int64_t const speed = million + skew_.rate, n = local.count();
        return Duration(n / speed * million + n % speed * million / speed + 2);
    }

    /// Sets the time of day by `step` forward or back, as people and NTP do.
    void step_wall(Duration step) noexcept { skew_.wall += step; }

private:
    static constexpr std::int64_t million = 1'000'000;
    static constexpr Duration epoch = std::chrono::seconds(1'767'225'600);  // 2026-01-01

    Duration stretched(Duration world) const noexcept {
        if (skew_.rate == 0) return world;
        std::int64_t const n = world.count();
        return Duration(n + n / million * skew_.rate + n % million * skew_.rate / million);
    }

    Skew skew_;
};

}  // namespace holdfast::testing

#endif
