#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_SEEDS_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_SEEDS_HPP

#include <cstdint>
#include <cstdlib>

namespace holdfast_tests {

/// `HOLDFAST_SEEDS` of the environment: more for a long search, less under sanitizers, which judge the code while the
/// protocols are judged elsewhere. Without it: `seeds`.
inline std::uint64_t wanted_seeds(std::uint64_t seeds) {
    char const* const wanted = std::getenv("HOLDFAST_SEEDS");
    return wanted == nullptr ? seeds : std::strtoull(wanted, nullptr, 10);
}

}  // namespace holdfast_tests

#endif
