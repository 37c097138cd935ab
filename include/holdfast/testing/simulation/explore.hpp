#ifndef HOLDFAST_TESTING_SIMULATION_EXPLORE_HPP
#define HOLDFAST_TESTING_SIMULATION_EXPLORE_HPP

#include <holdfast/testing/laws/threads.hpp>
#include <holdfast/testing/simulation/world.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::testing {

/// The first seed that broke a law.
struct SimulationFailure {
    std::uint64_t seed = 0;
    std::vector<std::string> sentences{};  ///< the laws
    std::string timeline{};                ///< of a second run of the seed
    /// All of it, for people.
    std::string text() const {
        std::string all = "seed " + std::to_string(seed) + ":\n";
        for (auto const& sentence : sentences) all.append("  ").append(sentence).append("\n");
        return all.append(timeline);
    }
};

/// What came of many seeds.
struct Explored {
    std::uint64_t seeds = 0, steps = 0;
    SimulatedCounts counts{};  ///< what was met on the way
    std::optional<SimulationFailure> failure{};
};

/// Runs `body(Simulation&)` in a fresh world for each of `count` seeds from `first` on, until one has findings, or
/// until all are done. The body spawns actors, calls `run` and checks its laws with `expect`; an exception that it lets
/// through is a finding. The seed that failed is run again with a trace: the same that the smallest failing seed always
/// gives, however many threads there are.
///
/// `threads`: so many run worlds of their own at the same time, and `body` must bear that. A failure ends all.
template <class Body>
Explored for_seeds(std::uint64_t first, std::uint64_t count, Body&& body, SimulationOptions const& options = {},
                   unsigned threads = 1) {
    auto const run = [&](std::uint64_t seed, bool trace, std::shared_ptr<detail::StackPool> const& stacks,
                         auto&& look) {
        SimulationOptions mine = options;
        mine.seed = seed;
        mine.trace = mine.trace || trace;
        Simulation simulation(std::move(mine), stacks);
        try {
            body(simulation);
        } catch (std::exception const& error) {
            simulation.expect(false, std::string("the body threw: ") + error.what());
        } catch (...) {
            simulation.expect(false, "the body threw something that is no std::exception");
        }
        look(simulation);
    };

    std::mutex mutex;
    Explored result;
    std::atomic<std::uint64_t> next{0}, end{count};  // offsets; seeds are handed out in order
    auto const work = [&] {
        auto const stacks = std::make_shared<detail::StackPool>(options.stack_size);
        Explored mine;
        for (std::uint64_t nth = next++; nth < end; nth = next++) {
            run(first + nth, false, stacks, [&](Simulation& simulation) {
                mine.steps += simulation.steps();
                mine.counts += simulation.counts();
                if (simulation.findings().empty()) return;
                for (auto known = end.load(); nth < known && !end.compare_exchange_weak(known, nth);) {
                }
            });
        }
        std::lock_guard const lock(mutex);
        result.steps += mine.steps;
        result.counts += mine.counts;
    };
    if (threads <= 1) work();
    else law::in_threads(threads, [&](unsigned) { work(); });

    result.seeds = end;
    if (end == count) return result;
    ++result.seeds;
    run(first + end, true, std::make_shared<detail::StackPool>(options.stack_size), [&](Simulation& simulation) {
        result.failure = SimulationFailure{first + end, simulation.findings().sentences(), simulation.timeline()};
        if (simulation.findings().empty())
            result.failure->sentences.push_back(
                "broke a law, but not when it was run again: the body uses something beside its simulation");
    });
    return result;
}

}  // namespace holdfast::testing

#endif
