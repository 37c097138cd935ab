#ifndef HOLDFAST_TESTING_LAWS_PINS_HPP
#define HOLDFAST_TESTING_LAWS_PINS_HPP

#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/laws/findings.hpp>
#include <holdfast/testing/laws/retention.hpp>

// The laws of policies that keep versions about pins, and about what they say is kept.
namespace holdfast::testing::law {

/// True only after a pin was watched with one nonce for its time to live.
template <class V>
void pins_are_watched(V& versioning, Findings& found) {
    if (!found.begins("pins_are_watched")) return;
    using std::chrono::hours, std::chrono::seconds;
    TestEnvironment env(found.seed());
    env.advance(hours(24));
    WriteId const nonce = env.new_write_id(), renewed = env.new_write_id();
    auto const lives = [&](WriteId pin, WriteId with, Duration ttl, std::string_view did, std::string_view expected) {
        found.expect(!versioning.pin_is_stale(env, pin, with, ttl), did, expected, "true");
    };
    for (Duration const ttl : {Duration(1), Duration(seconds(1)), Duration(seconds(60)), Duration(hours(24 * 365))}) {
        WriteId const pin = env.new_write_id(), other = env.new_write_id();
        lives(pin, nonce, ttl, "asked for the first time", "a pin that was never seen is not stale");
        if (ttl > Duration(1)) {
            env.advance(ttl - Duration(1));
            lives(pin, nonce, ttl, "asked after a nanosecond less than its time to live",
                  "a pin is not stale before its time to live is over");
            lives(other, nonce, ttl, "asked for the first time, with the nonce of another",
                  "a pin that was never seen is not stale");
            env.step_wall_clock(hours(24 * 3'650));
            lives(pin, nonce, ttl, "the time of day was set ten years ahead", "times of day make no pin stale");
            env.step_wall_clock(-hours(24 * 3'650));
        }
        env.advance(Duration(1));
        lives(pin, renewed, ttl, "asked after its time to live, renewed", "a pin that was renewed is not stale");
        if (ttl > Duration(1)) {
            env.advance(ttl - Duration(1));
            lives(pin, renewed, ttl, "renewed, and asked after a nanosecond less than its time to live",
                  "the time to live of a pin begins anew when it is seen renewed");
        }
        env.advance(Duration(1));
        lives(pin, nonce, ttl, "asked after its time to live, with the nonce from before",
              "the time to live of a pin begins anew whenever its nonce is another");
        env.advance(ttl);
        (void)versioning.pin_is_stale(env, pin, nonce, ttl);
        lives(pin, renewed, ttl, "found stale, then renewed", "a pin that is seen renewed after all is not stale");
    }
    // Names that look alike, and times that do not end.
    {
        WriteId const pin = env.new_write_id();
        lives(pin, nonce, seconds(1), "asked for the first time", "a pin that was never seen is not stale");
        env.advance(seconds(2));
        for (WriteId const other : {WriteId{pin.high, pin.low ^ 1}, WriteId{pin.high ^ 1, pin.low}})
            lives(other, nonce, seconds(1), "asked for the first time, with a name that looks like that of another",
                  "a pin that was never seen is not stale");
        lives(pin, {nonce.high, nonce.low ^ 1}, seconds(1), "renewed by a nonce that looks like the one before",
              "a pin that was renewed is not stale");
        env.advance(seconds(2));
        lives(pin, {nonce.high ^ 1, nonce.low ^ 1}, seconds(1), "renewed by a nonce that looks like the one before",
              "a pin that was renewed is not stale");
        WriteId const eternal = env.new_write_id();
        for (int again = 0; again < 3; ++again) {
            lives(eternal, nonce, (Duration::max)(), "asked now and then, with a time to live without end",
                  "a pin is not stale before its time to live is over");
            env.advance(hours(24));
        }
    }
    // Longer for one than for another: each time to live counts by itself.
    WriteId const pin = env.new_write_id();
    lives(pin, nonce, seconds(1), "asked for the first time", "a pin that was never seen is not stale");
    env.advance(seconds(10));
    lives(pin, nonce, seconds(60), "asked after ten seconds, with a longer time to live",
          "a pin is not stale before its time to live is over");
}

/// What is kept is decided by the policy that `retention` gives: always the same one.
template <class V>
void retention_is_constant(V& versioning, Findings& found) {
    if (!found.begins("retention_is_constant")) return;
    V const& held = versioning;
    for (std::size_t const size : {1u, 2u, 30u, 300u}) {
        Versions versions(size, size);
        auto list = versions.list();
        auto const first = held.retention().floor(list);
        if (!found.succeeds(first, "asked what is kept of " + std::to_string(size) + " versions")) return;
        for (int again = 0; again < 3; ++again) {
            auto same = versions.list();
            auto const floor = held.retention().floor(same);
            found.expect(floor && *floor == *first, "asked again what is kept of " + std::to_string(size) + " versions",
                         "the same versions are kept each time",
                         floor ? std::to_string(*floor) : floor.error().describe());
        }
    }
}

}  // namespace holdfast::testing::law

#endif
