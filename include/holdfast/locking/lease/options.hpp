#ifndef HOLDFAST_LOCKING_LEASE_OPTIONS_HPP
#define HOLDFAST_LOCKING_LEASE_OPTIONS_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/record_id.hpp>

namespace holdfast {

/// The lease lives in the state record: taking it over is fencing, and the write that ends a section ends the lease at
/// no cost. The default.
struct Embedded {
    static constexpr Slot slot = Slot::current;
};

/// The lease lives in a record of its own, so that the payload is not written again with every lease step: for large
/// states on storages that write whole objects.
struct OwnSlot {
    static constexpr Slot slot = Slot::lock;
};

/// How leases are held and waited for.
struct LeaseOptions {
    /// A lease that is not renewed for this long may be taken over. At least 1 ms, at most a year; what is outside is
    /// brought to the nearest. Shorter than the time limit of operations, or nobody who waits lives to see its end.
    Duration ttl = std::chrono::seconds(20);
    /// Those who wait look again after a random part of this. Zero: 10 ms; 200 ms where requests travel; at most a
    /// quarter of `ttl`.
    Duration poll = Duration::zero();
};

namespace detail {

inline constexpr Duration shortest_ttl = std::chrono::milliseconds(1);
inline constexpr Duration longest_ttl = std::chrono::hours(24 * 365);

inline LeaseOptions sensible(LeaseOptions options) noexcept {
    if (options.ttl < shortest_ttl) options.ttl = shortest_ttl;
    if (options.ttl > longest_ttl) options.ttl = longest_ttl;
    options.ttl -= options.ttl % std::chrono::microseconds(1);  // as it is stored
    return options;
}

/// Longest pause between two looks at a lease that others hold.
template <class S>
Duration poll_bound(LeaseOptions const& options) noexcept {
    Duration const quarter = options.ttl / 4;
    Duration poll = options.poll;
    if (poll <= Duration::zero()) poll = std::chrono::milliseconds(S::late_writes ? 200 : 10);
    return poll < quarter ? poll : quarter;
}

/// How long a holder may rely on a lease that was confirmed: four fifths, so that clocks may differ by 11 % in rate.
constexpr Duration reliable(Duration ttl) noexcept { return ttl / 5 * 4; }

/// For the end of a lease that nobody waits for.
inline Context brief_context(Environment& env, Duration ttl) noexcept {
    Duration const most = std::chrono::seconds(2), quarter = ttl / 4;
    return Context(env, quarter < most ? quarter : most);
}

}  // namespace detail

}  // namespace holdfast

#endif
