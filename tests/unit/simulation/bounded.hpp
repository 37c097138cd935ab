#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_BOUNDED_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_BOUNDED_HPP

#include <holdfast/testing/simulation.hpp>

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <unit/simulation/seeds.hpp>
#include <unit/support/readme.hpp>

namespace holdfast_tests {

/// What a table of flaws prints: how many seeds it took until each was found, and by which law.
class FoundTable {
public:
    FoundTable() { std::printf("%-44s %6s %9s  %s\n", "flaw", "seeds", "steps", "law"); }
    FoundTable(FoundTable const&) = delete;
    FoundTable& operator=(FoundTable const&) = delete;
    ~FoundTable() { std::printf("%llu steps simulated\n", static_cast<unsigned long long>(steps_)); }

    /// The flaw is found by one of `bound` seeds: it breaks `law` (part of a sentence; empty: any), the same laws
    /// whenever that seed is run again, and the timeline names the actors and what they wrote.
    template <class Body>
    void found(char const* flaw, std::uint64_t bound, holdfast::testing::SimulationOptions const& options, Body&& body,
               std::string_view law = {}) {
        is_in_the_readme("| " + std::string(flaw) + " | " + std::to_string(bound) + " |");
        holdfast::testing::Explored explored;
        std::uint64_t seeds = 0, steps = 0;
        do {
            explored = holdfast::testing::for_seeds(seeds + 1, bound - seeds, body, options);
            seeds += explored.seeds;
            steps += explored.steps;
        } while (explored.failure && !breaks(*explored.failure, law) && seeds < bound);
        steps_ += steps;
        if (!explored.failure || !breaks(*explored.failure, law)) {
            FAIL_CHECK(flaw << ": not found by " << bound << " seeds");
            return;
        }
        auto const& failure = *explored.failure;
        std::printf("%-44s %6llu %9llu  %s\n", flaw, static_cast<unsigned long long>(seeds),
                    static_cast<unsigned long long>(steps), broken(failure, law)->c_str());
        auto const again = holdfast::testing::for_seeds(failure.seed, 1, body, options);
        REQUIRE(again.failure);
        CHECK(again.failure->sentences == failure.sentences);
        CHECK(again.failure->timeline == failure.timeline);
        INFO(failure.text());
        CHECK(failure.timeline.find(" ms  A  ") != std::string::npos);
        CHECK(failure.timeline.find(" ms  B  ") != std::string::npos);
        bool const writes = names_a_write(failure.timeline, "A") || names_a_write(failure.timeline, "B");
        CHECK(writes);
    }

    /// None of `seeds`, or as many as are wanted, breaks a law.
    template <class Body>
    void holds(char const* world, std::uint64_t seeds, holdfast::testing::SimulationOptions const& options,
               Body&& body) {
        auto const explored = holdfast::testing::for_seeds(1, wanted_seeds(seeds), body, options);
        steps_ += explored.steps;
        std::printf("%-44s %6llu %9llu  %s\n", world, static_cast<unsigned long long>(explored.seeds),
                    static_cast<unsigned long long>(explored.steps),
                    explored.failure ? explored.failure->sentences.front().c_str() : "holds");
        INFO(world << "\n" << (explored.failure ? explored.failure->text() : std::string()));
        CHECK_FALSE(explored.failure);
        CHECK(explored.counts.conflicts > 0);
    }

private:
    static std::string const* broken(holdfast::testing::SimulationFailure const& failure, std::string_view law) {
        for (auto const& sentence : failure.sentences)
            if (sentence.find(law) != sentence.npos) return &sentence;
        return nullptr;
    }
    static bool breaks(holdfast::testing::SimulationFailure const& failure, std::string_view law) {
        return broken(failure, law) != nullptr;
    }
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
