// Every tempting way to get a history wrong is found within a few worlds; the right ones live through thousands.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <unit/simulation/bounded.hpp>
#include <unit/simulation/flawed_history.hpp>
#include <unit/simulation/history_court.hpp>
#include <unit/simulation/new_first.hpp>
#include <utility>

namespace flawed_history_test {

using namespace holdfast;
using namespace holdfast::testing;
using namespace holdfast_tests;
using namespace std::chrono_literals;

Weather bad_lines() {
    Weather weather = Weather::storm();
    weather.late = weather.twice = 40;
    weather.delay = {1ms, 2s};
    return weather;
}

SimulationOptions options() {
    SimulationOptions all;
    all.nemesis = {.pauses = 15, .pause = {1ms, 2s}, .crashes = 5, .restart = {1ms, 1s}, .most_crashes = 4};
    return all;
}

void dawdle(Actor& self) {
    if (self.random(2) == 0) self.sleep(Duration(static_cast<Duration::rep>(self.random(400'000'000))));
}

/// `History`, and how it is pruned and pinned.
struct Library {
    using Versioning = History<>;

    static constexpr bool strict = true;
    Versioning versioning() const { return Versioning(); }
    auto prune(auto& store, Context const&, std::uint64_t keep, auto&& promise) const {
        auto done = store.prune("k", KeepLimits{.last = keep});
        if (done) promise(done->floor);
    }
    auto pin(auto& store, Context const&, VersionId version, Duration ttl) const {
        return store.pin("k", version, {.ttl = ttl});
    }
    auto look(auto& store, VersionId version) const { return store.get("k", version); }
};

/// A `FlawedHistory`, and how it is pruned, pinned and read.
struct Small {
    using Versioning = FlawedHistory;

    HistoryFlaw flaw = HistoryFlaw::none;
    static constexpr bool strict = false;

    Versioning versioning() const { return {flaw}; }
    auto prune(auto& store, Context const& ctx, std::uint64_t keep, auto&& promise) const {
        (void)versioning().prune(store.storage(), ctx, "k", keep, promise);
    }
    auto pin(auto& store, Context const& ctx, VersionId version, Duration ttl) const {
        return versioning().pin(store.storage(), ctx, "k", version, ttl);
    }
    auto look(auto& store, VersionId version) const {
        if (flaw == HistoryFlaw::dead_may_live) return store.get(Pin(WriteId(), Key("k"), version, endless));
        return store.get("k", version);
    }
};

/// Two who write a key, two who prune its history, and two who pin versions.
/// Two who write a key, two who prune its history, and two who pin versions.
template <class Kind, class Lock = NoLock>
class Archive {
    using Store = BasicStateStore<std::string, SimulatedStorage, Lock, typename Kind::Versioning, RawBytes>;

public:
    Archive(Simulation& world, Kind kind, FarRevisions revisions)
        : world_(world), storage_(world, bad_lines(), revisions), court_(world, storage_, Kind::strict), kind_(kind) {
        storage_.on_effect([this](RecordId const& id, RecordPtr const& before, RecordPtr const& after) {
            court_.effect(id, before, after);
        });
        for (char const* name : {"A", "B"}) world_.spawn(name, [this](Actor& self) { write(self); });
        for (char const* name : {"P", "Q"}) world_.spawn(name, [this](Actor& self) { prune(self); });
        for (char const* name : {"X", "Y"}) world_.spawn(name, [this](Actor& self) { hold(self); });
        world_.run();
        court_.judge();
        storage_.on_effect(nullptr);
    }

private:
    static Lock lock() {
        if constexpr (std::same_as<Lock, NoLock>) return {};
        else return Lock({.ttl = 500ms, .poll = 50ms});
    }
    Store store(Actor& self) { return Store(storage_, lock(), kind_.versioning(), self.store_options(5s)); }

    void write(Actor& self) {
        Store mine = store(self);
        for (int i = 0; i < 5; ++i) {
            CallOptions hasty;
            if (self.random(4) == 0) hasty.timeout = Duration::zero();
            switch (self.random(8)) {
                case 0: {
                    auto const there = mine.get("k");
                    if (there && *there) (void)mine.remove(**there, hasty);
                    break;
                }
                case 1: {
                    auto const version = court_.some(self.random(6));
                    if (!version) break;
                    written(mine.rollback("k", *version, hasty));
                    break;
                }
                case 2: look(self, mine); break;
                default:
                    written(mine.update(
                        "k", [&](std::string& text) { text = self.name() + std::to_string(++tokens_); }, hasty));
            }
            dawdle(self);
        }
    }

    void prune(Actor& self) {
        Store mine = store(self);
        for (int i = 0; i < 3; ++i) {
            self.sleep(Duration(static_cast<Duration::rep>(self.random(700'000'000))));
            Context const ctx(self.environment(), 5s);
            kind_.prune(mine, ctx, self.random(4), [this](std::uint64_t floor) { court_.keeps(floor); });
        }
    }

    void hold(Actor& self) {
        Store mine = store(self);
        for (int i = 0; i < 3; ++i) {
            dawdle(self);
            look(self, mine);
            auto const version = court_.some(self.random(6));
            if (!version) continue;
            Context const ctx(self.environment(), 5s);
            Duration const ttl = self.random(2) == 0 ? endless : 600ms;
            auto const until = [&] { return ttl == endless ? endless : world_.now() + ttl; };
            Duration end = until();
            auto pin = kind_.pin(mine, ctx, *version, ttl);
            if (!pin) continue;
            court_.pinned(pin->id(), pin->version(), end);
            for (int n = 0; n < 4; ++n) {
                dawdle(self);
                court_.shown(pin->id(), pin->version(), mine.get(*pin));
                if (ttl == endless) continue;
                end = until();
                auto renewed = mine.renew(*pin);
                if (renewed) court_.pinned(pin->id(), pin->version(), end);
                else court_.not_renewed(pin->id(), renewed.error());
                if (renewed) pin = std::move(renewed);
            }
            if (self.random(3) == 0) continue;  // it stays pinned
            court_.unpins(pin->id());
            (void)mine.unpin(*pin);
        }
    }

    void look(Actor& self, Store& mine) {
        auto const version = court_.some(self.random(6));
        if (!version) return;
        bool const deleted = court_.was_deleted(*version);
        court_.shown(*version, deleted, kind_.look(mine, *version));
    }
    void written(auto const& outcome) {
        if (outcome) court_.written(outcome->record());
    }

    Simulation& world_;
    SimulatedStorage storage_;
    HistoryCourt court_;
    Kind kind_;
    unsigned tokens_ = 0;
};

/// Two who write a state that is a reference, and one who sweeps.
class References {
    using Store = BasicStateStore<std::string, NewFirstStorage, NoLock, CompareAndSwap, RawBytes>;

public:
    References(Simulation& world, NewFirst how) : world_(world), storage_(world, bad_lines()), how_(how) {
        storage_.on_effect(
            [this](RecordId const& id, RecordPtr const& before, RecordPtr const& after) { effect(id, before, after); });
        for (char const* name : {"A", "B"}) world_.spawn(name, [this](Actor& self) { write(self); });
        world_.spawn("S", [this](Actor& self) { sweep(self); });
        world_.run();
        storage_.on_effect(nullptr);
    }

private:
    void write(Actor& self) {
        Store mine(NewFirstStorage(storage_, how_), self.store_options(5s));
        for (int i = 0; i < 5; ++i) {
            (void)mine.update("k", [&](std::string& text) { text = self.name() + std::to_string(++tokens_); });
            dawdle(self);
        }
    }
    void sweep(Actor& self) {
        NewFirstStorage mine(storage_, how_);
        for (int i = 0; i < 4; ++i) {
            dawdle(self);
            (void)mine.sweep(Context(self.environment(), 5s), "k");
        }
    }

    void effect(RecordId const& id, RecordPtr const& before, RecordPtr const& after) {
        if (id.slot == Slot::version && before && after)
            world_.expect(before->payload.view() == after->payload.view(), "the content of a version changed");
        auto const head = storage_.peek(KeyView("k"));
        if (!holdfast::detail::is_there(head)) return;
        auto const content = storage_.peek({"k", Slot::version, *parse_version(head->payload.view())});
        world_.expect(content != nullptr, "the state refers to a version that is not there");
        if (content)
            world_.expect(content->stamp.payload_id == head->stamp.payload_id, "the state refers to another's version");
    }

    Simulation& world_;
    SimulatedStorage storage_;
    NewFirst how_;
    unsigned tokens_ = 0;
};

template <class Lock = NoLock, class Kind>
auto archive(Kind const& kind, FarRevisions revisions = FarRevisions::write_ids) {
    return [kind, revisions](Simulation& world) { Archive<Kind, Lock> const built(world, kind, revisions); };
}
auto references(NewFirst how) {
    return [how](Simulation& world) { References const built(world, how); };
}

TEST_CASE("simulation: flawed histories are found", "[simulation]") {
    constexpr struct {
        char const* name;
        HistoryFlaw flaw;
        std::uint64_t bound;
        std::string_view law;
    } flaws[] = {
        {"kept after the state moved on", HistoryFlaw::archive_after, 200, "a committed version is missing"},
        {"not confirmed to be kept", HistoryFlaw::unconfirmed, 180, "a committed version is missing"},
        {"prune: list, look at pins, delete", HistoryFlaw::no_floor, 260, "a pinned version was deleted"},
        {"a pin is not compared with the floor", HistoryFlaw::pin_below_floor, 60, "a pin"},
        {"the floor passes the state", HistoryFlaw::floor_past_head, 20, "the floor is past the state"},
        {"a deleted version comes back", HistoryFlaw::dead_may_live, 550, "a version that was deleted came back"},
    };
    FoundTable table;
    for (auto const& [name, flaw, bound, law] : flaws) table.found(name, bound, options(), archive(Small{flaw}), law);
    table.found("new first, what is left over is swept", 130, options(), references(NewFirst::swept),
                "the state refers");
    table.found("likewise, named by sequence alone", 60, options(), references(NewFirst::swept_sequence),
                "the state refers");
}

TEST_CASE("simulation: the same archives condemn no history that is right", "[simulation]") {
    FoundTable table;
    table.holds("small history", 1000, options(), archive(Small{}));
    table.holds("History, in batches", 2000, options(), archive(Library{}));
    table.holds("History, one write at a time", 1500, options(),
                archive(Library{}, FarRevisions::counter));
    table.holds("History under leases", 1000, options(), archive<LeaseLock<>>(Library{}));
    table.holds("new first, never swept", 1000, options(), references(NewFirst::none));
}

}  // namespace flawed_history_test
