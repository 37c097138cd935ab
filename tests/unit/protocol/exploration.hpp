#ifndef HOLDFAST_TESTS_UNIT_CORE_EXPLORATION_HPP
#define HOLDFAST_TESTS_UNIT_CORE_EXPLORATION_HPP

#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/compare_and_swap.hpp>

#include <memory>
#include <optional>
#include <string>
#include <unit/protocol/syncing_storage.hpp>
#include <unit/support/plain_text.hpp>
#include <utility>
#include <vector>

namespace holdfast_tests {

/// A run is the list of the choices that it made; going through all lists goes through all runs.
class Choices {
public:
    std::size_t choose(std::size_t among) {
        if (among <= 1) return 0;
        if (at_ == tape_.size()) tape_.push_back({0, among});
        return tape_[at_++].first;
    }
    /// To the next run. False after the last.
    bool next() {
        at_ = 0;
        for (; !tape_.empty(); tape_.pop_back())
            if (++tape_.back().first < tape_.back().second) return true;
        return false;
    }

private:
    std::vector<std::pair<std::size_t, std::size_t>> tape_;
    std::size_t at_ = 0;
};

/// What a record carries whose writer does not name its writes.
inline constexpr holdfast::WriteId no_id{7, 7};

/// What one client does in a run, once.
enum class Does : unsigned char {
    update,               ///< appends its name to the text
    create,               ///< its name becomes the text
    remove,               ///< reads, and removes what it read
    restore,              ///< makes the text "0" again
    fence,                ///< writes the same text again
    flood,                ///< nine updates at one go: more than the ring remembers
    purge_at_once,        ///< removes a tombstone for good, whoever may still be writing
    purge_after_flights,  ///< … once no write is under way
    purge_after_all,      ///< … once no write is under way and no operation in progress
};

struct Scenario {
    std::vector<Does> clients;
    bool there = false;   ///< the key has the text "0" before anybody begins
    bool patient = true;  ///< operations may repeat; otherwise their time is over after the first attempt
    unsigned faults = 1;
    bool fates = false;  ///< ask for unknown fates: resolve and seal
    bool naive = false;  ///< … in the tempting way, see `naive_fate`
    holdfast::testing::FarRevisions revisions = holdfast::testing::FarRevisions::content;
};

/// How one is tempted to ask for a fate on a disk of this host: what can be seen was applied, what cannot never was.
template <class S>
holdfast::Result<holdfast::Fate> naive_fate(S& storage, holdfast::Context const& ctx, holdfast::UnknownWrite write,
                                            bool seal) {
    using namespace holdfast;
    write.at_rest = false;
    RecordId const id(write.key, write.slot);
    auto const now = storage.read(ctx, id);
    if (!now) return now.error();
    Fate const fate = decide(write, now->get());
    if (fate != Fate::pending || !seal) return fate;
    Change change{.tombstone = !*now || (*now)->stamp.tombstone, .same_content = true};
    if (*now) change.payload = (*now)->payload;
    (void)CompareAndSwap().commit(storage, ctx, id, *now, std::move(change));
    return Fate::never;
}

struct Explored {
    std::size_t runs = 0;
    std::string broken;  ///< the invariant that the last run broke, if any
};

/// What may go wrong with a write far away.
struct Line {
    using Delivery = holdfast::testing::Delivery;
    using Storage = holdfast::testing::LateStorage;
    using World = holdfast::testing::LateWorld;

    static std::shared_ptr<World> world(Scenario const& scenario) {
        return std::make_shared<World>(scenario.revisions);
    }
    static std::vector<Delivery> ways() {
        return {Delivery::intact(), Delivery::late(),           Delivery::reply_lost(), Delivery::twice(),
                Delivery::twice_reply_lost(), Delivery::lost()};
    }
    static bool safe(World::Effect const&) { return true; }
};

/// … and with one to a disk of this host.
struct Disk {
    using Storage = SyncingStorage;
    using World = SyncingWorld;

    static std::shared_ptr<World> world(Scenario const&) { return std::make_shared<World>(); }
    static std::vector<Syncing> ways() {
        return {Syncing::intact, Syncing::unsynced, Syncing::refused, Syncing::lost};
    }
    static bool safe(World::Effect const& effect) { return effect.safe; }
};

/// Runs a scenario in every way that its choices allow: before each operation of a client any late copy may arrive and
/// any other client may do all its work; each write may go wrong in every way of the medium.
template <class Versioning, class Medium = Line>
class Exploration {
    using Storage = typename Medium::Storage;
    using Store = holdfast::BasicStateStore<std::string, Storage, holdfast::NoLock, Versioning, PlainText>;
    using World = typename Medium::World;

public:
    /// Until an invariant is broken; `law`: until this one is.
    static Explored all(Scenario const& scenario, std::size_t most_runs, std::string_view law = {}) {
        Choices choices;
        for (Explored so_far;;) {
            ++so_far.runs;
            Exploration run(scenario, choices);
            so_far.broken = run.go();
            bool const found = law.empty() ? !so_far.broken.empty() : so_far.broken == law;
            if (found || so_far.runs == most_runs || !choices.next()) return so_far;
        }
    }

private:
    struct Client {
        Client(Does what, std::shared_ptr<World> const& world, std::string the_name, std::uint64_t seed,
               holdfast::Duration timeout)
            : does(what),
              name(std::move(the_name)),
              env(std::make_unique<holdfast::testing::TestEnvironment>(seed, name)),
              store(Storage(world), holdfast::StoreOptions{timeout, env.get()}) {}

        Does does;
        std::string name;
        std::unique_ptr<holdfast::testing::TestEnvironment> env;
        Store store;
        bool begun = false, ended = false;
        bool applied = false, failed = false;
        std::optional<holdfast::UnknownWrite> unknown{};
        std::optional<holdfast::Fate> told{};
        bool sealed = false;  ///< and nothing went wrong with the seal
    };

    Exploration(Scenario const& scenario, Choices& choices)
        : scenario_(scenario),
          choices_(choices),
          world_(Medium::world(scenario)),
          judge_(Does::update, world_, "judge", 1000, holdfast::endless) {
        auto const timeout = scenario.patient ? holdfast::Duration(std::chrono::seconds(60)) : holdfast::Duration(0);
        for (std::size_t i = 0; i < scenario.clients.size(); ++i)
            clients_.emplace_back(scenario.clients[i], world_, std::string(1, static_cast<char>('A' + i)), i + 1,
                                  timeout);
        if (scenario.there) (void)judge_.store.create("k", "0");
        world_->before_operation = [this] { interrupt(); };
        world_->on_write = [this](unsigned) { return fault(); };
        free_ = true;
    }

    std::string go() {
        for (std::size_t left = clients_.size(); left > 0; left = waiting().size()) {
            auto const ready = waiting();
            begin(*ready[choices_.choose(ready.size())]);
        }
        while (world_->in_flight() > 0) {
            std::size_t const which = choices_.choose(1 + world_->in_flight());
            if (which == 0) break;
            world_->arrive(which - 1);
        }
        return broken();
    }

    std::vector<Client*> waiting() {
        std::vector<Client*> found;
        for (Client& client : clients_)
            if (!client.begun) found.push_back(&client);
        return found;
    }

    void interrupt() {
        while (free_) {
            auto const ready = waiting();
            std::size_t const copies = world_->in_flight();
            std::size_t const pick = choices_.choose(1 + copies + ready.size());
            if (pick == 0) return;
            if (pick <= copies) world_->arrive(pick - 1);
            else begin(*ready[pick - 1 - copies]);
        }
    }

    auto fault() {
        auto const ways = Medium::ways();
        if (!free_ || faults_ == scenario_.faults) return ways[0];
        std::size_t const pick = choices_.choose(ways.size());
        if (pick != 0) ++faults_;
        return ways[pick];
    }

    template <class T>
    void note(Client& client, holdfast::Outcome<T> const& outcome) {
        client.applied = outcome.applied();
        if (outcome.unknown() != nullptr) client.unknown = *outcome.unknown();
        else client.failed = !outcome.applied();
    }

    void begin(Client& client) {
        client.begun = true;
        act(client);
        client.ended = true;
        if (!client.unknown || !scenario_.fates) return;
        std::size_t const ask = choices_.choose(3);
        if (ask == 0) return;
        unsigned const faults = faults_;
        auto const& write = *client.unknown;
        holdfast::Context const ctx(*judge_.env);
        auto const fate = scenario_.naive ? naive_fate(judge_.store.storage(), ctx, write, ask == 2)
                          : ask == 1      ? judge_.store.resolve(write)
                                          : judge_.store.seal(write);
        if (!fate) return;
        client.told = *fate;
        client.sealed = ask == 2 && faults_ == faults;
    }

    void act(Client& client) {
        auto& store = client.store;
        auto const append = [&](std::string& text) { text += client.name; };
        switch (client.does) {
            case Does::update: return note(client, store.update("k", append));
            case Does::restore: return note(client, store.update("k", [](std::string& text) { text = "0"; }));
            case Does::create: return note(client, store.create("k", client.name));
            case Does::remove: {
                auto const there = store.get("k");
                if (there && *there) note(client, store.remove(**there));
                return;
            }
            case Does::flood: {
                free_ = false;
                for (int i = 0; i < 9; ++i) (void)store.update("k", append);
                free_ = true;
                return;
            }
            default: return with_record(client);
        }
    }

    /// Those that go below the store.
    void with_record(Client& client) {
        free_ = client.does == Does::fence;
        holdfast::Context const ctx(*client.env);
        auto& storage = client.store.storage();
        holdfast::RecordPtr const now = *storage.read(ctx, holdfast::RecordId("k"));
        if (client.does == Does::fence && now) {
            holdfast::Change change{.payload = now->payload, .tombstone = now->stamp.tombstone, .same_content = true};
            (void)Versioning().commit(storage, ctx, holdfast::RecordId("k"), now, std::move(change));
        } else if (now && now->stamp.tombstone && may_purge(client)) {
            (void)storage.remove(ctx, holdfast::RecordId("k"), holdfast::Precondition::matches(now->revision));
        }
        free_ = true;
    }

    bool may_purge(Client const& me) const {
        if (me.does == Does::purge_at_once) return true;
        if (world_->in_flight() > 0) return false;
        for (Client const& other : clients_)
            if (&other != &me && other.begun && !other.ended) return me.does == Does::purge_after_flights;
        return true;
    }

    static std::string text(holdfast::RecordPtr const& record) {
        return holdfast::detail::is_there(record) ? std::string(record->payload.view()) : std::string();
    }

    static bool is_by(Client const& client, typename World::Effect const& effect) {
        if (effect.after) return effect.after->stamp.who.view() == client.name;
        return client.does == Does::remove && !effect.before->stamp.tombstone;
    }

    std::string broken() const {
        auto const effects = world_->effects();
        for (std::size_t i = 0; i < effects.size(); ++i) {
            if (!effects[i].after) continue;
            auto const id = effects[i].after->stamp.ids.newest();
            if (id == no_id) continue;
            for (std::size_t j = 0; j < i; ++j)
                if (effects[j].after && effects[j].after->stamp.ids.newest() == id) return "a write took effect twice";
        }
        for (Client const& client : clients_) {
            std::size_t times = 0;
            bool safe = true;
            for (auto const& effect : effects) {
                if (!is_by(client, effect)) continue;
                ++times;
                safe = Medium::safe(effect);
                if (!effect.after) continue;
                bool const appends = client.does == Does::update || client.does == Does::flood;
                std::string const was = text(effect.before), is = text(effect.after);
                if (appends && is != was + client.name) return "an update was made on another base";
                if (client.does == Does::create && !was.empty()) return "a create replaced a state";
            }
            using holdfast::Fate;
            bool const once = client.does <= Does::remove;
            if (once && times > 1) return "an operation took effect twice";
            if (once && client.applied && times != 1) return "reported applied, and is not";
            if (once && client.applied && !safe) return "reported applied, and a power loss undoes it";
            if (once && client.failed && times != 0) return "reported not applied, and is";
            if (client.told == Fate::applied && times != 1) return "said to be applied, and is not";
            if (client.told == Fate::applied && !safe) return "said to be applied, and a power loss undoes it";
            if (client.told == Fate::never && times != 0) return "said to be never applied, and is";
            bool const nothing_lands = !Storage::late_writes;
            bool const pending = nothing_lands && client.told == Fate::pending;
            if (pending && times != 0) return "said to be pending, and is applied";
            if (pending && client.sealed) return "sealed, and still pending";
            bool const last = times == 1 && is_by(client, effects.back());
            if (client.sealed && client.told == Fate::unknown && last) return "sealed, and still unknown";
        }
        return {};
    }

    Scenario const& scenario_;
    Choices& choices_;
    std::shared_ptr<World> world_;
    Client judge_;
    std::vector<Client> clients_;
    unsigned faults_ = 0;
    bool free_ = false;
};

}  // namespace holdfast_tests

#endif
