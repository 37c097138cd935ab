// Every tempting way to get a lease wrong is found within a few worlds; the right ones live through thousands.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <unit/simulation/bounded.hpp>
#include <unit/simulation/flawed_lease.hpp>
#include <unit/simulation/watched_lock.hpp>
#include <utility>

namespace flawed_leases_test {

using namespace holdfast;
using namespace holdfast::testing;
using namespace holdfast_tests;
using namespace std::chrono_literals;

constexpr Duration ttl = 1s, poll = 100ms;

/// `CompareAndSwap`, or with removals that leave nothing.
struct Removals {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;

    bool vanish = false;

    template <ConditionalStorage S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                          Change change) const {
        if (!vanish || !change.tombstone) return CompareAndSwap().commit(storage, ctx, id, base, std::move(change));
        auto const done = storage.remove(ctx, id, Precondition::unchanged_since(base));
        if (!done) return done.error();
        if (done->kind() == WriteOutcome::Kind::applied) return Commit::applied(nullptr);
        if (done->kind() == WriteOutcome::Kind::conflict) return Commit::conflict();
        return Commit::unknown(
            {Key(id.key), id.slot, ctx.env.new_write_id(), base->stamp.ids.newest(), base->stamp.lineage}, done->why());
    }
};

/// Three who write a key under leases, and an operator who ends leases by force.
/// Every store has a lock of its own from `make`, as every process has.
template <class Make>
class Town {
    using Lock = decltype(std::declval<Make const&>()());
    using Store = BasicStateStore<std::string, SimulatedStorage, WatchedLock<Lock>, Removals, RawBytes>;

public:
    Town(Simulation& world, Make make, bool stamped = true, bool vanish = false)
        : world_(world), court_(world, stamped), storage_(world, bad_lines()), make_(std::move(make)), vanish_(vanish) {
        storage_.on_effect([this](RecordId const& id, RecordPtr const& before, RecordPtr const& after) {
            court_.effect(id, before, after);
        });
        for (char const* name : {"A", "B", "C"}) world_.spawn(name, [this](Actor& self) { live(self); });
        world_.spawn("O", [this](Actor& self) { operate(self); });
        world_.run();
        judge();
    }

private:
    static Weather bad_lines() {
        Weather weather = Weather::storm();
        weather.late = weather.twice = 40;
        weather.delay = {1ms, 3s};
        return weather;
    }

    Store store(StoreOptions const& options) {
        return Store(storage_, WatchedLock<Lock>(make_(), court_), Removals{vanish_}, options);
    }

    void live(Actor& self) {
        Store mine = store(self.store_options(6s));
        for (int i = 0; i < 3; ++i) {
            dawdle(self, 2);
            if (self.random(4) == 0) {
                std::string const token = court_.new_token(self);
                court_.told(token, mine.update("k", adding(self, token)));
            } else {
                section(self, mine);
            }
        }
    }

    void section(Actor& self, Store& mine) {
        auto held = mine.lock("k", {.purpose = "section"});
        if (!held) return;
        dawdle(self, 2);
        for (std::uint64_t n = self.random(3) + 1; n > 0; --n) {
            CallOptions hasty;
            if (self.random(3) == 0) hasty.timeout = Duration::zero();
            if (self.random(5) == 0) {
                auto const there = held->get();
                if (there && *there) (void)held->remove(**there, hasty);
            } else {
                std::string const token = court_.new_token(self);
                court_.told(token, held->update(adding(self, token), hasty));
            }
            if (self.random(5) == 0) (void)held->renew();
            dawdle(self, 3);
        }
        if (self.random(2) == 0) (void)held->release();
    }

    void operate(Actor& self) {
        Store mine = store(self.store_options(2s));
        for (int i = 0; i < 3; ++i) {
            self.sleep(Duration(static_cast<Duration::rep>(self.random(3'000'000'000))));
            auto const holder = mine.holder("k");
            if (holder && *holder) (void)mine.force_unlock("k", (*holder)->id);
        }
    }

    auto adding(Actor& self, std::string const& token) {
        return [this, &self, &token](std::string& text) { text += court_.signed_token(self, token); };
    }
    /// Once in `rarely`, and sometimes for longer than a lease lives.
    static void dawdle(Actor& self, std::uint64_t rarely) {
        if (self.random(rarely) == 0) self.sleep(Duration(static_cast<Duration::rep>(self.random(1'500'000'000))));
    }

    void judge() {
        {
            Store late = store(world_.store_options());
            auto const held = late.lock("k", {.timeout = ttl + poll + 1ms});
            world_.expect(held.has_value(), "a late comer does not get the lock within its time to live and a poll: " +
                                                (held ? "" : held.error().describe()));
        }
        court_.judge();
    }

    Simulation& world_;
    LeaseCourt court_;
    SimulatedStorage storage_;
    Make make_;
    bool vanish_;
};

SimulationOptions options() {
    SimulationOptions all;
    all.nemesis = {.pauses = 15, .pause = {1ms, 4s}, .crashes = 5, .restart = {1ms, 2s}, .most_crashes = 3};
    all.most_rate = 30'000;
    return all;
}

auto town(LeaseFlaw flaw) {
    return [flaw](Simulation& world) {
        auto const make = [flaw] { return FlawedLease(flaw, ttl, poll); };
        Town const built(world, make, stamps_epochs(flaw), flaw == LeaseFlaw::vanishing_state);
    };
}
template <class Placement>
void right_town(Simulation& world) {
    Town const built(world, [] { return LeaseLock<Placement>({.ttl = ttl, .poll = poll}); });
}

TEST_CASE("simulation: flawed leases are found", "[simulation]") {
    constexpr std::string_view former = "a former holder's write took effect", issued = "was issued twice";
    constexpr struct {
        char const* name;
        LeaseFlaw flaw;
        std::uint64_t bound;
        std::string_view law;
    } flaws[] = {
        {"conditional writes only, no fence", LeaseFlaw::no_fence, 20, former},
        {"fenced after acquire returned", LeaseFlaw::late_fence, 40, former},
        {"fenced after theft only", LeaseFlaw::fence_after_theft, 50, former},
        {"no stub where there is no state", LeaseFlaw::no_stub, 200, former},
        {"looks at the lock, then writes", LeaseFlaw::look_then_write, 50, former},
        {"writers compare no epochs", LeaseFlaw::no_comparison, 20, former},
        {"removal takes the epoch along", LeaseFlaw::vanishing_state, 70, former},
        {"release: read, compare, delete", LeaseFlaw::compare_then_delete, 60, "ended somebody else's lease"},
        {"release deletes the lock", LeaseFlaw::deleted_lock, 10, issued},
        {"likewise, the next epoch is the state's", LeaseFlaw::epoch_from_the_state, 80, "a write took effect twice"},
        {"theft keeps the epoch", LeaseFlaw::theft_keeps_the_epoch, 20, issued},
        {"leases do not expire", LeaseFlaw::no_expiry, 60, "a late comer"},
        {"force leaves the lock clean", LeaseFlaw::clean_force, 50, former},
        {"embedded: conflict, read again, write", LeaseFlaw::blind_refresh, 20, former},
    };
    FoundTable table;
    for (auto const& [name, flaw, bound, law] : flaws) table.found(name, bound, options(), town(flaw), law);
}

TEST_CASE("simulation: the same towns condemn no lease that is right", "[simulation]") {
    FoundTable table;
    table.holds("small lease, own slot", 1000, options(), town(LeaseFlaw::none));
    table.holds("small lease, embedded", 1000, options(), town(LeaseFlaw::none_embedded));
    table.holds("LeaseLock<OwnSlot>", 2000, options(), [](Simulation& world) { right_town<OwnSlot>(world); });
    table.holds("LeaseLock<Embedded>", 2000, options(), [](Simulation& world) { right_town<Embedded>(world); });
}

}  // namespace flawed_leases_test
