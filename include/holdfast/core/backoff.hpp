#ifndef HOLDFAST_CORE_BACKOFF_HPP
#define HOLDFAST_CORE_BACKOFF_HPP

#include <holdfast/core/context.hpp>

namespace holdfast {

/// Waits between attempts: exponential with full jitter, the first one at once, never past the deadline.
///
/// Full jitter (a random part of a growing bound) spreads competitors better than a fixed or a partly random wait.
class Backoff {
public:
    explicit Backoff(Context const& context, Duration first = std::chrono::milliseconds(1),
                     Duration most = std::chrono::milliseconds(500)) noexcept
        : context_(context), bound_(first), most_(most) {}

    /// Sleeps before the next attempt. Errors: `timed_out`, `cancelled`: make no further attempt.
    Result<void> wait() {
        if (attempts_++ == 0) return context_.wait(Duration::zero());
        Duration const pause = context_.env.random_below(bound_);
        bound_ = bound_ < most_ / 2 ? bound_ * 2 : most_;
        return context_.wait(pause);
    }

    unsigned attempts() const noexcept { return attempts_; }

private:
    Context const& context_;
    Duration bound_;
    Duration most_;
    unsigned attempts_ = 0;
};

/// Between attempts at `S`: competitors of this machine are through in less than a millisecond, requests over a network
/// take a hundred times that.
template <class S>
Backoff backoff_for(Context const& context) noexcept {
    if constexpr (S::late_writes) return Backoff(context, std::chrono::milliseconds(20), std::chrono::seconds(2));
    else return Backoff(context, std::chrono::microseconds(100), std::chrono::milliseconds(20));
}

}  // namespace holdfast

#endif
