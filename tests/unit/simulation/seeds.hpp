#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_SEEDS_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_SEEDS_HPP

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace holdfast_tests {

/// `seeds`, or `HOLDFAST_SEEDS` of the environment where that is less: sanitizers judge the code, and the protocols are
/// judged elsewhere.
inline std::uint64_t wanted_seeds(std::uint64_t seeds) {
    char const* const most = std::getenv("HOLDFAST_SEEDS");
    return most == nullptr ? seeds : std::min<std::uint64_t>(seeds, std::strtoull(most, nullptr, 10));
}

}  // namespace holdfast_tests

#endif
