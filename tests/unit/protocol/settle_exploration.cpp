// Every run of small scenarios over a line that loses, delays and doubles writes. The real policy passes all of them;
// each tempting mistake is found by one.

#include <holdfast/versioning/compare_and_swap.hpp>

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <unit/protocol/exploration.hpp>
#include <unit/protocol/flawed.hpp>

namespace settle_exploration_test {

using holdfast::CompareAndSwap;
using holdfast::testing::FarRevisions;
using holdfast_tests::Does;
using holdfast_tests::Exploration;
using holdfast_tests::Flaw;
using holdfast_tests::Flawed;
using holdfast_tests::Scenario;

constexpr std::size_t many = 20'000;

Scenario const two_updates{.clients = {Does::update, Does::update}, .there = true};
Scenario const two_updates_two_faults{.clients = {Does::update, Does::update}, .there = true, .faults = 2};
Scenario const one_update_and_flood{.clients = {Does::update, Does::flood}, .there = true};
Scenario const update_and_fence{.clients = {Does::update, Does::fence}, .there = true};
Scenario const update_and_restore{.clients = {Does::update, Does::restore}, .there = true};
Scenario const create_and_remove{.clients = {Does::create, Does::remove}};
Scenario const remove_create_remove{.clients = {Does::remove, Does::create, Does::remove}, .there = true};
Scenario const create_remove_purge_at_once{.clients = {Does::create, Does::remove, Does::purge_at_once}};
Scenario const create_remove_purge_after_flights{.clients = {Does::create, Does::remove, Does::purge_after_flights}};
Scenario const create_remove_purge_after_all{.clients = {Does::create, Does::remove, Does::purge_after_all}};
Scenario const update_create_remove{.clients = {Does::update, Does::create, Does::remove}};
Scenario const hasty_updates{
    .clients = {Does::update, Does::update}, .there = true, .patient = false, .faults = 2, .fates = true};
Scenario const hasty_creates{
    .clients = {Does::create, Does::create, Does::remove}, .patient = false, .faults = 1, .fates = true};

Scenario counted(Scenario scenario) {
    scenario.revisions = FarRevisions::counter;
    return scenario;
}

template <class Versioning>
void holds(char const* name, Scenario const& scenario) {
    auto const explored = Exploration<Versioning>::all(scenario, many);
    INFO(name << ": " << explored.runs << " runs");
    CHECK(explored.broken == "");
    CHECK(explored.runs < many);
    CHECK(explored.runs > 50);
}

template <Flaw F>
void is_found(Scenario const& scenario) {
    auto const explored = Exploration<Flawed<F>>::all(scenario, many);
    INFO(explored.runs << " runs");
    CHECK(explored.broken != "");
}

TEST_CASE("settle: compare-and-swap keeps every promise in every run", "[settle]") {
    holds<CompareAndSwap>("two updates", two_updates);
    holds<CompareAndSwap>("two updates, two faults", two_updates_two_faults);
    holds<CompareAndSwap>("two updates, counted", counted(two_updates));
    holds<CompareAndSwap>("update and flood", one_update_and_flood);
    holds<CompareAndSwap>("update and fence", update_and_fence);
    holds<CompareAndSwap>("update and restore", update_and_restore);
    holds<CompareAndSwap>("create and remove", create_and_remove);
    holds<CompareAndSwap>("create and remove, counted", counted(create_and_remove));
    holds<CompareAndSwap>("remove, create, remove", remove_create_remove);
    holds<CompareAndSwap>("update, create, remove", update_create_remove);
    holds<CompareAndSwap>("purge after all", create_remove_purge_after_all);
    holds<CompareAndSwap>("hasty updates", hasty_updates);
    holds<CompareAndSwap>("hasty creates", hasty_creates);
}

TEST_CASE("settle: the exploration condemns nothing that is right", "[settle]") {
    holds<Flawed<Flaw::none>>("two updates", two_updates);
    holds<Flawed<Flaw::none>>("create and remove", create_and_remove);
    holds<Flawed<Flaw::none>>("update and flood", one_update_and_flood);
    holds<Flawed<Flaw::none>>("update and fence", update_and_fence);
}

TEST_CASE("settle: every tempting mistake is found", "[settle]") {
    SECTION("a conflict is final") { is_found<Flaw::conflict_is_final>(two_updates); }
    SECTION("only the newest id is compared") { is_found<Flaw::only_the_newest_id>(two_updates); }
    SECTION("the base is still there: not applied") { is_found<Flaw::base_means_failed>(two_updates); }
    SECTION("the base is still there: again, with a fresh id") {
        is_found<Flaw::fresh_id_when_pending>(two_updates_two_faults);
    }
    SECTION("not in the ring: never") { is_found<Flaw::missing_means_never>(one_update_and_flood); }
    SECTION("farther than the ring: never") { is_found<Flaw::overflow_means_never>(one_update_and_flood); }
    SECTION("a fence leaves the counter of positions alone") {
        is_found<Flaw::position_without_counter>(update_and_fence);
    }
    SECTION("bytes are removed") {
        is_found<Flaw::physical_remove>(create_and_remove);
        is_found<Flaw::physical_remove>(counted(create_and_remove));
    }
    SECTION("all tombstones are the same") { is_found<Flaw::constant_tombstone>(remove_create_remove); }
    SECTION("no precondition") { is_found<Flaw::unconditional>(two_updates); }
    SECTION("no id in the body") { is_found<Flaw::no_id_in_the_body>(update_and_restore); }
    SECTION("purged while a write is under way") {
        CHECK(Exploration<CompareAndSwap>::all(create_remove_purge_at_once, many).broken != "");
    }
    SECTION("purged while a writer pauses") {
        CHECK(Exploration<CompareAndSwap>::all(create_remove_purge_after_flights, many).broken != "");
    }
}

}  // namespace settle_exploration_test
