#ifndef HOLDFAST_TESTING_SIMULATION_OPTIONS_HPP
#define HOLDFAST_TESTING_SIMULATION_OPTIONS_HPP

#include <holdfast/testing/simulation/clock.hpp>
#include <holdfast/testing/simulation/random.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::testing {

/// What befalls actors by chance. Chances are parts per thousand of the steps.
struct Nemesis {
    unsigned pauses = 0;  ///< the actor gets no steps for a while, and its clocks go on (SIGSTOP, a suspended machine)
    Span pause{std::chrono::milliseconds(1), std::chrono::seconds(60)};
    unsigned crashes = 0;  ///< the actor is gone; see `Simulation::crash`
    Span restart{std::chrono::milliseconds(1), std::chrono::seconds(5)};  ///< and back after so long
    unsigned most_crashes = 10;                                           ///< in a run, so that it ends
};

/// How a simulation runs.
struct SimulationOptions {
    std::uint64_t seed = 1;
    bool trace = false;  ///< keep every event for `timeline`: about 100 bytes each
    Nemesis nemesis{};
    Duration most_offset{0};               ///< random skew of each actor: of its time of day, either way
    int most_rate = 0;                     ///< … and of the speed of its clocks, parts per million, either way
    std::uint64_t most_steps = 1'000'000;  ///< after that the run is broken off
    Duration most_time = std::chrono::hours(24 * 30);  ///< of the world, likewise
    bool must_end = true;                              ///< that a run was broken off is a finding
    std::size_t stack_size = std::size_t{256} * 1024;  ///< of each actor, in bytes
};

/// How a run ended.
struct Ran {
    std::uint64_t steps = 0;           ///< storage operations, sleeps and arrivals of late copies
    bool ended = false;                ///< every actor has ended and nothing is under way
    std::vector<std::string> stuck{};  ///< names of the actors that have not
    Duration elapsed{0};               ///< time of the world
};

}  // namespace holdfast::testing

#endif
