#ifndef HOLDFAST_TESTING_SIMULATION_STORAGE_HPP
#define HOLDFAST_TESTING_SIMULATION_STORAGE_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/testing/far_records.hpp>
#include <holdfast/testing/owned_writes.hpp>
#include <holdfast/testing/simulation/weather.hpp>
#include <holdfast/testing/simulation/world.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// A storage in a `Simulation`: between the request and its effect, and between the effect and the reply, others go on;
/// the weather decides what becomes of a request. Preconditions are checked at the moment of the effect.
///
/// A handle: copies share the records. Called from outside the actors (before and after `run`) it answers at once and
/// nothing goes wrong. Models `ListableStorage`, `TransactionalStorage` and `RevalidatingStorage`. `Late`: whether
/// writes can arrive late or twice, as in services and databases; without it it is like a memory, a file or SQLite.
///
/// A request takes as long as the weather says, whatever is left of the time limit of its context.
///
/// Not thread safe, and need not be: its simulation has one thread.
template <bool Late>
class BasicSimulatedStorage {
    using What = SimulatedEvent::What;
    using How = SimulatedEvent::How;
    using Did = SimulatedEvent::Did;

public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = Late;

    explicit BasicSimulatedStorage(Simulation& simulation, Weather weather = {},
                                   FarRevisions revisions = FarRevisions::write_ids)
        : far_(std::make_shared<Far>(simulation, weather, revisions)) {}

    /// Can be changed at any time.
    Weather& weather() const noexcept { return far_->weather; }
    /// What is stored now, without a request.
    RecordPtr peek(RecordId const& id) const { return far_->records.find(id); }
    /// The power fails and comes back: of what was not synced some is undone, by chance.
    void lose_power() {
        SeededRandom& chance = far_->world.chance();
        far_->records.lose_power([&chance] { return chance.below(2) == 0; });
    }
    /// How many copies of writes are still to arrive.
    std::size_t in_flight() const noexcept { return far_->in_flight; }
    /// Called after everything that takes effect, with what stood there before and after (null: nothing). It must not
    /// use storages, but for `peek`.
    void on_effect(std::function<void(RecordId const&, RecordPtr const& before, RecordPtr const& after)> hook) {
        far_->records.on_effect = std::move(hook);
    }

    Result<RecordPtr> read(Context const&, RecordId const& id) const {
        Far& far = *far_;
        Simulation& world = far.world;
        if (world.current() == nullptr) return far.records.find(id);
        if (!world.begin_step()) return dead("read");
        Weather const& weather = far.weather;
        if (!world.pass(world.chance().within(weather.latency))) return dead("read");
        SimulatedEvent event;
        event.what = What::read;
        event.slot = id.slot;
        if (world.chance().chance(weather.read_failed)) {
            event.how = How::read_failed;
            world.note(event, id.key.view());
            if (!world.pass(world.chance().within(weather.latency))) return dead("read");
            return Error(Errc::unavailable, "the storage did not answer (simulated)").during("read");
        }
        RecordPtr found;
        if (world.chance().chance(weather.read_stale)) {
            event.how = How::read_stale;
            found = far.records.find_older(id, world.chance().below(weather.stale_depth) + 1);
        } else {
            found = far.records.find(id);
        }
        if (found) describe(event, *found);
        world.note(event, id.key.view());
        if (!world.pass(world.chance().within(weather.latency))) return dead("read");
        return found;
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known) const {
        auto now = read(ctx, id);
        if (now && *now && known && (*now)->revision == known->revision) return known;
        return now;
    }

    Result<WriteOutcome> write(Context const&, RecordId const& id, RecordPtr const& record, Precondition const& when) {
        Write const one{id, record, when};
        return send({&one, 1}, What::write);
    }
    Result<WriteOutcome> remove(Context const&, RecordId const& id, Precondition const& when) {
        Write const one{id, nullptr, when};
        return send({&one, 1}, What::remove);
    }
    Result<WriteOutcome> write_all(Context const&, std::span<Write const> writes) { return send(writes, What::batch); }

    Result<ListPage> list(Context const&, ListRequest const& request) const {
        Far& far = *far_;
        Simulation& world = far.world;
        if (world.current() == nullptr) return far.records.list(request);
        if (!world.begin_step()) return dead("list");
        if (!world.pass(world.chance().within(far.weather.latency))) return dead("list");
        bool const failed = world.chance().chance(far.weather.read_failed);
        SimulatedEvent event;
        event.what = What::list;
        event.slot = request.slot;
        if (failed) event.how = How::read_failed;
        world.note(event, request.prefix);
        ListPage page;
        if (!failed) page = far.records.list(request);
        if (!world.pass(world.chance().within(far.weather.latency))) return dead("list");
        if (failed) return Error(Errc::unavailable, "the storage did not answer (simulated)").during("list");
        return page;
    }

private:
    struct Far {
        Far(Simulation& simulation, Weather the_weather, FarRevisions revisions)
            : world(simulation), weather(the_weather), records(revisions) {}

        Simulation& world;
        Weather weather;
        FarRecords records;
        std::size_t in_flight = 0;
    };
    /// What the weather does to one request, by its place among the chances.
    How strike() const {
        Weather const& weather = far_->weather;
        auto left = static_cast<unsigned>(far_->world.chance().below(1000));
        auto const is = [&left](unsigned chance) { return left < chance || (left -= chance, false); };
        if (is(weather.not_sent)) return How::not_sent;
        if (is(weather.refused)) return How::refused;
        if (is(weather.lost)) return How::lost;
        if (is(weather.reply_lost)) return How::reply_lost;
        if constexpr (Late) {
            if (is(weather.late)) return How::late;
            if (is(weather.twice)) return How::twice;
            if (is(weather.twice_reply_lost)) return How::twice_reply_lost;
        } else {
            if (is(weather.unsynced)) return How::unsynced;
        }
        return How::intact;
    }

    Result<WriteOutcome> send(std::span<Write const> writes, What what) {
        Far& far = *far_;
        Simulation& world = far.world;
        if (world.current() == nullptr) return far.records.apply(writes);
        if (!world.begin_step()) return dead("write");
        SeededRandom& chance = world.chance();
        How const how = strike();
        if (how == How::not_sent) {
            tell(writes, what, how, Did::nothing);
            if (!world.pass(Duration::zero())) return dead("write");
            return Error(Errc::unavailable, "no connection (simulated)").during("write");
        }
        if (!world.pass(chance.within(far.weather.latency))) {
            if (how != How::lost && how != How::refused && chance.below(2) == 0) orphan(writes, what);
            return dead("write");
        }
        bool const arrives = how != How::refused && how != How::lost && how != How::late;
        WriteOutcome const told =
            arrives ? far.records.apply(writes, how != How::unsynced) : WriteOutcome::applied(Revision());
        Did const did = arrives ? did_of(told) : Did::nothing;
        tell(writes, what, how, did);
        if (how == How::late || how == How::twice || how == How::twice_reply_lost)
            deliver(writes, chance.within(far.weather.delay));
        bool const answered = how == How::intact || how == How::refused || how == How::twice || how == How::unsynced;
        if (!world.pass(answered ? chance.within(far.weather.latency) : far.weather.reply_timeout))
            return dead("write");
        if (how == How::refused)
            return Error(Errc::unavailable, "the storage refused the request (simulated)").during("write");
        if (how == How::unsynced && did == Did::applied)
            return WriteOutcome::unknown(Error(Errc::unavailable, "the sync failed (simulated)").during("write"));
        if (answered) return told;
        return WriteOutcome::unknown(Error(Errc::unavailable, "no reply came (simulated)").during("write"));
    }

    static Did did_of(WriteOutcome const& outcome) noexcept {
        return outcome.kind() == WriteOutcome::Kind::conflict ? Did::conflict : Did::applied;
    }

    /// The sender crashed while its request was under way.
    void orphan(std::span<Write const> writes, What what) {
        tell(writes, what, How::orphaned, Did::nothing);
        if constexpr (Late) deliver(writes, far_->world.chance().within(far_->weather.delay));
        else (void)far_->records.apply(writes);
    }

    void deliver(std::span<Write const> writes, Duration delay) {
        auto const copy = std::make_shared<OwnedWrites const>(writes);
        ++far_->in_flight;
        far_->world.after(delay, [far = far_, copy] {
            --far->in_flight;
            (void)far->world.begin_step();
            Did const did = did_of(far->records.apply(copy->view()));
            BasicSimulatedStorage(far).tell(copy->view(), What::landed, How::intact, did);
        });
    }

    explicit BasicSimulatedStorage(std::shared_ptr<Far> far) noexcept : far_(std::move(far)) {}

    void tell(std::span<Write const> writes, What what, How how, Did did) const {
        for (Write const& write : writes) {
            SimulatedEvent event;
            event.what = what;
            event.how = how;
            event.did = did;
            event.slot = write.id.slot;
            event.conditional = write.when.kind() != Precondition::Kind::none;
            if (write.record) describe(event, *write.record);
            if (write.when.kind() == Precondition::Kind::matches)
                event.base = far_->records.write_of(write.id, write.when.revision());
            if (did == Did::conflict) {
                if (auto const there = far_->records.find(write.id)) event.there = there->stamp.ids.newest();
            }
            far_->world.note(event, write.id.key.view());
        }
    }

    static void describe(SimulatedEvent& event, Record const& record) {
        event.id = record.stamp.ids.newest();
        event.tombstone = record.stamp.tombstone;
        event.epoch = record.stamp.epoch;
        event.held = record.lease != nullptr;
    }

    Error dead(char const* operation) const {
        far_->world.die();
        return Error(Errc::unavailable, "the actor has crashed (simulated)").during(operation);
    }

    std::shared_ptr<Far> far_;
};

/// Like a service or a database: a write whose reply was lost may arrive late, and any may arrive twice.
using SimulatedStorage = BasicSimulatedStorage<true>;
/// Like a memory, a file or SQLite: what is not applied when the call returns never is.
using SimulatedLocalStorage = BasicSimulatedStorage<false>;

}  // namespace holdfast::testing

#endif
