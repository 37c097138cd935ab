#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_BOUNDED_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_BOUNDED_HPP

#include <holdfast/testing/simulation.hpp>

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <cstdio>
#include <string>

namespace holdfast_tests {

/// What a table of flaws prints: how many seeds it took until each was found, and by which law.
class FoundTable {
public:
    FoundTable() { std::printf("%-44s %6s %9s  %s\n", "flaw", "seeds", "steps", "law"); }
    FoundTable(FoundTable const&) = delete;
    FoundTable& operator=(FoundTable const&) = delete;
    ~FoundTable() { std::printf("%llu steps simulated\n", static_cast<unsigned long long>(steps_)); }

    /// The flaw is found by one of `bound` seeds, by the same law whenever that seed is run again, and the timeline
    /// names the actors and the writes. `law` (part of a sentence): what must be broken; empty: anything.
    template <class Body>
    void found(char const* flaw, std::uint64_t bound, holdfast::testing::SimulationOptions const& options,
               Body&& body) {
        auto const explored = holdfast::testing::for_seeds(1, bound, body, options);
        steps_ += explored.steps;
        INFO(flaw << ": not found by " << bound << " seeds");
        CHECK(explored.failure);
        if (!explored.failure) return;
        auto const& failure = *explored.failure;
        std::printf("%-44s %6llu %9llu  %s\n", flaw, static_cast<unsigned long long>(explored.seeds),
                    static_cast<unsigned long long>(explored.steps), failure.sentences.front().c_str());
        auto const again = holdfast::testing::for_seeds(failure.seed, 1, body, options);
        REQUIRE(again.failure);
        CHECK(again.failure->sentences == failure.sentences);
        CHECK(again.failure->timeline == failure.timeline);
        INFO(failure.text());
        CHECK(names_a_write(failure.timeline, "A"));
        CHECK(names_a_write(failure.timeline, "B"));
    }

    /// None of `seeds` breaks a law.
    template <class Body>
    void holds(char const* world, std::uint64_t seeds, holdfast::testing::SimulationOptions const& options,
               Body&& body) {
        auto const explored = holdfast::testing::for_seeds(1, seeds, body, options);
        steps_ += explored.steps;
        std::printf("%-44s %6llu %9llu  holds\n", world, static_cast<unsigned long long>(explored.seeds),
                    static_cast<unsigned long long>(explored.steps));
        INFO(world << "\n" << (explored.failure ? explored.failure->text() : std::string()));
        CHECK_FALSE(explored.failure);
        CHECK(explored.counts.conflicts > 0);
    }

private:
    /// "   12.345 ms  A  write w3 if w1 -> …"
    static bool names_a_write(std::string const& timeline, std::string const& actor) {
        for (char const* what : {"  write w", "  remove"})
            if (timeline.find(" ms  " + actor + what) != std::string::npos) return true;
        return false;
    }

    std::uint64_t steps_ = 0;
};

}  // namespace holdfast_tests

#endif
