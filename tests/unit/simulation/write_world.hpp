#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_WRITE_WORLD_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_WRITE_WORLD_HPP

#include <holdfast/state_store.hpp>

#include <string>
#include <unit/simulation/aging_storage.hpp>
#include <unit/simulation/operations.hpp>
#include <unit/simulation/planted.hpp>
#include <unit/support/plain_text.hpp>
#include <vector>

namespace holdfast_tests {

/// Actors, what they do to one key, and what befalls them meanwhile.
struct WriteWorld {
    std::string name;
    std::vector<std::vector<Act>> actors;  ///< A, B, …
    bool there = false;                    ///< the key has the text "0" before anybody begins
    holdfast::testing::FarRevisions revisions = holdfast::testing::FarRevisions::content;
    holdfast::testing::Weather weather{};
    holdfast::testing::Nemesis nemesis{};
    holdfast::Duration timeout = std::chrono::seconds(30);
    holdfast::Duration grace = std::chrono::hours(24);  ///< of purges
    bool fates = false;                                 ///< ask for unknown fates: resolve and seal
    bool naive = false;                                 ///< … in the tempting way, see `naive_fate`
    bool power_fails = false;                           ///< at the end
    bool claims = false;                                ///< judge what the one actor that purges is told, too
};

/// One run of a world, in a simulation that is given.
template <class Storage>
class BasicWriteRun {
    using Store = holdfast::BasicStateStore<std::string, Storage, holdfast::NoLock, Planted, PlainText>;
    using Actor = holdfast::testing::Actor;

public:
    BasicWriteRun(holdfast::testing::Simulation& world, WriteWorld const& plan, Planted const& policy)
        : world_(world),
          plan_(plan),
          policy_(policy),
          storage_(world, plan.weather, plan.revisions),
          operations_(world) {}

    void go() {
        if (plan_.there) (void)judge().create("k", "0");
        storage_.on_effect(
            [this](holdfast::RecordId const& id, holdfast::RecordPtr const& before, holdfast::RecordPtr const& after) {
                if constexpr (Storage::late_writes) storage_.changed(id);
                purged_ = purged_ || (!after && before->stamp.tombstone);
                if (id.key.view() == "k") operations_.effect(before, after);
            });
        for (std::size_t i = 0; i < plan_.actors.size(); ++i)
            world_.spawn(std::string(1, static_cast<char>('A' + i)), [this, i](Actor& self) {
                Store store(storage_, policy_, self.store_options(plan_.timeout));
                for (Act const act : plan_.actors[i]) {
                    self.sleep(holdfast::Duration(self.random(100) * std::chrono::milliseconds(1)));
                    perform(self, store, act);
                    if (self.random(2) == 0) look(self, store);
                }
            });
        world_.run();
        if (plan_.power_fails) storage_.lose_power();
        operations_.judge(plan_.there ? "0" : "", Operations::text(storage_.peek(holdfast::RecordId("k"))),
                          plan_.power_fails);
    }

private:
    Store judge() { return Store(storage_, Planted(), world_.store_options()); }

    void perform(Actor& self, Store& store, Act act) {
        switch (act) {
            case Act::flood:
                for (int i = 0; i < 12; ++i) update(self, store, Act::update);
                return;
            case Act::create: return create(self, store);
            case Act::remove: return remove(self, store);
            case Act::fence: return fence(self, store);
            case Act::purge: return purge(self, store);
            case Act::locked_update: return locked_update(self, store);
            case Act::rest: return self.sleep(plan_.grace + self.random(1000) * std::chrono::milliseconds(1));
            case Act::read: return look(self, store);
            default: return update(self, store, act);
        }
    }

    void update(Actor& self, Store& store, Act act) {
        Operation& mine = operations_.begin(self, act);
        auto const outcome = store.update("k", [&](std::string& text) {
            mine.base = text;
            if (act == Act::restore) text = "0";
            else text += mine.name;
            mine.value = text;
        });
        operations_.end(self, mine, outcome);
        ask(self, store, mine);
    }

    void create(Actor& self, Store& store) {
        Operation& mine = operations_.begin(self, Act::create);
        mine.value = mine.name;
        operations_.end(self, mine, store.create("k", mine.name));
        ask(self, store, mine);
    }

    void remove(Actor& self, Store& store) {
        auto const there = store.get("k");
        if (!there || !*there) return;
        Operation& mine = operations_.begin(self, Act::remove);
        mine.base = (*there)->value();
        operations_.end(self, mine, store.remove(**there));
        ask(self, store, mine);
    }

    /// What a lock does to a record: the same content, written once more.
    void fence(Actor& self, Store&) {
        holdfast::Context const ctx(self.environment(), plan_.timeout);
        holdfast::RecordId const id("k");
        auto const now = storage_.read(ctx, id);
        if (!now || !*now) return;
        (void)operations_.begin(self, Act::fence);
        (void)policy_.commit(storage_, ctx, id, *now,
                             {.payload = (*now)->payload, .tombstone = (*now)->stamp.tombstone, .same_content = true});
    }

    void purge(Actor& self, Store& store) {
        for (int i = 0; i < 12; ++i) {
            purged_ = false;
            auto const done = store.purge("k", plan_.grace);
            if (plan_.claims) claim(done);
            bool const young = !done && done.unknown() == nullptr && done.error() == holdfast::Errc::busy;
            if (world_.tracing()) self.note(done ? "purged" : "purge: " + done.error().describe());
            self.sleep(young ? plan_.grace
                             : holdfast::Duration((50 + self.random(200)) * std::chrono::milliseconds(1)));
        }
    }

    /// An error says that the purge was not made, and never will be. What an earlier one left under way may still land.
    void claim(holdfast::Outcome<void> const& done) {
        in_doubt_ = in_doubt_ || done.unknown() != nullptr;
        if (done || in_doubt_ || done.error() == holdfast::Errc::busy) return;
        world_.expect(!purged_, "said not to be purged, and was: " + done.error().describe());
    }

    void look(Actor& self, Store& store) {
        Operation& mine = operations_.begin(self, Act::read);
        auto const seen = store.get("k");
        mine.returned = world_.tick();
        mine.applied = seen.has_value();
        if (seen && *seen) mine.value = (*seen)->value();
    }

    void ask(Actor& self, Store& store, Operation& mine) {
        if (!mine.unknown || !plan_.fates) return;
        self.sleep(holdfast::Duration(self.random(3000) * std::chrono::milliseconds(1)));
        bool const seals = self.random(2) == 0;
        if (seals) (void)operations_.begin(self, Act::seal);
        holdfast::Context const ctx(self.environment(), plan_.timeout);
        auto const fate = plan_.naive ? naive_fate(storage_, ctx, *mine.unknown, seals)
                          : seals     ? store.seal(*mine.unknown)
                                      : store.resolve(*mine.unknown);
        if (fate) operations_.tell(mine, *fate);
        if (world_.tracing() && fate) self.note(mine.name + " is said to be " + std::string(name(*fate)));
    }

    /// As a foreign program locks: a file that says who holds it; one that nobody renews for 5 seconds is stolen. The
    /// lock itself is made, stolen and removed by conditional writes.
    void locked_update(Actor& self, Store& store) {
        Store locks(storage_, Planted(), self.store_options(plan_.timeout));
        std::string const me = std::string(self.who().view()) + " " + std::to_string(self.random(1'000'000'000));
        std::optional<holdfast::Entry<std::string>> held;
        for (std::string seen; !held; self.sleep(std::chrono::milliseconds(200))) {
            auto now = locks.get("lock");
            if (!now) continue;
            if (*now && (*now)->value() == me) {
                held = *std::move(*now);
                break;
            }
            if (!*now) {
                (void)locks.create("lock", me);
                continue;
            }
            if ((*now)->value() != seen) {
                seen = (*now)->value();
                self.sleep(std::chrono::seconds(5));
            } else if (auto stolen = locks.replace(**now, me)) {
                self.note("steals the lock");
                held = *std::move(stolen);
                break;
            }
        }
        update(self, store, Act::locked_update);
        (void)locks.remove(*held);
    }

    holdfast::testing::Simulation& world_;
    WriteWorld const& plan_;
    Planted policy_;
    Storage storage_;
    Operations operations_;
    bool purged_ = false;    ///< since the last purge began
    bool in_doubt_ = false;  ///< the outcome of a purge is unknown
};

using WriteRun = BasicWriteRun<AgingSimulatedStorage>;
using LocalWriteRun = BasicWriteRun<holdfast::testing::SimulatedLocalStorage>;

}  // namespace holdfast_tests

#endif
