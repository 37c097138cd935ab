#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_OPERATIONS_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_OPERATIONS_HPP

#include <holdfast/core/outcome.hpp>
#include <holdfast/testing/linearizability/check.hpp>
#include <holdfast/testing/linearizability/recorded_history.hpp>
#include <holdfast/testing/simulation.hpp>

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unit/protocol/exploration.hpp>

namespace holdfast_tests {

/// What an actor of a world does, in order.
enum class Act : unsigned char {
    update,         ///< appends the name of the operation to the text
    create,         ///< the name of the operation becomes the text
    remove,         ///< reads, and removes what it read
    restore,        ///< makes the text "0" again
    fence,          ///< writes the same text again
    flood,          ///< twelve updates, one after the other: more than the ring remembers
    purge,          ///< again and again, until the script is over
    locked_update,  ///< an update under a lock file of a program that knows no leases
    rest,           ///< waits about as long as a purge does
    read,
    seal,  ///< what an operation that ended unknown is followed by, if the world asks for fates
};

/// One call of an actor: what it meant, what it was told, and what became of it.
struct Operation {
    std::string actor, name;
    holdfast::Writer who{};
    Act act = Act::update;
    holdfast::Timestamp begun{};  ///< by the actor's clock: what it writes says by whom and when it was made
    holdfast::testing::Moment invoked = 0, returned = holdfast::testing::never;
    std::string base{}, value{};  ///< the text it decided on, and what it made of it; empty: none
    bool applied = false, failed = false;
    std::optional<holdfast::UnknownWrite> unknown{};
    std::optional<holdfast::Fate> told{};
    unsigned times = 0;  ///< so often it took effect

    bool changes_nothing() const { return applied && base == value && act != Act::fence && act != Act::seal; }
};

/// All that was done in a world, and the laws that it is judged by.
class Operations {
    using RecordPtr = holdfast::RecordPtr;
    using Moment = holdfast::testing::Moment;
    using Outcome = holdfast::testing::HistoryEvent::Outcome;

public:
    explicit Operations(holdfast::testing::Simulation& world) : world_(world) {}

    Operation& begin(holdfast::testing::Actor& self, Act act) {
        Operation& operation = all_.emplace_back();
        operation.actor = self.name();
        operation.name = self.name() + std::to_string(++named_) + ".";
        operation.who = self.who();
        operation.act = act;
        operation.begun = self.environment().wall();
        operation.invoked = world_.tick();
        if (world_.tracing()) self.note("begins " + describe(operation));
        return operation;
    }

    template <class T>
    void end(holdfast::testing::Actor& self, Operation& operation, holdfast::Outcome<T> const& outcome) {
        operation.returned = world_.tick();
        operation.applied = outcome.applied();
        if (outcome.unknown() != nullptr) operation.unknown = *outcome.unknown();
        operation.failed = !operation.applied && !operation.unknown;
        if (world_.tracing())
            self.note(operation.name + " is told: " +
                      (operation.applied   ? std::string("applied")
                       : operation.unknown ? std::string("unknown")
                                           : outcome.error().describe()));
    }
    void tell(Operation& operation, holdfast::Fate fate) {
        if (fate != holdfast::Fate::applied && fate != holdfast::Fate::never) return;
        operation.told = fate;
        operation.returned = world_.tick();
    }

    /// To be called when something takes effect on the key that is judged.
    void effect(RecordPtr const& before, RecordPtr const& after) {
        if (!after) {
            physical_ = physical_ || !before->stamp.tombstone;
            return;
        }
        auto const id = after->stamp.ids.newest();
        Operation* const mine = author(*after);
        std::string const by = mine ? describe(*mine) : std::string("somebody");
        if (id != no_id) world_.expect(ids_.insert(id).second, "a write took effect twice: " + by);
        if (mine == nullptr) return;
        ++mine->times;
        std::string const was = text(before), is = text(after);
        switch (mine->act) {
            case Act::update:
            case Act::locked_update:
                world_.expect(is == was + mine->name, "an update was made on another base: " + by);
                break;
            case Act::create: world_.expect(was.empty(), "a create replaced a state: " + by); break;
            case Act::remove: world_.expect(was == mine->base, "another state was removed than was read: " + by); break;
            case Act::restore: world_.expect(was == mine->base, "an update was made on another base: " + by); break;
            default: world_.expect(is == was, "a fence or seal changed the state: " + by);
        }
    }

    /// When nothing is under way any more. `power_lost`: and what was not synced may have gone, though it was seen.
    void judge(std::string const& initial, std::string const& final, bool power_lost = false) {
        bool only_appends = true;
        for (Operation const& operation : all_) {
            std::string const who = describe(operation);
            only_appends = only_appends &&
                           (operation.act == Act::update || operation.act == Act::locked_update ||
                            operation.act == Act::fence || operation.act == Act::read || operation.act == Act::seal);
            if (operation.act == Act::read) continue;
            world_.expect(operation.times <= 1, "an operation took effect twice: " + who);
            if (operation.act == Act::remove && physical_) continue;  // it leaves no trace to count
            unsigned const once = operation.changes_nothing() ? 0 : 1;
            if (operation.applied) world_.expect(operation.times == once, "reported applied, and is not: " + who);
            if (operation.failed) world_.expect(operation.times == 0, "reported not applied, and is: " + who);
            if (operation.told == holdfast::Fate::applied)
                world_.expect(operation.times == 1, "said to be applied, and is not: " + who);
            if (operation.told == holdfast::Fate::never)
                world_.expect(operation.times == 0, "said to be never applied, and is: " + who);
        }
        if (only_appends) judge_text(initial, final);
        judge_history(initial, final, power_lost);
    }

    /// For people: "update A3."
    static std::string describe(Operation const& operation) {
        static constexpr char const* names[] = {"update", "create",        "removal", "restore", "fence", "flood",
                                                "purge",  "locked update", "rest",    "read",    "seal"};
        return std::string(names[static_cast<std::size_t>(operation.act)]) + " " + operation.name;
    }

    static std::string text(RecordPtr const& record) {
        return holdfast::detail::is_there(record) ? std::string(record->payload.view()) : std::string();
    }

private:
    Operation* author(holdfast::Record const& record) {
        Operation* found = nullptr;
        for (Operation& operation : all_)
            if (operation.who == record.stamp.who && operation.begun <= record.stamp.when) found = &operation;
        return found;
    }

    /// Counters are exact, and seen from outside: what the key holds, and nothing that was noted on the way.
    void judge_text(std::string const& initial, std::string const& final) {
        std::size_t length = initial.size();
        for (Operation const& operation : all_) {
            if (operation.act != Act::update && operation.act != Act::locked_update) continue;
            std::size_t times = 0;
            for (auto at = final.find(operation.name); at != std::string::npos; at = final.find(operation.name, at + 1))
                ++times;
            length += times * operation.name.size();
            std::string const who = describe(operation);
            world_.expect(times <= 1, "counted twice: " + who);
            if (operation.applied) world_.expect(times >= 1, "an update is lost: " + who);
            if (operation.told == holdfast::Fate::applied)
                world_.expect(times >= 1, "an update that was said to be applied is lost: " + who);
            if (operation.failed) world_.expect(times == 0, "counted, and reported not applied: " + who);
        }
        world_.expect(length == final.size(), "the text holds what nobody wrote");
    }

    void judge_history(std::string const& initial, std::string const& final, bool power_lost) {
        holdfast::testing::RecordedHistory history;
        auto const token = [&](std::string const& text) {
            return text.empty() ? holdfast::testing::absent_token : history.token(text);
        };
        if (!initial.empty()) history.initial[history.keys("k")] = token(initial);
        for (Operation const& operation : all_) {
            if (operation.act == Act::fence || operation.act == Act::seal || operation.act == Act::purge) continue;
            if (operation.act == Act::read) {
                if (operation.applied && !power_lost)
                    history.read("k", operation.actor, token(operation.value), operation.invoked, operation.returned);
                continue;
            }
            if (operation.base.empty() && operation.value.empty()) continue;  // it never came to a decision
            bool const applied = operation.applied || operation.told == holdfast::Fate::applied;
            bool const never = operation.failed || operation.told == holdfast::Fate::never;
            history.swap("k", operation.actor, token(operation.base), token(operation.value), operation.invoked,
                         applied ? operation.returned : holdfast::testing::never,
                         applied ? Outcome::applied
                         : never ? Outcome::failed
                                 : Outcome::unknown);
        }
        Moment const end = world_.tick();
        history.read("k", "judge", token(final), end, end);
        auto const verdict = check_linearizability(history, {.steps = 20'000, .explain = world_.tracing()});
        if (verdict.kind == holdfast::testing::LinearizabilityVerdict::Kind::violation)
            world_.expect(false, "not linearizable");
        if (verdict.kind == holdfast::testing::LinearizabilityVerdict::Kind::undecided)
            world_.expect(false, "the history is too hard to judge");
    }

    holdfast::testing::Simulation& world_;
    std::deque<Operation> all_;
    std::set<holdfast::WriteId> ids_;
    unsigned named_ = 0;
    bool physical_ = false;
};

}  // namespace holdfast_tests

#endif
