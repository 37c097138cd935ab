#ifndef HOLDFAST_CORE_CONTEXT_HPP
#define HOLDFAST_CORE_CONTEXT_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/result.hpp>

#include <atomic>

namespace holdfast {

/// No time limit.
inline constexpr Duration endless = (Duration::max)();

/// What every call of a policy carries: the world it runs in, how long it may take, and what will do.
///
/// The time limit begins with the first question about it, so that an operation that never waits reads no clock.
/// Not shared between threads.
class Context {
public:
    explicit Context(Environment& environment, Duration timeout = endless,
                     std::atomic<bool> const* stop = nullptr) noexcept
        : env(environment), timeout_(timeout), stop_(stop) {}

    Environment& env;
    /// A read may be answered from what is already known; only the first read of an `update` says so.
    bool may_be_stale = false;

    bool limited() const noexcept { return timeout_ != endless; }
    /// Whether the caller wants no waiting at all.
    bool immediate() const noexcept { return timeout_ <= Duration::zero(); }

    Instant deadline() const {
        if (!limited()) return (Instant::max)();
        if (deadline_ == (Instant::max)()) {
            Instant const now = env.monotonic();
            if (immediate()) deadline_ = now;
            else if (timeout_ < (Instant::max)() - now) deadline_ = now + timeout_;  // else so late that it never comes
        }
        return deadline_;
    }
    /// Never negative; `endless` without a limit.
    Duration remaining() const {
        if (!limited()) return endless;
        Instant const end = deadline();  // before the clock is read again: it may begin here
        if (end == (Instant::max)()) return endless;
        Duration const left = end - env.monotonic();
        return left > Duration::zero() ? left : Duration::zero();
    }
    /// The same with a time limit that may be shorter.
    Context within(Duration limit) const {
        Context part(*this);
        Duration const left = remaining();
        part.timeout_ = limit < left ? limit : left;
        part.deadline_ = (Instant::max)();
        return part;
    }
    bool expired() const { return limited() && remaining() == Duration::zero(); }
    /// Whether work that waits for nobody has taken too long. Who wants no waiting gets it done.
    bool overdue() const { return !immediate() && expired(); }
    /// Whether a request to stop may come, so that a wait has to look for it.
    bool stoppable() const noexcept { return stop_ != nullptr; }
    bool stopped() const noexcept { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }

    /// Sleeps, but not past the deadline and not past a request to stop. Errors: `timed_out`, `cancelled`.
    Result<void> wait(Duration duration) const {
        for (;;) {
            auto const part = step(duration);
            if (!part) return part.error();
            if (*part == Duration::zero()) return {};
            env.sleep(*part);
            duration -= *part;
        }
    }
    /// Waits on `word` while it is `expected`, for at most so long, and not past the deadline; see `Environment::wait`.
    /// Returns now and then without a reason. Errors: `timed_out`, `cancelled`.
    Result<void> wait(WaitWord const& word, std::uint32_t expected, Duration at_most = endless,
                      WaitScope scope = {}) const {
        auto const part = step(at_most);
        if (!part) return part.error();
        if (*part > Duration::zero()) env.wait(&word, expected, *part, scope);
        return {};
    }

private:
    /// How long to pause before the next look at the deadline and for a request to stop. Errors: one of these came.
    Result<Duration> step(Duration pause) const {
        constexpr Duration slice = std::chrono::milliseconds(20);
        if (stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        Duration const left = remaining();
        if (left == Duration::zero()) return Error(Errc::timed_out, "the time limit of the operation is over");
        if (pause <= Duration::zero()) return Duration::zero();
        if (pause > left) pause = left;
        return stop_ != nullptr && pause > slice ? slice : pause;
    }

    Duration timeout_;
    std::atomic<bool> const* stop_;
    mutable Instant deadline_ = (Instant::max)();
};

}  // namespace holdfast

#endif
