// Sixteen who want one lease all the time: how long do they wait, counted in hand-overs to others?

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/simulation.hpp>

#include <catch2/catch_template_test_macros.hpp>

#include <string>
#include <vector>

namespace simulation_lease_fairness_test {

using namespace holdfast;
using namespace holdfast::testing;
using namespace std::chrono_literals;

constexpr std::uint64_t settled = 50;  ///< turns

struct Fairness {
    std::uint64_t waits = 0, longest = 0, twice = 0;
    std::vector<std::uint64_t> more_than = std::vector<std::uint64_t>(8, 0);  // [m]: waits of more than m·W
};

template <class Storage, class Placement>
Fairness measure(unsigned actors, unsigned rounds, std::uint64_t seeds) {
    using Lock = LeaseLock<Placement>;
    using Store = BasicStateStore<std::string, Storage, Lock, CompareAndSwap, RawBytes>;
    Fairness fairness;
    auto const explored = for_seeds(1, seeds, [&](Simulation& world) {
        Storage storage(world);
        std::uint64_t turns = 0;
        std::string last;
        unsigned busy = actors;
        for (unsigned i = 0; i < actors; ++i)
            world.spawn(std::to_string(i), [&](Actor& self) {
                Store store(storage, Lock(), self.store_options(endless));
                for (unsigned n = 0; n < rounds; ++n) {
                    std::uint64_t const begin = turns;
                    auto held = store.lock("k");
                    if (!world.expect(held.has_value(), "whoever waits gets it")) return;
                    std::uint64_t const waited = turns++ - begin;
                    // Without those who are left at the end, and until somebody has said that others wait.
                    if (busy == actors && begin >= settled) {
                        ++fairness.waits;
                        if (last == self.name()) ++fairness.twice;
                        if (waited > fairness.longest) fairness.longest = waited;
                        for (std::size_t m = 0; m < fairness.more_than.size(); ++m)
                            if (waited > m * actors) ++fairness.more_than[m];
                    }
                    last = self.name();
                    world.expect(held->update([](std::string& text) { text += "+"; }).applied(), "its holder writes");
                    world.expect(held->release().has_value(), "its holder releases it");
                }
                --busy;
            });
        world.run();
        Store judge(storage, world.store_options());
        world.expect((*judge.get("k"))->value().size() == std::size_t{actors} * rounds, "nothing is lost");
    });
    if (explored.failure) FAIL(explored.failure->text());
    return fairness;
}

template <class S, class P>
struct Combination {
    using storage = S;
    using placement = P;
};

TEMPLATE_TEST_CASE("simulation: leases are fair", "[simulation]", (Combination<SimulatedStorage, Embedded>),
                   (Combination<SimulatedStorage, OwnSlot>), (Combination<SimulatedLocalStorage, Embedded>),
                   (Combination<SimulatedLocalStorage, OwnSlot>)) {
    for (unsigned const actors : {2u, 16u}) {
        auto const fair =
            measure<typename TestType::storage, typename TestType::placement>(actors, actors == 2 ? 150 : 40, 20);
        INFO(actors << " actors, " << fair.waits << " waits, longest " << fair.longest << " turns, the same again "
                    << fair.twice << ", more than 1…5 times as many as there are actors: " << fair.more_than[1] << " "
                    << fair.more_than[2] << " " << fair.more_than[3] << " " << fair.more_than[4] << " "
                    << fair.more_than[5]);
        CHECK(fair.waits > 500);
        // Equal draws: e^-m of the waits are longer than m·W.
        double const waits = static_cast<double>(fair.waits);
        CHECK(static_cast<double>(fair.more_than[1]) < 0.368 * 1.2 * waits);
        CHECK(static_cast<double>(fair.more_than[2]) < 0.135 * 1.2 * waits);
        CHECK(static_cast<double>(fair.more_than[4]) < 0.018 * 1.5 * waits);
        CHECK(fair.longest < actors * 12);
        CHECK(static_cast<double>(fair.twice) < 0.15 * waits);
    }
}

}  // namespace simulation_lease_fairness_test
