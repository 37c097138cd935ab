#ifndef HOLDFAST_CORE_TIME_HPP
#define HOLDFAST_CORE_TIME_HPP

#if __has_include(<bits/chrono.h>)  // libstdc++'s durations without its calendar and streams: 6,000 lines less
#include <bits/chrono.h>
#else
#include <chrono>
#endif

namespace holdfast {

/// A length of time, in nanoseconds.
using Duration = std::chrono::nanoseconds;

/// The time line of deadlines: monotonic, and it goes on while the machine is suspended.
struct MonotonicClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<MonotonicClock>;
    static constexpr bool is_steady = true;  // read through an Environment only, so there is no now()
};

/// A moment on the monotonic time line of one `Environment`; not comparable across machines or boots.
using Instant = MonotonicClock::time_point;

/// A moment of wall-clock time, UTC, in microseconds: for people to read, never for decisions.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

}  // namespace holdfast

#endif
