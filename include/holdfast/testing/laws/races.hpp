#ifndef HOLDFAST_TESTING_LAWS_RACES_HPP
#define HOLDFAST_TESTING_LAWS_RACES_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <optional>
#include <vector>

// The laws of storages about what several threads do at once.
namespace holdfast::testing::law {

/// Of the writes that demand the same, at most one is applied: threads race for `absent`, then for each revision.
template <ConditionalStorage S>
void one_winner(S& storage, Findings& found, unsigned threads = 4, unsigned rounds = 25) {
    in_every_slot(storage, found, [&](Place const& at) {
        RecordPtr base;
        for (unsigned round = 0; round < rounds; ++round) {
            std::atomic<unsigned> winners{0};
            at_once(threads, [&](unsigned me) {
                auto const record = at.record(std::to_string(me), base);
                if (applied(storage, at.id, record, Precondition::unchanged_since(base))) ++winners;
            });
            if (!at.expect(winners == 1, "of several writes on one base exactly one is applied")) return;
            base = read(storage, at.id);
            if (!at.expect(base != nullptr, "the winner's record can be read")) return;
        }
    });
}

/// A removal competes like a write: of those on one base exactly one is applied, and what is read afterwards is what it
/// left. One that only demands absence removes nothing.
template <ConditionalStorage S>
void removals_compete(S& storage, Findings& found, unsigned rounds = 15) {
    in_every_slot(storage, found, [&](Place const& at) {
        for (unsigned round = 0; round < rounds; ++round) {
            (void)removed(storage, at.id, Precondition::none());
            bool created = false;
            at_once(2, [&](unsigned me) {
                if (me == round % 2) (void)removed(storage, at.id, Precondition::absent());
                else created = applied(storage, at.id, at.record("1"), Precondition::absent());
            });
            RecordPtr const base = read(storage, at.id);
            if (!at.expect(created && base, "a removal that demands absence removes nothing")) return;

            bool const two_removals = round % 3 == 2;
            std::atomic<unsigned> winners{0};
            bool replaced = false;
            at_once(2, [&](unsigned me) {
                auto const when = Precondition::matches(base->revision);
                bool const write = me == round % 2 && !two_removals;
                bool const won =
                    write ? applied(storage, at.id, at.record("2", base), when) : removed(storage, at.id, when);
                if (won) ++winners;
                if (write) replaced = won;
            });
            if (!at.expect(winners == 1, two_removals ? "of two removals of one revision exactly one is applied"
                                                      : "of a removal and a write on one base exactly one is applied"))
                return;
            RecordPtr const now = read(storage, at.id);
            if (!at.expect(replaced ? now && now->payload.view() == "2" : now == nullptr,
                           "of a removal and a write on one base what is left is what the winner left"))
                return;
        }
    });
}

/// Threads that write different records at the same time do not lose each other's, be they slots of one key or keys
/// beside each other.
template <StoragePolicy S>
void neighbours_are_left_alone(S& storage, Findings& found, unsigned rounds = 12) {
    constexpr std::string_view untouched = "writes of other records at the same time do not touch a record";
    Key const a = detail::fresh_key(), b = detail::fresh_key(), c = detail::fresh_key(), d = detail::fresh_key();
    std::vector<RecordId> ids = {{a}, {b}, {c}, {d}};
    if constexpr (AttributedStorage<S>)
        ids = {{a}, slot_of(a, Slot::lock), slot_of(a, Slot::version), slot_of(a, Slot::retention), {b}};
    at_once(static_cast<unsigned>(ids.size()), [&](unsigned me) {
        RecordId const& mine = ids[me];
        for (unsigned round = 0; round < rounds; ++round) {
            std::string const text = std::to_string(round);
            bool const gone = round % 4 == 3;
            bool const done = gone ? removed(storage, mine, Precondition::none())
                                   : applied(storage, mine, detail::make_record(mine.key, text), Precondition::none());
            RecordPtr const now = read(storage, mine);
            if (!found.expect(done && (gone ? !now : now && now->payload.view() == text), untouched)) return;
        }
        (void)applied(storage, mine, detail::make_record(mine.key, "last"), Precondition::none());
    });
    for (RecordId const& id : ids) {
        RecordPtr const now = read(storage, id);
        found.expect(now && now->payload.view() == "last", untouched);
        (void)removed(storage, id, Precondition::none());
    }
}

/// An error of a write or removal means that it was not made, also when the caller had no time left or asked to stop.
template <StoragePolicy S>
void errors_change_nothing(S& storage, Findings& found) {
    std::atomic<bool> const stop{true};
    Environment& env = Environment::system();
    in_every_slot(storage, found, [&](Place const& at) {
        for (Context const& hasty :
             {Context(env, Duration::zero()), Context(env, std::chrono::seconds(30), &stop)}) {
            (void)applied(storage, at.id, at.record("before"), Precondition::none());
            auto const written = storage.write(hasty, at.id, at.record("after"), Precondition::none());
            RecordPtr now = read(storage, at.id);
            std::string_view const text = now ? now->payload.view() : "";
            at.expect(written || text == "before", "a write that fails by an error changes nothing");
            at.expect(!is_applied(written) || text == "after", "a write in a hurry that is applied can be read");
            auto const taken = storage.remove(hasty, at.id, Precondition::none());
            now = read(storage, at.id);
            at.expect(taken || now, "a removal that fails by an error changes nothing");
            at.expect(!is_applied(taken) || !now, "a removal in a hurry that is applied has removed");
        }
    });
}

}  // namespace holdfast::testing::law

#endif
