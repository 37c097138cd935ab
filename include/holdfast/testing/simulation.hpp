#ifndef HOLDFAST_TESTING_SIMULATION_HPP
#define HOLDFAST_TESTING_SIMULATION_HPP

/// Deterministic simulation: production code (stores, policies, layers) in a world of one thread with a virtual clock.
///
///     auto const explored = for_seeds(1, 1000, [](Simulation& world) {
///         SimulatedStorage storage(world, Weather::storm());
///         using Store = StateStore<std::string, SimulatedStorage, RawBytes>;
///         for (char const* name : {"A", "B"})
///             world.spawn(name, [&](Actor& self) {
///                 Store store(storage, self.store_options());
///                 (void)store.update("k", [&](std::string& text) { text += self.name(); });
///             });
///         world.run();
///         Store judge(storage, world.store_options());
///         auto const end = judge.get("k");
///         world.expect(end && (!*end || (**end)->size() <= 2), "nobody writes twice");
///     });
///     if (explored.failure) std::cout << explored.failure->text();
///
/// - An actor is a fibre with a stack of its own. Others get their turns while it waits for a storage (before and after
///   each effect) and while it sleeps or waits; between, it is alone. Reading a clock or drawing a random number takes
///   no time. If all wait, the time of the world jumps to the first who need not wait any longer.
/// - Everything is drawn from the seed: latencies, weather, turns, skews, pauses, crashes, write ids. The same seed
///   gives the same run on every platform, as long as bodies use no time, threads or chance but those of their actor.
/// - What bodies refer to must live until `run` returns; it leaves no actor behind.
/// - Whoever stands outside (no actor has its turn) gets answers at once: set up before `run`, judge after it.
/// - A crashed actor's stack is unwound by an `ActorCrashed`, at once and without an effect on the world: what its
///   destructors ask of a storage is answered with an `Error`.
///
/// What code must not do in there:
/// - wait for a `std::mutex` or anything else that another actor has to give back: one thread, it would wait for ever.
///   Whoever waits does so through its `Environment`. No mutex may be held across a call of a storage or a sleep.
/// - call a storage or sleep under `noexcept` without `try`: a crash there would end the program. That includes
///   destructors: those that release something remotely must not let exceptions out, whether simulated or not
///   (allocation throws, too), so they have a `catch (...)` already.
/// - swallow exceptions by `catch (...)` and go on for ever: an actor that has crashed finds itself thrown out again by
///   its next call, and is abandoned, with a finding and a leak, after the thousandth.
///
/// Needs the component `simulation` (Boost.Context). Cost: about 0.1 µs for a turn beside what the code itself takes.
/// Thread safety: a simulation and all in it belong to one thread; any number of threads may have one each.

#include <holdfast/testing/simulation/explore.hpp>
#include <holdfast/testing/simulation/storage.hpp>

#endif
