#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_PIPELINE_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_PIPELINE_HPP

#include <holdfast/state_store.hpp>

#include <optional>
#include <set>
#include <string>
#include <unit/simulation/reserving.hpp>
#include <unit/simulation/warehouse.hpp>
#include <unit/support/plain_text.hpp>

namespace holdfast_tests {

/// In which order a pipeline loads rows and moves its cursor.
enum class Order : unsigned char {
    state_first,    ///< the cursor, then the rows
    append,         ///< the rows, then the cursor
    next_sequence,  ///< … unless rows are there with the number that the cursor will have
    upsert,         ///< the rows by their primary key, then the cursor
    staged,        ///< the rows, invisible and tagged with the id of the write that moves the cursor, until it is known
    staged_hasty,  ///< … and what is still pending is thrown away
};

/// Runs of a pipeline that loads a growing source into a warehouse, and keeps a cursor in a store.
class PipelineRun {
    using Storage = holdfast::testing::SimulatedStorage;
    using Store =
        holdfast::BasicStateStore<std::string, Storage, holdfast::NoLock, holdfast::CompareAndSwap, PlainText>;
    using Actor = holdfast::testing::Actor;
    using Entry = std::optional<holdfast::Entry<std::string>>;

public:
    static constexpr unsigned source = 12;

    /// `watched`: the cursor is never ahead of the rows, at no moment; otherwise only the end counts.
    PipelineRun(holdfast::testing::Simulation& world, Order order, holdfast::testing::Weather const& weather,
                bool watched = true)
        : world_(world), order_(order), storage_(world, weather), watched_(watched) {}

    void go() {
        storage_.on_effect([this](holdfast::RecordId const&, holdfast::RecordPtr const&,
                                  holdfast::RecordPtr const& after) { moved(after); });
        for (char const* name : {"A", "B", "C"})
            world_.spawn(name, [this](Actor& self) {
                for (int i = 0; i < 4; ++i) {
                    self.sleep(holdfast::Duration(self.random(150) * std::chrono::milliseconds(1)));
                    run(self);
                }
            });
        world_.run();
        // One more, in good weather, to the end of the source.
        storage_.weather() = holdfast::testing::Weather::calm();
        world_.spawn("D", [this](Actor& self) {
            self.sleep(std::chrono::minutes(1));
            for (int i = 0; i < 20; ++i) {
                run(self);
                if (cursor(storage_.peek(holdfast::RecordId("cursor"))) == source) break;
            }
            run(self);
        });
        world_.run();
        judge();
    }

private:
    static unsigned cursor(holdfast::RecordPtr const& record) {
        return record ? static_cast<unsigned>(std::stoul(std::string(record->payload.view()))) : 0;
    }

    void run(Actor& self) {
        Reserving environment(self.environment());
        Store store(storage_, holdfast::StoreOptions{std::chrono::seconds(30), &environment});
        bool const stages = order_ == Order::staged || order_ == Order::staged_hasty;
        if (stages) decide_batches(self, store);
        auto const now = store.get("cursor");
        if (!now) return;
        unsigned const from = *now ? cursor((*now)->record()) : 0, upto = available();
        if (upto <= from) return;
        if (stages) return stage(self, store, environment, *now, from, upto);
        std::string const rows = "loads " + std::to_string(from + 1) + " to " + std::to_string(upto);
        if (order_ == Order::state_first) {
            if (move(store, *now, upto)) warehouse_.transaction(self, rows, [&] { warehouse_.append(from, upto, {}); });
            return;
        }
        warehouse_.transaction(self, rows, [&] {
            std::uint64_t const token = *now ? (*now)->sequence() + 1 : 1;
            if (order_ == Order::upsert) warehouse_.upsert(from, upto);
            else if (order_ == Order::append) warehouse_.append(from, upto, {});
            else if (!warehouse_.has_token(token))
                warehouse_.append(from, upto, {.number = 0, .tag = {}, .token = token});
        });
        (void)move(store, *now, upto);
    }

    /// Rows come while pipelines run.
    unsigned available() const {
        auto const age = static_cast<std::uint64_t>(world_.now() / std::chrono::milliseconds(150));
        return age >= 3 ? source : static_cast<unsigned>(3 + 3 * age);
    }

    static holdfast::Outcome<holdfast::Entry<std::string>> send(Store& store, Entry const& now, unsigned upto) {
        return now ? store.replace(*now, std::to_string(upto)) : store.create("cursor", std::to_string(upto));
    }

    /// Whether the cursor was moved; asked until it is known.
    bool move(Store& store, Entry const& now, unsigned upto) {
        auto const outcome = send(store, now, upto);
        if (outcome.unknown() == nullptr) return outcome.applied();
        for (int i = 0; i < 20; ++i) {
            auto const fate = store.seal(*outcome.unknown());
            if (fate && *fate == holdfast::Fate::applied) return true;
            if (fate && *fate == holdfast::Fate::never) return false;
        }
        return world_.expect(false, "the fate of a write stays unknown");
    }

    void stage(Actor& self, Store& store, Reserving& environment, Entry const& now, unsigned from, unsigned upto) {
        holdfast::WriteId const tag = environment.reserve();
        holdfast::UnknownWrite write{.key = holdfast::Key("cursor"), .id = tag, .base = {}, .base_lineage = {}};
        if (now) {
            write.base = now->record()->stamp.ids.newest();
            write.base_lineage = now->record()->stamp.lineage;
        }
        warehouse_.transaction(self, "stages " + std::to_string(from + 1) + " to " + std::to_string(upto), [&] {
            warehouse_.append(from, upto, {.number = 0, .tag = tag, .visible = false});
            warehouse_.batches.push_back({tag, write});
        });
        auto const outcome = send(store, now, upto);
        if (outcome.unknown() != nullptr) {
            world_.expect(outcome.unknown()->id == tag && outcome.unknown()->base == write.base,
                          "the write has the id that was reserved");
            return;  // whoever comes next resolves it
        }
        if (outcome)
            world_.expect(outcome->record()->stamp.ids.contains(tag), "the write has the id that was reserved");
        settle(self, tag, outcome.applied());
    }

    void settle(Actor& self, holdfast::WriteId tag, bool applied) {
        warehouse_.transaction(self, applied ? "publishes" : "discards", [&] {
            if (applied) warehouse_.publish(tag);
            else warehouse_.discard(tag);
        });
    }

    /// What runs that crashed, or did not learn what became of their write, have left.
    void decide_batches(Actor& self, Store& store) {
        auto const left = warehouse_.batches;
        for (auto const& batch : left) {
            auto const fate = store.resolve(batch.write);
            if (!fate) continue;
            if (*fate == holdfast::Fate::applied) settle(self, batch.tag, true);
            bool const dead =
                *fate == holdfast::Fate::never || (*fate == holdfast::Fate::pending && order_ == Order::staged_hasty);
            if (dead) settle(self, batch.tag, false);
            world_.expect(*fate != holdfast::Fate::unknown, "the fate of a batch is beyond recognition");
        }
    }

    /// The cursor was moved.
    void moved(holdfast::RecordPtr const& after) {
        for (std::size_t i = 0; i < after->stamp.ids.size(); ++i) committed_.insert(after->stamp.ids[i]);
        if (!watched_) return;
        for (unsigned number = 1; number <= cursor(after); ++number) {
            bool there = false;
            for (auto const& row : warehouse_.rows)
                there = there || (row.number == number && (row.visible || committed_.contains(row.tag)));
            world_.expect(there, "the cursor is ahead of row " + std::to_string(number));
        }
    }

    void judge() {
        world_.expect(cursor(storage_.peek(holdfast::RecordId("cursor"))) == source, "the cursor is at the end");
        for (unsigned number = 1; number <= source; ++number) {
            auto const times = warehouse_.visible(number);
            world_.expect(times != 0, "row " + std::to_string(number) + " is missing");
            world_.expect(times <= 1,
                          "row " + std::to_string(number) + " is there " + std::to_string(times) + " times");
        }
    }

    holdfast::testing::Simulation& world_;
    Order order_;
    Storage storage_;
    Warehouse warehouse_;
    std::set<holdfast::WriteId> committed_;
    bool watched_;
};

}  // namespace holdfast_tests

#endif
