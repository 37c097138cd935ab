#ifndef HOLDFAST_VERSIONING_HISTORY_PIN_WATCH_HPP
#define HOLDFAST_VERSIONING_HISTORY_PIN_WATCH_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/process/per_process.hpp>

#include <cstddef>
#include <vector>

namespace holdfast::detail {

/// Remembers which pins were seen unrenewed since when, on this process's own clock: no clock is compared with another.
/// Bounded: what is forgotten is seen again, and lives longer for it.
class PinWatch {
public:
    bool is_stale(Environment& env, WriteId pin, WriteId nonce, Duration ttl) {
        return all_.with([&](All& all) {
            Instant const now = env.monotonic();
            for (Seen& seen : all.seen) {
                if (seen.pin != pin) continue;
                if (seen.nonce != nonce) seen = {pin, nonce, now};
                return now - seen.since >= ttl;
            }
            Seen const first{pin, nonce, now};
            if (all.seen.size() < most) all.seen.push_back(first);
            else all.seen[all.next++ % most] = first;
            return ttl <= Duration::zero();
        });
    }

private:
    static constexpr std::size_t most = 4096;

    struct Seen {
        WriteId pin, nonce;
        Instant since;
    };
    struct All {
        std::vector<Seen> seen;
        std::size_t next = 0;
    };

    PerProcess<All> all_;
};

}  // namespace holdfast::detail

#endif
