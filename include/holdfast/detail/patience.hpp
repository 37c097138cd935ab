#ifndef HOLDFAST_DETAIL_PATIENCE_HPP
#define HOLDFAST_DETAIL_PATIENCE_HPP

#include <holdfast/core/backoff.hpp>

#include <string>

namespace holdfast::detail {

/// Whether a wait may be left to the kernel, which knows neither deadlines nor requests to stop.
inline bool may_block(Context const& context) noexcept { return !context.limited() && !context.stoppable(); }

/// Repeats `attempt` (`Result<bool>`), with growing waits, until it says true. It is made once in any case.
/// Errors: its own; `busy` with what `message()` says when the time limit is over; `cancelled`.
template <class Attempt, class Message>
Result<void> until(Context const& context, Attempt&& attempt, Message&& message) {
    Backoff backoff(context, std::chrono::microseconds(200), std::chrono::milliseconds(10));
    for (;;) {
        Result<bool> const done = attempt();
        if (!done) return done.error();
        if (*done) return {};
        if (auto waited = backoff.wait(); !waited)
            return waited.error() == Errc::timed_out ? Error(Errc::busy, message()) : std::move(waited).error();
    }
}

}  // namespace holdfast::detail

#endif
