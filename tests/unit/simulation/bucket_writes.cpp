// The worlds of conditional writes once more, with the records in a bucket: its tokens are hashes of bodies, or counted.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>

#include <unit/simulation/bounded.hpp>
#include <unit/simulation/simulated_objects.hpp>
#include <unit/simulation/write_world.hpp>

namespace bucket_writes_test {

using namespace holdfast_tests;
using namespace std::chrono_literals;
using holdfast::testing::FarRevisions;
using holdfast::testing::Simulation;
using holdfast::testing::SimulationOptions;
using holdfast::testing::Weather;
using BucketRun = BasicWriteRun<SimulatedBucket>;

Weather rough() {
    Weather weather;
    weather.reply_timeout = 100ms;
    weather.delay.most = 2s;
    weather.lost = 40;
    weather.reply_lost = 80;
    weather.late = 80;
    weather.twice = 60;
    weather.twice_reply_lost = 60;
    return weather;
}

WriteWorld const updates{.name = "bucket: three who update",
                         .actors = {{Act::update, Act::update}, {Act::update, Act::update}, {Act::update}},
                         .there = true,
                         .weather = rough()};
WriteWorld const crashing{.name = "bucket: three who update and crash",
                          .actors = {{Act::update, Act::update}, {Act::update, Act::update}, {Act::update}},
                          .there = true,
                          .weather = rough(),
                          .nemesis = {.pauses = 10, .crashes = 20}};
WriteWorld const hasty{.name = "bucket: updates in a hurry, and their fates",
                       .actors = {{Act::update, Act::update}, {Act::update, Act::update}, {Act::create, Act::remove}},
                       .weather = rough(),
                       .timeout = 50ms,
                       .fates = true};
WriteWorld const restores{.name = "bucket: updates and restores",
                          .actors = {{Act::update, Act::update}, {Act::restore, Act::restore}},
                          .there = true,
                          .weather = rough()};
WriteWorld const removals{
    .name = "bucket: creates and removals",
    .actors = {{Act::create, Act::create}, {Act::remove, Act::remove, Act::remove}, {Act::update}},
    .weather = rough()};
WriteWorld const purges{.name = "bucket: purges after a day",
                        .actors = {{Act::create, Act::create}, {Act::remove, Act::remove, Act::remove}, {Act::purge}},
                        .weather = rough(),
                        .nemesis = {.pauses = 40, .pause = {1ms, 20s}}};

WriteWorld with(FarRevisions revisions, WriteWorld world) {
    world.revisions = revisions;
    if (revisions == FarRevisions::counter) world.name += ", counted";
    return world;
}

SimulationOptions options_of(WriteWorld const& world) {
    SimulationOptions options;
    options.nemesis = world.nemesis;
    return options;
}

auto run_of(WriteWorld const& world, Planted const& policy) {
    return [&world, policy](Simulation& simulation) { BucketRun(simulation, world, policy).go(); };
}

TEST_CASE("simulation: records in a bucket bear the same worlds") {
    FoundTable table;
    for (FarRevisions const revisions : {FarRevisions::content, FarRevisions::counter})
        for (WriteWorld const& plan : {updates, crashing, hasty, restores, removals, purges}) {
            WriteWorld const world = with(revisions, plan);
            table.holds(world.name.c_str(), 500, options_of(world), run_of(world, Planted{}));
        }
}

TEST_CASE("simulation: flaws are found over a bucket, too") {
    FoundTable table;
    table.found("bucket: a conflict is final", 1500, options_of(updates), run_of(updates, {Flaw::conflict_is_final}));
    table.found("bucket: bytes are removed", 100, options_of(removals), run_of(removals, {Flaw::physical_remove}));
    table.found("bucket: no precondition", 50, options_of(updates), run_of(updates, {Flaw::unconditional}));
    WriteWorld hurried = purges;
    hurried.grace = 0ms;
    table.found("bucket: purged without grace", 500, options_of(hurried), run_of(hurried, Planted{}));
}

}  // namespace bucket_writes_test
