#ifndef HOLDFAST_TESTING_SIMULATION_WEATHER_HPP
#define HOLDFAST_TESTING_SIMULATION_WEATHER_HPP

#include <holdfast/testing/simulation/random.hpp>

namespace holdfast::testing {

/// What happens between an actor and a simulated storage. Chances are parts per thousand: of writes (removals and
/// batches are writes) from `not_sent` to `unsynced`, of reads and listings from `read_failed` on. Those of
/// writes exclude each other; together at most 1000.
struct Weather {
    Span latency{std::chrono::milliseconds(1), std::chrono::milliseconds(10)};  ///< of each way
    Duration reply_timeout = std::chrono::milliseconds(100);            ///< after which a missing reply is `unknown`
    Span delay{std::chrono::milliseconds(1), std::chrono::seconds(2)};  ///< of what arrives later

    unsigned not_sent = 0;    ///< no connection: an `Error`
    unsigned refused = 0;     ///< arrives, and the storage will not: an `Error`
    unsigned lost = 0;        ///< never arrives: `unknown`
    unsigned reply_lost = 0;  ///< arrives, its reply does not: `unknown`

    // Not in a storage whose `late_writes` is false: there these find the write intact.
    unsigned late = 0;              ///< `unknown`, and it arrives later
    unsigned twice = 0;             ///< arrives and is answered, and a copy arrives later
    unsigned twice_reply_lost = 0;  ///< arrives, `unknown`, and a copy arrives later

    /// Made, and `unknown`: the sync failed, so that a power loss may undo it, until something is written on top of it.
    /// Only in a storage whose `late_writes` is false.
    unsigned unsynced = 0;

    unsigned read_failed = 0;  ///< an `Error`
    unsigned read_stale =
        0;  ///< an older record (`stale_depth` writes back at most). Breaks a law of storages: replicas
    unsigned stale_depth = 4;

    /// Nothing goes wrong, it only takes time.
    static Weather calm() noexcept { return {}; }
    /// All that a storage may do without breaking a law: 13 % of the writes and 2 % of the reads go wrong.
    static Weather storm() noexcept {
        Weather weather;
        weather.not_sent = weather.refused = weather.twice = weather.twice_reply_lost = 10;
        weather.lost = weather.reply_lost = weather.late = 30;
        weather.read_failed = 20;
        return weather;
    }
};

}  // namespace holdfast::testing

#endif
