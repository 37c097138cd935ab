#ifndef HOLDFAST_VERSIONING_HISTORY_PIN_WATCH_HPP
#define HOLDFAST_VERSIONING_HISTORY_PIN_WATCH_HPP

#include <holdfast/core/environment.hpp>

#include <cstddef>
#include <mutex>
#include <vector>

namespace holdfast::detail {

/// Remembers which pins were seen unrenewed since when, on this process's own clock: no clock is compared with another.
/// Bounded: what is forgotten is seen again, and lives longer for it.
class PinWatch {
public:
    bool is_stale(Environment& env, WriteId pin, WriteId nonce, Duration ttl) {
        std::lock_guard const lock(mutex_);
        Instant const now = env.monotonic();
        for (Seen& seen : seen_) {
            if (seen.pin != pin) continue;
            if (seen.nonce != nonce) seen = {pin, nonce, now};
            return now - seen.since >= ttl;
        }
        Seen const first{pin, nonce, now};
        if (seen_.size() < most) seen_.push_back(first);
        else seen_[next_++ % most] = first;
        return ttl <= Duration::zero();
    }

private:
    static constexpr std::size_t most = 4096;

    struct Seen {
        WriteId pin, nonce;
        Instant since;
    };

    std::mutex mutex_;
    std::vector<Seen> seen_;
    std::size_t next_ = 0;
};

}  // namespace holdfast::detail

#endif
