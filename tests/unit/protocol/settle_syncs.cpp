// Every run of small scenarios over a disk whose syncs fail: what is reported applied survives a power loss, nothing is
// made twice, and fates that are told are true. Each tempting mistake is found.

#include <holdfast/versioning/compare_and_swap.hpp>

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <unit/protocol/exploration.hpp>
#include <unit/protocol/flawed.hpp>

namespace settle_syncs_test {

using holdfast::CompareAndSwap;
using holdfast_tests::Disk;
using holdfast_tests::Does;
using holdfast_tests::Exploration;
using holdfast_tests::Flaw;
using holdfast_tests::Flawed;
using holdfast_tests::Scenario;

constexpr std::size_t many = 20'000;

Scenario const two_updates{.clients = {Does::update, Does::update}, .there = true, .faults = 2, .fates = true};
Scenario const update_and_flood{.clients = {Does::update, Does::flood}, .there = true, .faults = 2, .fates = true};
Scenario const create_and_remove{.clients = {Does::create, Does::remove}, .faults = 2, .fates = true};
Scenario const two_creates_and_remove{.clients = {Does::create, Does::create, Does::remove}, .fates = true};
Scenario const remove_and_create{.clients = {Does::remove, Does::create}, .there = true, .faults = 2, .fates = true};
Scenario const update_and_remove{.clients = {Does::update, Does::remove}, .there = true, .faults = 2, .fates = true};
Scenario const update_and_fence{.clients = {Does::update, Does::fence}, .there = true, .faults = 2, .fates = true};

Scenario naive(Scenario scenario) {
    scenario.naive = true;
    return scenario;
}

template <class Versioning>
void holds(char const* name, Scenario const& scenario) {
    auto const explored = Exploration<Versioning, Disk>::all(scenario, many);
    INFO(name << ": " << explored.runs << " runs");
    CHECK(explored.broken == "");
    CHECK(explored.runs < many);
    CHECK(explored.runs > 50);
}

template <class Versioning>
void is_found(Scenario const& scenario, std::string const& law) {
    auto const explored = Exploration<Versioning, Disk>::all(scenario, many, law);
    INFO(explored.runs << " runs");
    CHECK(explored.broken == law);
}

template <class Versioning>
void keeps_every_promise() {
    holds<Versioning>("two updates", two_updates);
    holds<Versioning>("update and flood", update_and_flood);
    holds<Versioning>("create and remove", create_and_remove);
    holds<Versioning>("two creates and remove", two_creates_and_remove);
    holds<Versioning>("remove and create", remove_and_create);
    holds<Versioning>("update and remove", update_and_remove);
    holds<Versioning>("update and fence", update_and_fence);
}

TEST_CASE("settle: compare-and-swap keeps every promise on a disk that fails to sync", "[settle]") {
    keeps_every_promise<CompareAndSwap>();
}

TEST_CASE("settle: the exploration of failing syncs condemns nothing that is right", "[settle]") {
    keeps_every_promise<Flawed<Flaw::none>>();
}

TEST_CASE("settle: every tempting mistake about a failed sync is found", "[settle]") {
    SECTION("a failed sync is asked again, and believed") {
        is_found<Flawed<Flaw::sent_again>>(two_updates, "reported applied, and a power loss undoes it");
    }
    SECTION("a create is sent again, and undoes a removal") {
        is_found<Flawed<Flaw::sent_again>>(create_and_remove, "a write took effect twice");
    }
    SECTION("what can be seen is believed to be on disk") {
        is_found<Flawed<Flaw::seen_means_synced>>(two_updates, "reported applied, and a power loss undoes it");
        is_found<CompareAndSwap>(naive(two_updates), "said to be applied, and a power loss undoes it");
    }
    SECTION("what is not there was never made") {
        is_found<CompareAndSwap>(naive(two_creates_and_remove), "said to be never applied, and is");
    }
    SECTION("whether a removal was made is never known") {
        is_found<CompareAndSwap>(naive(create_and_remove), "sealed, and still unknown");
    }
    SECTION("what is not there is yet to come") {
        is_found<CompareAndSwap>(naive(create_and_remove), "said to be pending, and is applied");
    }
}

}  // namespace settle_syncs_test
