// Pipelines that load rows into a warehouse and keep their cursor in a store, three at once, which may crash anywhere:
// tempting orders lose or double rows, and are found; the right ones do not.

#include <cstdlib>
#include <unit/simulation/bounded.hpp>
#include <unit/simulation/pipeline.hpp>

namespace flawed_pipelines_test {

using namespace holdfast_tests;
using namespace std::chrono_literals;
using holdfast::testing::Simulation;
using holdfast::testing::SimulationOptions;
using holdfast::testing::Weather;

struct Row {
    char const* name;
    Order order;
    bool watched;
    std::uint64_t bound;
};

Row const rows[] = {
    {"state first", Order::state_first, true, 20},
    {"state first, judged at the end", Order::state_first, false, 50},
    {"append, state last", Order::append, true, 20},
    {"the next sequence as token", Order::next_sequence, true, 150},
    {"the next sequence as token, at the end", Order::next_sequence, false, 150},
    {"a staged batch is pending: thrown away", Order::staged_hasty, true, 50},
};

SimulationOptions crashing() {
    SimulationOptions options;
    options.nemesis = {.pauses = 20, .pause = {1ms, 500ms}, .crashes = 25, .restart = {1ms, 1s}, .most_crashes = 6};
    return options;
}

auto run_of(Row const& row, Weather weather) {
    return [&row, weather](Simulation& world) { PipelineRun(world, row.order, weather, row.watched).go(); };
}

TEST_CASE("simulation: every wrong order of pipelines is found within a bounded number of seeds") {
    FoundTable table;
    for (Row const& row : rows) table.found(row.name, row.bound, crashing(), run_of(row, Weather::storm()));
}

TEST_CASE("simulation: state last by primary key, or with a commit token, shows every row once") {
    FoundTable table;
    Row const right[] = {{"upsert by primary key, state last", Order::upsert, true, 2000},
                         {"staged under the id of the write", Order::staged, true, 2000}};
    for (Row const& row : right) {
        table.holds(row.name, row.bound, crashing(), run_of(row, Weather::storm()));
        table.holds((std::string(row.name) + ", calm").c_str(), row.bound, crashing(), run_of(row, Weather::calm()));
    }
}

}  // namespace flawed_pipelines_test
