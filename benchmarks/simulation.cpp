// How many steps a minute the simulation makes: actors that update one text by compare-and-swap in the worst weather,
// the law checked in every world. Prints a line for each of one or two threads, without and with traces.
//
//     c++ -std=c++20 -O2 -DNDEBUG -Iinclude benchmarks/simulation.cpp -lboost_context -pthread && ./a.out [worlds]

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/simulation.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>

using namespace holdfast;
using namespace holdfast::testing;
using Store = StateStore<std::string, SimulatedStorage, RawBytes>;

static void world_of_four(Simulation& world) {
    SimulatedStorage storage(world, Weather::storm());
    std::size_t least = 0, most = 0;
    for (char const* name : {"A", "B", "C", "D"})
        world.spawn(name, [&](Actor& self) {
            Store store(storage, self.store_options());
            for (int i = 0; i < 5; ++i) {
                auto const done = store.update("k", [](std::string& text) { text.push_back('x'); });
                if (done) ++least;
                if (done || done.unknown() != nullptr) ++most;
            }
        });
    world.run();
    Store judge(storage, world.store_options());
    auto const end = judge.get("k");
    std::size_t const size = end && *end ? (*end)->value().size() : 0;
    world.expect(size >= least && size <= most, "every update is there once");
}

int main(int argc, char** argv) {
    std::uint64_t const worlds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 50'000;
    for (unsigned threads : {1u, 2u}) {
        for (bool trace : {false, true}) {
            auto const begin = std::chrono::steady_clock::now();
            auto const explored = for_seeds(1, worlds, world_of_four, {.trace = trace}, threads);
            double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
            if (explored.failure) return std::cerr << explored.failure->text(), 1;
            auto const steps = static_cast<double>(explored.steps);
            std::cout << threads << " threads, traces " << (trace ? "on:  " : "off: ") << steps / seconds * 60 / 1e6
                      << " million steps a minute, " << seconds / steps * 1e9 << " ns a step\n";
        }
    }
}
