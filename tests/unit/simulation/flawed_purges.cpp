// Purges of a key that is locked, written and removed by people who pause: they take neither the fence of former
// holders along nor how far the epochs had come. Tempting ways to do that are found within a few worlds.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <unit/simulation/aging_storage.hpp>
#include <unit/simulation/bounded.hpp>
#include <unit/simulation/watched_lock.hpp>
#include <utility>

namespace flawed_purges_test {

using namespace holdfast;
using namespace holdfast::testing;
using namespace holdfast_tests;
using namespace std::chrono_literals;
using Storage = AgingSimulatedStorage;

// Long leases, so that a holder who was robbed by force still believes in his when the key has been purged; the grace
// covers operations and requests.
constexpr Duration ttl = 60s, poll = 100ms, grace = 25s, patience = 6s;

enum class PurgeFlaw : unsigned char {
    none,
    forgets_epochs,  ///< what the epochs had come to goes with the records
    notes_late,      ///< … is noted once they are gone
    ignores_locks,   ///< a lock in a record of its own is not looked at
};

Outcome<void> purge(PurgeFlaw flaw, Storage& storage, Context const& ctx, KeyView key) {
    if (flaw == PurgeFlaw::none) return holdfast::detail::purge(storage, ctx, key, grace);
    holdfast::detail::Purgeable found;
    if (flaw == PurgeFlaw::ignores_locks) {
        auto const head = holdfast::detail::read_aged(storage, ctx, key), lock = holdfast::detail::read_aged(storage, ctx, {key, Slot::lock});
        if (!head || !lock) return Error(Errc::unavailable);
        found = {head->record, head->age, lock->record, lock->age};
        if (!found.head || !found.head->stamp.tombstone) return Error(Errc::busy);
        if (auto old = holdfast::detail::old_enough(storage, ctx, found, grace); !old) return std::move(old).error();
    } else {
        auto looked = holdfast::detail::find_purgeable(storage, ctx, key, grace);
        if (!looked) return std::move(looked).error();
        found = *std::move(looked);
        if (!found.head) return {};
    }
    Epoch const last = found.head->stamp.epoch;
    if (flaw == PurgeFlaw::ignores_locks)
        if (auto noted = holdfast::detail::raise_epoch_floor(storage, ctx, last); !noted)
            return std::move(noted).error();
    if (auto gone = holdfast::detail::remove_for_good(storage, ctx, found.head); !gone) return gone;
    if (found.lock) (void)storage.remove(ctx, {key, Slot::lock}, Precondition::matches(found.lock->revision));
    if (flaw == PurgeFlaw::notes_late)
        if (auto noted = holdfast::detail::raise_epoch_floor(storage, ctx, last); !noted)
            return std::move(noted).error();
    return {};
}

/// A guard that believes that it holds its lock as long as it was not told otherwise.
template <class Guard>
struct Trusting : Guard {
    explicit Trusting(Guard guard) : Guard(std::move(guard)) {}
    Result<void> renew(Context const&) { return {}; }
};
template <class Lock>
struct TrustingLock {
    static constexpr Family family = Family::locking;
    template <class S>
    auto acquire(S& storage, Context const& ctx, KeyView key, std::string_view purpose) {
        auto guard = lock.acquire(storage, ctx, key, purpose);
        using Guard = Trusting<typename decltype(guard)::value_type>;
        if (!guard) return Result<Guard>(std::move(guard).error());
        return Result<Guard>(Guard(*std::move(guard)));
    }
    template <class S>
    auto inspect(S& storage, Context const& ctx, KeyView key) {
        return lock.inspect(storage, ctx, key);
    }
    template <class S>
    auto force_unlock(S& storage, Context const& ctx, KeyView key, WriteId id) {
        return lock.force_unlock(storage, ctx, key, id);
    }
    Lock lock;
};

template <class Lock>
class Town {
    using Store = BasicStateStore<std::string, Storage, WatchedLock<Lock>, CompareAndSwap, RawBytes>;

public:
    Town(Simulation& world, PurgeFlaw flaw)
        : world_(world), court_(world, true), storage_(world, lines(), FarRevisions::write_ids), flaw_(flaw) {
        storage_.on_effect([this](RecordId const& id, RecordPtr const& before, RecordPtr const& after) {
            storage_.changed(id);
            court_.effect(id, before, after);
        });
        for (char const* name : {"A", "B", "C"}) world_.spawn(name, [this](Actor& self) { live(self); });
        world_.spawn("O", [this](Actor& self) { operate(self); });
        world_.spawn("P", [this](Actor& self) { clean(self); });
        world_.run();
        Store late = store(world_.store_options());
        world_.expect(late.lock("k", {.timeout = ttl + poll + 1ms}).has_value(), "a late comer does not get the lock");
        court_.judge();
    }

private:
    static Weather lines() {
        Weather weather = Weather::storm();
        weather.delay = {1ms, 3s};
        return weather;
    }
    static Lock lock() {
        LeaseOptions const options{.ttl = ttl, .poll = poll};
        if constexpr (requires { Lock(options); }) return Lock(options);
        else return Lock{decltype(Lock::lock)(options)};
    }
    Store store(StoreOptions const& options) { return Store(storage_, WatchedLock<Lock>(lock(), court_), options); }

    void live(Actor& self) {
        Store mine = store(self.store_options(patience));
        for (int i = 0; i < 4; ++i) {
            auto held = mine.lock("k");
            if (held) section(self, *held);
            else self.sleep(Duration(static_cast<Duration::rep>(self.random(10'000'000'000))));
        }
    }

    void section(Actor& self, auto& held) {
        for (int n = 0; n < 2; ++n) {
            if (self.random(2) == 0) self.sleep(Duration(static_cast<Duration::rep>(self.random(47'000'000'000))));
            std::string const token = court_.new_token(self);
            court_.told(token, held.update([&](std::string& text) { text += court_.signed_token(self, token); }));
            if (self.random(2) == 0) continue;
            auto const there = held.get();
            if (there && *there) (void)held.remove(**there);
        }
        if (self.random(2) == 0) (void)held.release();
    }

    void operate(Actor& self) {
        Store mine = store(self.store_options(patience));
        for (int i = 0; i < 12; ++i) {
            self.sleep(Duration(static_cast<Duration::rep>(self.random(15'000'000'000))));
            auto const holder = mine.holder("k");
            if (holder && *holder) (void)mine.force_unlock("k", (*holder)->id);
        }
    }

    void clean(Actor& self) {
        for (int i = 0; i < 25; ++i) {
            self.sleep(Duration(static_cast<Duration::rep>(self.random(8'000'000'000))));
            auto const done = purge(flaw_, storage_, Context(self.environment(), patience), "k");
            if (world_.tracing()) self.note(done ? "purged" : "purge: " + done.error().describe());
        }
    }

    Simulation& world_;
    LeaseCourt court_;
    Storage storage_;
    PurgeFlaw flaw_;
};

SimulationOptions options() {
    SimulationOptions all;
    all.nemesis = {.pauses = 5, .pause = {1ms, 4s}, .crashes = 3, .restart = {1ms, 2s}, .most_crashes = 3};
    all.most_rate = 30'000;
    return all;
}

template <class Lock>
auto town(PurgeFlaw flaw) {
    return [flaw](Simulation& world) { Town<Lock> const built(world, flaw); };
}

TEST_CASE("simulation: flawed purges are found", "[simulation]") {
    constexpr std::string_view former = "a former holder's write took effect", epochs = "epoch";
    FoundTable table;
    table.found("a purge takes the epochs along, embedded", 20, options(),
                town<LeaseLock<Embedded>>(PurgeFlaw::forgets_epochs), epochs);
    table.found("a purge takes the epochs along, own slot", 20, options(),
                town<LeaseLock<OwnSlot>>(PurgeFlaw::forgets_epochs), epochs);
    table.found("a purge notes the epochs when they are gone", 800, options(),
                town<LeaseLock<Embedded>>(PurgeFlaw::notes_late), epochs);
    table.found("a purge does not look at the lock", 200, options(), town<LeaseLock<OwnSlot>>(PurgeFlaw::ignores_locks),
                "ended somebody else's lease");
    table.found("written over nothing, and not asked anew", 400, options(),
                town<TrustingLock<LeaseLock<OwnSlot>>>(PurgeFlaw::none), former);
}

TEST_CASE("simulation: the same purges condemn no lease that is right", "[simulation]") {
    FoundTable table;
    table.holds("purged, LeaseLock<OwnSlot>", 1500, options(), town<LeaseLock<OwnSlot>>(PurgeFlaw::none));
    table.holds("purged, LeaseLock<Embedded>", 1500, options(), town<LeaseLock<Embedded>>(PurgeFlaw::none));
}

}  // namespace flawed_purges_test
