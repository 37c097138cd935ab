// Tempting mistakes in conditional writes, each planted under a real store: bad weather finds every one within a
// bounded number of seeds, and the real policy bears the same worlds.

#include <cstdlib>
#include <unit/simulation/bounded.hpp>
#include <unit/simulation/write_world.hpp>

namespace flawed_writes_test {

using namespace holdfast_tests;
using namespace std::chrono_literals;
using holdfast::testing::Nemesis;
using holdfast::testing::FarRevisions;
using holdfast::testing::Simulation;
using holdfast::testing::SimulationOptions;
using holdfast::testing::Weather;

/// Every third write goes wrong, in all ways that leave it open what became of it. Reads succeed: the small policies
/// that carry the flaws do not ask.
Weather rough(holdfast::Duration delay = 2s, holdfast::Duration reply_timeout = 100ms) {
    Weather weather;
    weather.reply_timeout = reply_timeout;
    weather.delay.most = delay;
    weather.lost = 40;
    weather.reply_lost = 80;
    weather.late = 80;
    weather.twice = 60;
    weather.twice_reply_lost = 60;
    return weather;
}

WriteWorld const updates{.name = "three who update",
                         .actors = {{Act::update, Act::update}, {Act::update, Act::update}, {Act::update}},
                         .there = true,
                         .weather = rough(200ms)};  // while the sender looks what became of its write
WriteWorld const crashing{.name = "three who update and crash",
                          .actors = {{Act::update, Act::update}, {Act::update, Act::update}, {Act::update}},
                          .there = true,
                          .weather = rough(),
                          .nemesis = {.pauses = 10, .crashes = 20}};
WriteWorld const hasty{.name = "updates in a hurry, and their fates",
                       .actors = {{Act::update, Act::update}, {Act::update, Act::update}, {Act::create, Act::remove}},
                       .weather = rough(),
                       .timeout = 50ms,
                       .fates = true};
WriteWorld const flood{.name = "an update and a flood",
                       .actors = {{Act::update, Act::update, Act::update}, {Act::flood}},
                       .there = true,
                       .weather = rough(2s, 1s)};
WriteWorld const fences{.name = "updates and fences",
                        .actors = {{Act::update, Act::update}, {Act::fence, Act::fence, Act::update}},
                        .there = true,
                        .weather = rough()};
WriteWorld const restores{.name = "updates and restores",
                          .actors = {{Act::update, Act::update}, {Act::restore, Act::restore}},
                          .there = true,
                          .weather = rough()};
WriteWorld const removals{
    .name = "creates and removals",
    .actors = {{Act::create, Act::create}, {Act::remove, Act::remove, Act::remove}, {Act::update}},
    .weather = rough()};
WriteWorld const many_removals{
    .name = "creates and many removals",
    .actors = {{Act::remove, Act::create, Act::remove}, {Act::create, Act::remove, Act::remove}},
    .there = true,
    .weather = rough()};
WriteWorld const locks{.name = "a foreign lock, and its thieves",
                       .actors = {{Act::locked_update, Act::locked_update}, {Act::locked_update, Act::locked_update}},
                       .there = true,
                       .nemesis = {.pauses = 10}};
WriteWorld const purges{.name = "purges after a day",
                        .actors = {{Act::create, Act::create}, {Act::remove, Act::remove, Act::remove}, {Act::purge}},
                        .weather = rough(),
                        .nemesis = {.pauses = 40, .pause = {1ms, 20s}}};

WriteWorld counted(WriteWorld world) {
    world.name += ", counted";
    world.revisions = FarRevisions::counter;
    return world;
}
WriteWorld purged_after(holdfast::Duration grace) {
    WriteWorld world = purges;
    world.grace = grace;
    return world;
}

struct Row {
    char const* name;
    Planted policy;
    WriteWorld world;
    std::uint64_t bound;
};

Planted const real{};

Row const rows[] = {
    {"a conflict is final", {Flaw::conflict_is_final}, updates, 1500},
    {"a conflict is final (counted)", {Flaw::conflict_is_final}, counted(updates), 1500},
    {"only the newest id is compared", {Flaw::only_the_newest_id}, updates, 50},
    {"the base is still there: not applied", {Flaw::base_means_failed}, updates, 200},
    {"the base is still there: a fresh id", {Flaw::fresh_id_when_pending}, updates, 700},
    {"not in the ring: never", {Flaw::missing_means_never}, flood, 700},
    {"farther than the ring: never", {Flaw::overflow_means_never}, flood, 700},
    {"a fence leaves the counter of positions", {Flaw::position_without_counter}, fences, 100},
    {"bytes are removed", {Flaw::physical_remove}, removals, 50},
    {"bytes are removed (counted)", {Flaw::physical_remove}, counted(removals), 50},
    {"all tombstones are the same", {Flaw::constant_tombstone}, many_removals, 50},
    {"no precondition", {Flaw::unconditional}, updates, 20},
    {"no id in the body", {Flaw::no_id_in_the_body}, restores, 500},
    {"purged without grace", real, purged_after(0ms), 150},
    {"purged when requests have landed", real, purged_after(2500ms), 1000},
    {"a foreign lock is trusted", {Flaw::unconditional}, locks, 300},
};

SimulationOptions options_of(WriteWorld const& world) {
    SimulationOptions options;
    options.nemesis = world.nemesis;
    return options;
}

auto run_of(WriteWorld const& world, Planted const& policy) {
    return [&world, policy](Simulation& simulation) { WriteRun(simulation, world, policy).go(); };
}

TEST_CASE("simulation: every flaw of conditional writes is found within a bounded number of seeds") {
    FoundTable table;
    for (Row const& row : rows) table.found(row.name, row.bound, options_of(row.world), run_of(row.world, row.policy));
}

TEST_CASE("simulation: compare-and-swap bears what the flaws do not") {
    FoundTable table;
    for (WriteWorld const& world : {updates, counted(updates), crashing, hasty, counted(hasty), flood, fences, restores,
                                    removals, counted(removals), many_removals, locks, purges, counted(purges)})
        table.holds(world.name.c_str(), 2000, options_of(world), run_of(world, real));
}

TEST_CASE("simulation: the worlds condemn nothing that is right") {
    FoundTable table;
    for (WriteWorld const& world : {updates, hasty, flood, fences, restores, removals, many_removals, locks, purges})
        table.holds(world.name.c_str(), 1000, options_of(world), run_of(world, Planted{Flaw::none}));
}

TEST_CASE("simulation: what is said not to be purged was not purged") {
    FoundTable table;
    WriteWorld world{.name = "a purge, and creates that follow it",
                     .actors = {{Act::create, Act::rest, Act::create, Act::create}, {Act::remove}, {Act::purge}},
                     .weather = rough(),
                     .grace = 10min,
                     .claims = true};
    world.weather.not_sent = world.weather.refused = 50;
    table.holds(world.name.c_str(), 2000, options_of(world), run_of(world, real));
}

}  // namespace flawed_writes_test
