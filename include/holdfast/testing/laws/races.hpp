#ifndef HOLDFAST_TESTING_LAWS_RACES_HPP
#define HOLDFAST_TESTING_LAWS_RACES_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <string>
#include <vector>

// The laws of storages about what several threads do at once, and about errors.
namespace holdfast::testing::law {

/// A payload for the nth round of a race: small ones meet early in a write, large ones late.
inline std::string racing_payload(unsigned round, unsigned me) {
    std::string text = std::to_string(me);
    if (round % 3 == 2) text.resize(40'000, ' ');
    return text;
}

template <ConditionalStorage S>
void one_write_wins(S& storage, Findings& found, unsigned threads = 4, unsigned rounds = 30) {
    if (!found.begins("one_write_wins", {"writes_heed_conditions", "revisions_name_one_write", "readers_see_whole_records"})) return;
    rounds = found.rounds(rounds);
    in_every_slot(storage, found, [&](Place<S>& at) {
        RecordPtr base;
        for (unsigned round = 0; round < rounds; ++round) {
            std::atomic<unsigned> winners{0}, winner{0};
            at_once(threads, [&](unsigned me) {
                Place<S> mine = at.elsewhere();
                if (!mine.applies(at.record(racing_payload(round, me), base), Precondition::unchanged_since(base))) return;
                ++winners;
                winner = me;
            });
            if (!at.expect(winners == 1, "of several writes on one base exactly one is applied",
                           std::to_string(winners) + " of " + std::to_string(threads) + " were applied"))
                return;
            base = at.read();
            if (!at.expect(base && base->payload.view() == racing_payload(round, winner),
                           "what is left of several writes is what the winner wrote"))
                return;
            // Beside one that has no condition, which is applied in any case and is what is left.
            at_once(2, [&](unsigned me) {
                Place<S> mine = at.elsewhere();
                bool const free = me == round % 2;
                bool const done = mine.applies(at.record(free ? "free" : "bound", base),
                                               free ? Precondition::none() : Precondition::matches(base->revision));
                if (free) mine.expect(done, "a write without a precondition is applied, whoever writes beside it");
            });
            base = at.read();
            if (!at.expect(base && base->payload.view() == "free",
                           "a write on a base does not undo one without a precondition that was made meanwhile"))
                return;
            if (round % 4 != 3) continue;
            (void)at.removes();
            base = nullptr;
        }
    });
}

template <ConditionalStorage S>
void removals_compete(S& storage, Findings& found, unsigned rounds = 15) {
    if (!found.begins("removals_compete", {"removals_heed_conditions", "one_write_wins"})) return;
    rounds = found.rounds(rounds);
    in_every_slot(storage, found, [&](Place<S>& at) {
        for (unsigned round = 0; round < rounds; ++round) {
            (void)at.removes();
            bool created = false;
            at_once(2, [&](unsigned me) {
                Place<S> mine = at.elsewhere();
                if (me == round % 2) (void)mine.removes(Precondition::absent());
                else created = mine.applies(at.record("1"), Precondition::absent());
            });
            RecordPtr const base = at.read();
            if (!at.expect(created && base, "a removal that demands absence removes nothing")) return;

            bool const two_removals = round % 3 == 2;
            std::atomic<unsigned> winners{0};
            bool replaced = false;
            at_once(2, [&](unsigned me) {
                Place<S> mine = at.elsewhere();
                auto const when = Precondition::matches(base->revision);
                bool const write = me == round % 2 && !two_removals;
                bool const won = write ? mine.applies(at.record("2", base), when) : mine.removes(when);
                if (won) ++winners;
                if (write) replaced = won;
            });
            if (!at.expect(winners == 1,
                           two_removals ? "of two removals of one revision exactly one is applied"
                                        : "of a removal and a write on one base exactly one is applied",
                           std::to_string(winners) + " were applied"))
                return;
            RecordPtr const now = at.read();
            if (!at.expect(replaced ? now && now->payload.view() == "2" : now == nullptr,
                           "of a removal and a write on one base what is left is what the winner left"))
                return;

            (void)at.applies(at.record("3"));
            RecordPtr const last = at.read();
            at_once(2, [&](unsigned me) {
                Place<S> mine = at.elsewhere();
                if (me == round % 2) (void)mine.removes();
                else if (last) (void)mine.applies(at.record("4", last), Precondition::matches(last->revision));
            });
            if (!at.expect(!at.read(), "a write on a base does not bring back what was removed meanwhile")) return;
        }
    });
}

/// Threads that write different records at the same time: slots of one key, or keys beside each other.
template <StoragePolicy S>
void neighbours_are_left_alone(S& storage, Findings& found, unsigned rounds = 12) {
    if (!found.begins("neighbours_are_left_alone", {"removals_remove", "slots_are_apart"})) return;
    rounds = found.rounds(rounds);
    constexpr std::string_view untouched = "writes of other records at the same time do not touch a record";
    Key const a = fresh_key(), b = fresh_key(), c = fresh_key(), d = fresh_key();
    std::vector<RecordId> ids = {{a}, {b}, {c}, {d}};
    if constexpr (AttributedStorage<S>)
        ids = {{a}, slot_of(a, Slot::lock), slot_of(a, Slot::version), slot_of(a, Slot::retention), {b}};
    CommonRounds common(ids.size(), rounds, 20 * std::size_t{rounds});
    at_once(static_cast<unsigned>(ids.size()), [&](unsigned me) {
        Place<S> mine(storage, found, ids[me]);
        common.run([&](std::size_t round) {
            std::string const text = std::to_string(round);
            bool const gone = round % 4 == 3;
            bool const done = gone ? mine.removes() : mine.applies(mine.record(text));
            // Time for another to write back what he read before.
            if (round % 2 == 0) Environment::system().sleep(std::chrono::microseconds(300));
            RecordPtr const now = mine.read();
            return mine.expect(done && (gone ? !now : now && now->payload.view() == text), untouched);
        });
        (void)mine.applies(mine.record("last"));
    });
    for (RecordId const& id : ids) {
        Place<S> one(storage, found, id);
        RecordPtr const now = one.read();
        one.expect(now && now->payload.view() == "last", untouched);
        (void)one.removes();
    }
    // Many keys, some of which share a part of the storage, wherever it is parted.
    constexpr std::size_t many = 16;
    std::size_t const writes = rounds / 2 * many;
    CommonRounds parted(2, writes, 10 * writes);
    at_once(2, [&](unsigned) {
        Caller<S> mine(storage, found);
        std::vector<Key> keys;
        for (std::size_t i = 0; i < many; ++i) keys.push_back(fresh_key());
        std::vector<std::string> texts(many);
        parted.run([&](std::size_t round) {
            texts[round % many] = std::to_string(round);
            bool whole = mine.expect(
                mine.applies(RecordId(keys[round % many]), make_record(keys[round % many], texts[round % many])),
                untouched);
            if (round % many + 1 != many) return whole;
            for (std::size_t i = 0; whole && i < many; ++i) {
                RecordPtr const now = mine.read(RecordId(keys[i]));
                whole = mine.expect(now && now->payload.view() == texts[i], untouched);
            }
            return whole;
        });
        for (Key const& key : keys) (void)mine.removes(RecordId(key));
    });
}

/// Callers that have no time left, and callers that ask to stop, on no condition and on one that holds.
template <StoragePolicy S>
void errors_change_nothing(S& storage, Findings& found) {
    if (!found.begins("errors_change_nothing",
                      {"reads_see_writes", "removals_remove", "writes_heed_conditions", "removals_heed_conditions"}))
        return;
    constexpr std::string_view no_conflict = "a precondition that holds is no conflict, however much the caller hurries";
    in_every_slot(storage, found, [&](Place<S>& at) {
        auto const try_with = [&](Context const& ctx, bool on_a_condition) {
            auto const holds = [&] {
                RecordPtr const base = on_a_condition ? at.read() : nullptr;
                return base ? Precondition::matches(base->revision) : Precondition::none();
            };
            (void)at.applies(at.record("before"));
            auto const written = at.write(at.id(), at.record("after"), holds(), ctx);
            at.expect(!is_conflict(written), no_conflict);
            RecordPtr now = at.read();
            std::string_view const text = now ? now->payload.view() : "";
            at.expect(written || text == "before", "a write that fails by an error changes nothing");
            at.expect(!is_applied(written) || text == "after", "a write in a hurry that is applied can be read");
            auto const taken = at.remove(at.id(), holds(), ctx);
            at.expect(!is_conflict(taken), no_conflict);
            now = at.read();
            at.expect(taken || now, "a removal that fails by an error changes nothing");
            at.expect(!is_applied(taken) || !now, "a removal in a hurry that is applied has removed");
        };
        for (Context const& ctx : hasty()) {
            try_with(ctx, false);
            if (ConditionalStorage<S>) try_with(ctx, true);
        }
    });
}

}  // namespace holdfast::testing::law

#endif
