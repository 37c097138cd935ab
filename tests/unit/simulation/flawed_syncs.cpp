// Tempting mistakes about syncs that fail, each planted under a real store on a disk of this host: after the power has
// failed, too, a bounded number of seeds finds every one, and the real policy bears the same worlds.

#include <unit/simulation/bounded.hpp>
#include <unit/simulation/write_world.hpp>

namespace flawed_syncs_test {

using namespace holdfast_tests;
using namespace std::chrono_literals;
using holdfast::testing::Simulation;
using holdfast::testing::SimulationOptions;
using holdfast::testing::Weather;

/// Every fourth write goes wrong, most of them after they were made.
Weather failing_disk() {
    Weather weather;
    weather.refused = 30;
    weather.lost = 20;
    weather.unsynced = 200;
    return weather;
}

WriteWorld const updates{.name = "updates on a failing disk",
                         .actors = {{Act::update, Act::update}, {Act::update, Act::update}, {Act::update}},
                         .there = true,
                         .weather = failing_disk(),
                         .fates = true,
                         .power_fails = true};
WriteWorld const removals{
    .name = "creates and removals on a failing disk",
    .actors = {{Act::create, Act::create}, {Act::remove, Act::remove, Act::remove}, {Act::update}},
    .weather = failing_disk(),
    .fates = true,
    .power_fails = true};
WriteWorld const fences{.name = "updates and fences on a failing disk",
                        .actors = {{Act::update, Act::update}, {Act::fence, Act::fence, Act::update}},
                        .there = true,
                        .weather = failing_disk(),
                        .fates = true,
                        .power_fails = true};

WriteWorld naive(WriteWorld world) {
    world.naive = true;
    return world;
}

struct Row {
    char const* name;
    Planted policy;
    WriteWorld world;
    std::uint64_t bound;
    char const* law;
};

Planted const real{};

Row const rows[] = {
    {"a failed sync is asked again", {Flaw::sent_again}, updates, 20, "an update is lost"},
    {"a create whose sync failed is sent again", {Flaw::sent_again}, removals, 50, "a write took effect twice"},
    {"what can be seen is on disk", {Flaw::seen_means_synced}, updates, 20, "an update is lost"},
    {"what can be seen is said to be applied", real, naive(updates), 50, "said to be applied is lost"},
    {"what is not there was never made", real, naive(removals), 100, "said to be never applied, and is"},
};

auto run_of(WriteWorld const& world, Planted const& policy) {
    return [&world, policy](Simulation& simulation) { LocalWriteRun(simulation, world, policy).go(); };
}

TEST_CASE("simulation: every flaw about syncs is found within a bounded number of seeds") {
    FoundTable table;
    for (Row const& row : rows)
        table.found(row.name, row.bound, SimulationOptions(), run_of(row.world, row.policy), row.law);
}

TEST_CASE("simulation: compare-and-swap bears a disk that fails to sync") {
    FoundTable table;
    for (WriteWorld const& world : {updates, removals, fences})
        table.holds(world.name.c_str(), 2000, SimulationOptions(), run_of(world, real));
}

TEST_CASE("simulation: the failing disks condemn nothing that is right") {
    FoundTable table;
    for (WriteWorld const& world : {updates, removals, fences})
        table.holds(world.name.c_str(), 1000, SimulationOptions(), run_of(world, Planted{Flaw::none}));
}

}  // namespace flawed_syncs_test
