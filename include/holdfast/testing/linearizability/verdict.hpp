#ifndef HOLDFAST_TESTING_LINEARIZABILITY_VERDICT_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_VERDICT_HPP

#include <holdfast/testing/linearizability/event.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// What `check_linearizability` found. True only if every register has an order.
struct LinearizabilityVerdict {
    enum class Kind : unsigned char {
        linearizable,
        violation,  ///< of at least one register; the others may not have been looked at
        undecided,  ///< the steps were used up before an answer, and no violation was found elsewhere
    };

    Kind kind = Kind::linearizable;
    std::string text{};  ///< for people: empty if linearizable
    std::string key{};   ///< of the violation, or the first that is undecided
    /// Of a violation: calls that contradict each other, whatever all others did. None of them can be left out (unless
    /// finding that out was beyond the steps).
    std::vector<HistoryEvent> contradiction{};
    std::uint64_t steps = 0;  ///< that were made

    explicit operator bool() const noexcept { return kind == Kind::linearizable; }
};

struct LinearizabilityOptions {
    /// Places of calls that are tried, for each register, before the answer is `undecided`. A history that is in order
    /// takes about one for each call. Places that lead nowhere are remembered.
    std::uint64_t steps = 2'000'000;
    /// Look for the smallest contradiction, with at most as many steps again.
    bool explain = true;
};

}  // namespace holdfast::testing

#endif
