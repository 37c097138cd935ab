#include <holdfast/layer/cached.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/simulation.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

// Waiting as a step of a simulated world: what it takes is exact there, and so is the order.
namespace contention_test {

using namespace holdfast;
using namespace holdfast::testing;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration hold = milliseconds(10);

/// How long the waits of a world were, and who came when and got it when.
struct Waits {
    std::vector<int> came, got;
    Duration longest{0};
};

/// `actors` times `rounds` passes of `enter(store, actor, inside)`, in a closed loop.
template <class Enter>
Waits in_a_world(Simulation& world, int actors, int rounds, Enter&& enter) {
    Waits waits;
    for (int i = 0; i < actors; ++i)
        world.spawn("A" + std::to_string(i), [&, i](Actor& self) {
            self.sleep(Duration(static_cast<Duration::rep>(self.random(1'000'000))));
            for (int round = 0; round < rounds; ++round) {
                waits.came.push_back(i);
                Duration const before = world.now();
                enter(self, [&] {
                    waits.longest = std::max(waits.longest, world.now() - before);
                    waits.got.push_back(i);
                    self.sleep(hold);
                });
            }
        });
    world.run();
    return waits;
}

TEST_CASE("simulated: the waiters of a MutexLock are served in order of arrival", "[simulation][lock]") {
    for (int const actors : {2, 8, 32}) {
        auto const explored = for_seeds(1, 20, [&](Simulation& world) {
            MutexLock lock;
            MemoryStorage memory;
            using Store = StateStore<std::string, MutexLock, RawBytes>;
            Waits const waits = in_a_world(world, actors, 5, [&](Actor& self, auto&& inside) {
                Store store(memory, lock, self.store_options());
                auto const held = store.lock("k");
                world.expect(held.has_value(), "the lock is had in time");
                if (held) inside();
            });
            world.expect(waits.got == waits.came, "who comes first is served first");
            world.expect(waits.got.size() == static_cast<std::size_t>(5 * actors), "everybody is served");
            world.expect(waits.longest <= actors * (hold + milliseconds(1)), "nobody waits longer than one round");
        });
        INFO((explored.failure ? explored.failure->text() : std::string()));
        CHECK_FALSE(explored.failure);
        CHECK(explored.counts.of(SimulatedEvent::What::waited) > 0);
    }
}

TEST_CASE("simulated: an update with a slow function is not outrun by quick ones", "[simulation][store]") {
    auto const explored = for_seeds(1, 20, [&](Simulation& world) {
        MemoryStorage memory;
        using Store = StateStore<std::string, RawBytes>;
        bool over = false;
        int attempts = 0;
        world.spawn("slow", [&](Actor& self) {
            Store store(memory, self.store_options());
            for (int i = 0; i < 10; ++i) {
                attempts = 0;
                Duration const begun = world.now();
                auto const done = store.update("k", [&](std::string& text) {
                    ++attempts;
                    self.sleep(hold);
                    text = "slow";
                });
                world.expect(static_cast<bool>(done), "a slow update is made");
                world.expect(attempts <= 3, "it is outrun once, and again by one that had begun before");
                world.expect(world.now() - begun <= 4 * hold, "it takes no longer than its own attempts");
            }
            over = true;
        });
        for (char const* name : {"quick", "quicker"})
            world.spawn(name, [&](Actor& self) {
                Store store(memory, self.store_options());
                while (!over) {
                    (void)store.update("k", [&](std::string& text) { text += self.name(); });
                    self.sleep(milliseconds(1));
                }
            });
        world.run();
    });
    INFO((explored.failure ? explored.failure->text() : std::string()));
    CHECK_FALSE(explored.failure);
}

TEST_CASE("simulated: updates inside of updates do not wait for each other's turns", "[simulation][store]") {
    auto const explored = for_seeds(1, 20, [&](Simulation& world) {
        MemoryStorage memory;
        using Store = StateStore<std::string, RawBytes>;
        auto const nest = [&](Actor& self, KeyView outer, KeyView inner) {
            Store store(memory, self.store_options());
            for (int i = 0; i < 5; ++i) {
                auto const done = store.update(outer, [&](std::string& text) {
                    self.sleep(milliseconds(1));
                    (void)store.update(inner, [](std::string& other) { other += 'i'; });
                    text += 'o';
                });
                world.expect(static_cast<bool>(done), "a nested update is made");
            }
        };
        for (char const* name : {"A", "B", "C"}) world.spawn(name, [&](Actor& self) { nest(self, "a", "b"); });
        for (char const* name : {"D", "E", "F"}) world.spawn(name, [&](Actor& self) { nest(self, "b", "a"); });
        auto const ran = world.run();
        world.expect(ran.elapsed < seconds(10), "nobody waits until a time limit");
    });
    INFO((explored.failure ? explored.failure->text() : std::string()));
    CHECK_FALSE(explored.failure);
}

TEST_CASE("simulated: who crashes while he waits, or inside, does not keep the others", "[simulation][lock]") {
    SimulationOptions options;
    options.nemesis.crashes = 20;
    auto const explored = for_seeds(
        1, 50,
        [&](Simulation& world) {
            MutexLock lock;
            MemoryStorage memory;
            int inside = 0;
            (void)in_a_world(world, 6, 10, [&](Actor& self, auto&& body) {
                StateStore<std::string, MutexLock, RawBytes> store(memory, lock, self.store_options(endless));
                auto const held = store.lock("k");
                struct Inside {
                    int& count;
                    ~Inside() { --count; }
                } const in{++inside};
                world.expect(inside == 1, "one at a time");
                body();
            });
        },
        options);
    INFO((explored.failure ? explored.failure->text() : std::string()));
    CHECK_FALSE(explored.failure);
    CHECK(explored.counts.of(SimulatedEvent::What::crashed) > 0);
}

/// Updates of one key by many, where nothing goes wrong: none may end as unknown.
template <class S>
Explored crowd(int writers) {
    return for_seeds(1, 10, [writers](Simulation& world) {
        SimulatedStorage far(world, Weather::calm());
        using Store = StateStore<std::string, S, RawBytes>;
        int made = 0;
        for (int i = 0; i < writers; ++i)
            world.spawn("A" + std::to_string(i), [&](Actor& self) {
                Store store(S(far), self.store_options(minutes(10)));
                for (int round = 0; round < 10; ++round) {
                    auto const done = store.update("k", [](std::string& text) { text += '+'; });
                    world.expect(done.unknown() == nullptr, "where nothing goes wrong an outcome is known");
                    made += done ? 1 : 0;
                }
            });
        world.run();
        auto const now = Store(S(far), world.store_options()).get("k");
        world.expect(now && *now && (**now)->size() == static_cast<std::size_t>(made), "no update is lost");
    });
}

TEST_CASE("simulated: nothing is written on what was read before a pause", "[simulation][store]") {
    for (int const writers : {4, 16, 32}) {  // more than the ring of a record has places
        auto const plain = crowd<SimulatedStorage>(writers);
        INFO((plain.failure ? plain.failure->text().substr(0, 2000) : std::string()));
        CHECK_FALSE(plain.failure);
        CHECK(plain.counts.conflicts > 100);
        auto const cached = crowd<Cached<SimulatedStorage>>(writers);
        CHECK_FALSE(cached.failure);
    }
}

TEST_CASE("simulated: who stands outside cannot wait for ever for an actor", "[simulation]") {
    Simulation world;
    WaitWord const word{0};
    CHECK_THROWS_AS(world.environment().wait(&word, 0, endless), std::logic_error);
    Duration const before = world.now();
    world.environment().wait(&word, 0, seconds(1));
    CHECK(world.now() - before == seconds(1));
}

}  // namespace contention_test
