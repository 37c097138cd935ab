#ifndef HOLDFAST_CORE_CONTEXT_HPP
#define HOLDFAST_CORE_CONTEXT_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/result.hpp>

#include <atomic>

namespace holdfast {

/// No time limit.
inline constexpr Duration forever = Duration::max();

/// What every call of a policy carries: the world it runs in, how long it may take, and what will do.
///
/// The time limit begins with the first question about it, so that an operation that never waits reads no clock.
/// Not shared between threads.
class Context {
public:
    explicit Context(Environment& environment, Duration timeout = forever,
                     std::atomic<bool> const* stop = nullptr) noexcept
        : env(environment), timeout_(timeout), stop_(stop) {}

    Environment& env;
    /// A read may be answered from what is already known; only the first read of an `update` says so.
    bool may_be_stale = false;

    bool limited() const noexcept { return timeout_ != forever; }
    /// Whether the caller wants no waiting at all.
    bool immediate() const noexcept { return timeout_ <= Duration::zero(); }

    Instant deadline() const {
        if (!limited()) return Instant::max();
        if (deadline_ == Instant::max()) deadline_ = env.monotonic() + timeout_;
        return deadline_;
    }
    /// Never negative; `forever` without a limit.
    Duration remaining() const {
        if (!limited()) return forever;
        Instant const end = deadline();  // before the clock is read again: it may begin here
        Duration const left = end - env.monotonic();
        return left > Duration::zero() ? left : Duration::zero();
    }
    bool expired() const { return limited() && remaining() == Duration::zero(); }
    /// Whether a request to stop may come, so that a wait has to look for it.
    bool stoppable() const noexcept { return stop_ != nullptr; }
    bool stopped() const noexcept { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }

    /// Sleeps, but not past the deadline and not past a request to stop. Errors: `timed_out`, `cancelled`.
    Result<void> wait(Duration duration) const {
        constexpr Duration slice = std::chrono::milliseconds(20);
        for (;;) {
            if (stopped()) return Error(Errc::cancelled, "the caller asked to stop");
            Duration const left = remaining();
            if (left == Duration::zero()) return Error(Errc::timed_out, "the time limit of the operation is over");
            if (duration <= Duration::zero()) return {};
            Duration part = duration < left ? duration : left;
            if (stop_ != nullptr && part > slice) part = slice;
            env.sleep(part);
            duration -= part;
        }
    }

private:
    Duration timeout_;
    std::atomic<bool> const* stop_;
    mutable Instant deadline_ = Instant::max();
};

}  // namespace holdfast

#endif
