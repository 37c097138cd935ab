// Leases in a world of pauses, crashes, skewed clocks and bad lines: nothing is lost or made twice, holders follow each
// other by epoch, and nobody is stranded.

#include <holdfast/locking/lease_renewer.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/simulation.hpp>
#include <unit/simulation/seeds.hpp>

#include <catch2/catch_template_test_macros.hpp>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <unit/simulation/seeds.hpp>
#include <utility>

namespace simulation_lease_test {

using namespace holdfast;
using namespace holdfast::testing;
using namespace std::chrono_literals;

constexpr Duration ttl = 3s, poll = 200ms;

/// What was promised about a write, by the token that it adds to the state.
enum class Told { nothing, applied, refused, unknown };

template <class Storage, class Placement>
class Town {
    using Lock = LeaseLock<Placement>;
    using Store = BasicStateStore<std::string, Storage, Lock, CompareAndSwap, RawBytes>;

public:
    Town(Simulation& world, Weather const& weather, FarRevisions revisions)
        : world_(world), storage_(world, weather, revisions) {
        storage_.on_effect([this](RecordId const& id, RecordPtr const& before, RecordPtr const& after) {
            if (id.slot != Slot::current) return;
            world_.expect(after != nullptr, "under leases nothing is removed physically");
            if (!after) return;
            if (before) world_.expect(after->stamp.epoch >= before->stamp.epoch, "an epoch is never lowered");
            bool const written = !before || before->stamp.sequence != after->stamp.sequence ||
                                 before->stamp.tombstone != after->stamp.tombstone;
            if (written) world_.expect(after->stamp.epoch >= latest_, "a former holder's write took effect");
        });
    }

    void live(Actor& self) {
        Store store(storage_, Lock({.ttl = ttl, .poll = poll}), self.store_options(40s));
        for (int i = 0; i < 3; ++i) {
            switch (self.random(8)) {
                case 0:
                case 1:
                case 2: one_write(self, store); break;
                case 3: force(store); break;
                default: section(self, store, self.random(2) == 0); break;
            }
            self.sleep(Duration(static_cast<Duration::rep>(self.random(500'000'000))));
        }
    }

    void judge() {
        Store store(storage_, Lock({.ttl = ttl, .poll = poll}), world_.store_options());
        {
            auto const held = store.lock("k", {.timeout = ttl + poll + 1ms});
            world_.expect(held.has_value(), "a late comer gets through within the time to live and one poll: " +
                                                (held ? "" : held.error().describe()));
        }
        auto const entry = store.get("k");
        std::string const text = *entry ? (*entry)->value() : "";
        std::map<std::string, int> found;
        std::uint64_t last = 0;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t const end = text.find(';', at);
            std::string const token = text.substr(at, end - at);
            ++found[token];
            std::uint64_t const epoch = std::strtoull(token.c_str(), nullptr, 10);
            world_.expect(epoch == 0 || epoch >= last, "sections follow each other: " + text);
            if (epoch != 0) last = epoch;
            at = end + 1;
        }
        for (auto const& [token, told] : told_) {
            int const times = found.count(token) != 0 ? found[token] : 0;
            world_.expect(times <= 1, "written twice: " + token);
            if (told == Told::applied) world_.expect(times == 1, "lost: " + token);
            if (told == Told::refused) world_.expect(times == 0, "refused, and written all the same: " + token);
        }
    }

private:
    std::string token(Actor& self, Epoch epoch) {
        std::string text = std::to_string(epoch) + "-" + self.name() + std::to_string(++tokens_);
        told_[text] = Told::nothing;
        return text;
    }
    void note(std::string const& token, auto const& outcome) {
        told_[token] = outcome ? Told::applied : outcome.unknown() ? Told::unknown : Told::refused;
    }

    void one_write(Actor& self, Store& store) {
        std::string const mine = token(self, 0);
        note(mine, store.update("k", [&](std::string& text) { text += mine + ";"; }));
    }

    void section(Actor& self, Store& store, bool renewed) {
        auto held = store.lock("k", {.purpose = "section"});
        if (!held) return;
        acquired(held->epoch());
        if (renewed) {
            // As a thread of the holder: with its clocks, over a storage that outlives the section.
            auto lease = std::make_shared<LeaseHandle<Storage>>(held->guard().handle());
            world_.spawn(
                self.name() + "'s renewer",
                [this, lease](Actor& renewer) {
                    LeaseHandle<Storage> mine = *lease;
                    mine.storage = &storage_;
                    mine.env = &renewer.environment();
                    if (renewer.incarnation() == 1) (void)keep_alive(mine);
                },
                skews_[self.name()]);
        }
        for (std::uint64_t n = self.random(4) + 1; n > 0; --n) {
            std::string const mine = token(self, held->epoch());
            CallOptions hasty;
            if (self.random(3) == 0) hasty.timeout = Duration::zero();
            note(mine, held->update([&](std::string& text) { text += mine + ";"; }, hasty));
            if (self.random(4) == 0) self.sleep(Duration(static_cast<Duration::rep>(self.random(5'000'000'000))));
            if (self.random(3) == 0) (void)held->renew();
        }
        if (self.random(3) != 0) (void)held->release();
    }

    void force(Store& store) {
        auto const holder = store.holder("k");
        if (holder && *holder) (void)store.force_unlock("k", (*holder)->id);
    }

    void acquired(Epoch epoch) {
        world_.expect(epochs_.emplace(epoch, true).second, "an epoch was issued twice");
        if (epoch > latest_) latest_ = epoch;
    }

public:
    void settle_in(std::string const& name) {
        Skew skew;
        skew.monotonic = Duration(static_cast<Duration::rep>(world_.chance().below(1'000'000'000'000)));
        skew.wall = Duration(static_cast<Duration::rep>(world_.chance().below(7'200'000'000'000))) - 1h;
        skew.rate = static_cast<int>(world_.chance().below(100'001)) - 50'000;
        skews_[name] = skew;
        world_.spawn(
            name, [this](Actor& self) { live(self); }, skew);
    }

private:
    Simulation& world_;
    Storage storage_;
    Epoch latest_ = 0;
    std::map<Epoch, bool> epochs_;
    std::map<std::string, Told> told_;
    std::map<std::string, Skew> skews_;
    unsigned tokens_ = 0;
};

template <class S, class P>
struct Combination {
    using storage = S;
    using placement = P;
};

TEMPLATE_TEST_CASE("simulation: leases, pauses, crashes and bad lines", "[simulation]",
                   (Combination<SimulatedStorage, Embedded>), (Combination<SimulatedStorage, OwnSlot>),
                   (Combination<SimulatedLocalStorage, Embedded>), (Combination<SimulatedLocalStorage, OwnSlot>)) {
    SimulationOptions options;
    options.nemesis = {.pauses = 5, .pause = {1ms, 10s}, .crashes = 5, .most_crashes = 4};
    for (auto const revisions : {FarRevisions::write_ids, FarRevisions::content}) {
        auto const explored = for_seeds(
            1, holdfast_tests::wanted_seeds(1000),
            [&](Simulation& world) {
                Town<typename TestType::storage, typename TestType::placement> town(world, Weather::storm(), revisions);
                for (char const* name : {"A", "B", "C", "D"}) town.settle_in(name);
                world.run();
                town.judge();
            },
            options);
        std::printf("%llu steps simulated\n", static_cast<unsigned long long>(explored.steps));
        if (explored.failure) FAIL(explored.failure->text());
        CHECK(explored.counts.of(SimulatedEvent::What::crashed) > 0);
        CHECK(explored.counts.of(SimulatedEvent::What::paused) > 0);
    }
}

TEMPLATE_TEST_CASE("simulation: whoever renews is not robbed, though clocks run at different speeds", "[simulation]",
                   Embedded, OwnSlot) {
    using Store = BasicStateStore<std::string, SimulatedStorage, LeaseLock<TestType>, CompareAndSwap, RawBytes>;
    auto const explored = for_seeds(1, 200, [&](Simulation& world) {
        SimulatedStorage storage(world);  // nothing goes wrong
        int sections = 0;
        for (char const* name : {"A", "B", "C"}) {
            Skew const skew{Duration(static_cast<Duration::rep>(world.chance().below(1'000'000'000'000))), 1h,
                            static_cast<int>(world.chance().below(200'001)) - 100'000};  // ± 10 %
            world.spawn(
                name,
                [&, skew](Actor& self) {
                    Store store(storage, LeaseLock<TestType>({.ttl = ttl}), self.store_options(10min));
                    auto held = store.lock("k");
                    if (!world.expect(held.has_value(), "whoever waits gets it")) return;
                    auto const lease = std::make_shared<LeaseHandle<SimulatedStorage>>(held->guard().handle());
                    lease->storage = &storage;
                    world.spawn(
                        self.name() + "'s renewer",
                        [&, lease](Actor& renewer) {
                            LeaseHandle<SimulatedStorage> mine = *lease;
                            mine.env = &renewer.environment();
                            world.expect(keep_alive(mine).has_value(), "who renews in time keeps its lease");
                        },
                        skew);
                    for (int i = 0; i < 3; ++i) {
                        self.sleep(ttl);
                        world.expect(held->update([](std::string& text) { text += "+"; }).applied(),
                                     "a section that is renewed goes on");
                    }
                    world.expect(held->release().has_value(), "and ends in peace");
                    ++sections;
                },
                skew);
        }
        world.run();
        world.expect(sections == 3, "all have had their turn");
    });
    std::printf("%llu steps simulated\n", static_cast<unsigned long long>(explored.steps));
    if (explored.failure) FAIL(explored.failure->text());
    CHECK(explored.seeds == 200);
}

}  // namespace simulation_lease_test
