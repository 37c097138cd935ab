#ifndef HOLDFAST_CORE_PATIENCE_HPP
#define HOLDFAST_CORE_PATIENCE_HPP

#include <holdfast/core/backoff.hpp>

#include <string>
#include <utility>

namespace holdfast::detail {

/// Repeats `attempt` (`Result<bool>`), with growing waits, until it says true. It is made once in any case.
/// Errors: its own; `timed_out`, `cancelled`.
template <class Attempt>
Result<void> repeat(Context const& context, Attempt&& attempt) {
    Backoff backoff(context, std::chrono::microseconds(200), std::chrono::milliseconds(10));
    for (;;) {
        Result<bool> const done = attempt();
        if (!done) return done.error();
        if (*done) return {};
        if (auto more = backoff.wait(); !more) return more;
    }
}

/// What a wait for others ended with: `busy`, with what `message()` says, when the time limit is over.
template <class Message>
Result<void> busy_if_late(Result<void> waited, Message&& message) {
    if (waited || waited.error() != Errc::timed_out) return waited;
    return Error(Errc::busy, message());
}

/// `repeat` for something that others have.
template <class Attempt, class Message>
Result<void> until(Context const& context, Attempt&& attempt, Message&& message) {
    return busy_if_late(repeat(context, std::forward<Attempt>(attempt)), std::forward<Message>(message));
}

}  // namespace holdfast::detail

#endif
