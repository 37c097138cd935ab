// Two processes count to ten together, in the worst weather, a thousand times over: in a simulation, where a seed fixes
// everything that happens. Then the same with a policy that is wrong, and what the simulation has to say about it.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/simulation.hpp>

#include <iostream>

using namespace holdfast;
using namespace holdfast::testing;

// The mistake: a write whose reply is lost is taken for one that was not made, and so the update is made again.
struct HopesForTheBest : CompareAndSwap {
    template <class S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
        Context const impatient(ctx.env, Duration::zero());
        auto done = CompareAndSwap::commit(storage, impatient, id, base, std::move(change));
        if (done && done->kind == WriteOutcome::Kind::unknown) return Commit::conflict();
        return done;
    }
};

template <class Versioning>
void count_together(Simulation& world) {
    using Counter = StateStore<int, SimulatedStorage, Versioning>;
    SimulatedStorage storage(world, Weather::storm());
    int least = 0, most = 0;  // what the count must be, as far as the two were told
    for (char const* name : {"Ann", "Bob"})
        world.spawn(name, [&](Actor& self) {
            Counter counter(storage, self.store_options());
            for (int i = 0; i < 5; ++i) {
                auto const done = counter.update("visits", [](int& visits) { ++visits; });
                if (done) ++least;
                if (done || done.unknown() != nullptr) ++most;
            }
        });
    world.run();
    Counter judge(storage, world.store_options());
    auto const visits = judge.get("visits").value();
    int const count = visits ? **visits : 0;
    world.expect(count >= least, "an update was lost");
    world.expect(count <= most, "an update was made twice");
}

int main() {
    auto const right = for_seeds(1, 1000, count_together<CompareAndSwap>);
    if (right.failure) return std::cout << right.failure->text(), 1;
    std::cout << right.seeds << " seeds, " << right.steps << " steps, "
              << right.counts.of(SimulatedEvent::How::reply_lost) << " replies lost: every update counted once\n\n";

    auto const wrong = for_seeds(1, 1000, count_together<HopesForTheBest>);
    if (!wrong.failure) return 1;
    std::cout << "hoping for the best: " << wrong.failure->text();
}
