#ifndef HOLDFAST_TESTING_LAWS_BATCHES_HPP
#define HOLDFAST_TESTING_LAWS_BATCHES_HPP

#include <holdfast/core/decimal.hpp>
#include <holdfast/testing/laws/conditions.hpp>
#include <holdfast/testing/laws/names.hpp>

#include <array>
#include <string>
#include <vector>

// The laws of `TransactionalStorage`.
namespace holdfast::testing::law {

/// The payload of a record, or "-" where there is none.
template <StoragePolicy S>
std::string text_at(Caller<S>& calls, Key const& key) {
    RecordPtr const now = calls.read(RecordId(key));
    return now ? std::string(now->payload.view()) : std::string("-");
}

template <TransactionalStorage S>
void batches_are_whole(S& storage, Findings& found) {
    if (!found.begins("batches_are_whole", {"reads_see_writes", "writes_heed_conditions"})) return;
    Caller<S> calls(storage, found);
    Key const a = fresh_key(), b = fresh_key(), c = fresh_key();
    auto const all_are = [&](std::string const& of_a, std::string const& of_b, std::string const& of_c, std::string_view expected) {
        std::string const now = text_at(calls, a) + text_at(calls, b) + text_at(calls, c);
        return calls.expect(now == of_a + of_b + of_c, expected, now + " instead of " + of_a + of_b + of_c);
    };
    calls.expect(calls.applies_all({}), "a batch of nothing is applied");
    calls.expect(calls.applies_all({{RecordId(a), make_record(a, "1"), Precondition::absent()},
                                    {RecordId(b), make_record(b, "1"), Precondition::absent()}}),
                 "a batch whose preconditions hold is applied");
    if (!all_are("1", "1", "-", "a batch writes all its records")) return;
    RecordPtr const old_a = calls.read(RecordId(a)), old_b = calls.read(RecordId(b));
    calls.expect(!calls.applies_all({{RecordId(a), make_record(a, "2", old_a), Precondition::matches(old_a->revision)},
                                     {RecordId(c), make_record(c, "2"), Precondition::absent()},
                                     {RecordId(b), make_record(b, "2"), Precondition::absent()}}),
                 "a batch with a precondition that does not hold is a conflict");
    if (!all_are("1", "1", "-", "a batch that conflicts writes nothing")) return;
    calls.expect(calls.applies_all({{RecordId(a), nullptr, Precondition::matches(old_a->revision)},
                                    {RecordId(c), nullptr, Precondition::absent()},
                                    {RecordId(b), make_record(b, "3", old_b), Precondition::matches(old_b->revision)}}),
                 "a batch may remove, and demand absence");
    all_are("-", "3", "-", "a batch removes and writes");
    std::vector<Write> many;
    std::vector<Key> keys;
    for (int i = 0; i < 40; ++i) keys.push_back(fresh_key());
    for (Key const& key : keys) many.push_back({RecordId(key), make_record(key, "m"), Precondition::absent()});
    calls.expect(calls.applies_all(many), "a batch of forty records is applied");
    for (Key const& key : keys)
        calls.expect(text_at(calls, key) == "m", "a batch of forty records writes all of them");
    // Large records, and everything of one key at once.
    std::vector<RecordId> ids = {{a}, {b}};
    if constexpr (AttributedStorage<S>) ids = ids_of(a);
    std::vector<Write> all;
    for (std::size_t i = 0; i < ids.size(); ++i)
        all.push_back({ids[i], make_record(ids[i].key, std::string(i % 2 == 0 ? 65'536 : 1, static_cast<char>('a' + i))), Precondition::none()});
    calls.expect(calls.applies_all(all), "a batch of several records of one key is applied");
    for (Write const& one : all) {
        RecordPtr const now = calls.read(one.id);
        calls.expect(now && now->payload == one.record->payload, "a batch writes each slot and version that it names, whole");
    }
    for (Write& one : all) one.record = nullptr;
    (void)calls.applies_all(all);
    for (Write const& one : all) calls.expect(!calls.read(one.id), "a batch removes each slot and version that it names");
    calls.expect(calls.applies_all(all), "removing what is absent is applied, in a batch");
    for (Context const& ctx : hasty()) {
        for (Key const& key : {a, b}) (void)calls.applies(RecordId(key), make_record(key, "before"));
        auto const done = calls.write_all({{RecordId(a), make_record(a, "after"), Precondition::none()},
                                           {RecordId(b), make_record(b, "after"), Precondition::none()}}, ctx);
        std::string const text = !done ? "before" : is_applied(done) ? "after" : "";
        calls.expect(text_at(calls, a) == text && text_at(calls, b) == text,
                     "a batch in a hurry is applied, or fails by an error and changes nothing",
                     text_at(calls, a) + " and " + text_at(calls, b) + ", " + came(done));
    }
    calls.expect(is_applied(calls.write_all({{RecordId(a), make_record(a, "x"), Precondition::none()}}, unlimited())),
                 "a batch without a time limit is applied");
    for (Write& one : many) one = {one.id, nullptr, Precondition::none()};
    (void)calls.applies_all(many);
    for (Key const& key : keys) calls.expect(text_at(calls, key) == "-", "a batch removes all of its records");
    for (Key const& key : {a, b, c}) (void)calls.removes(RecordId(key));
}

/// One condition that does not hold, in every slot, first and last: nothing is written or removed.
template <TransactionalStorage S>
void batches_heed_conditions(S& storage, Findings& found) {
    if (!found.begins("batches_heed_conditions",
                      {"batches_are_whole", "removals_heed_conditions", "revisions_name_one_write", "tombstones_are_records"}))
        return;
    Key const witness = fresh_key();
    in_every_slot(storage, found, [&](Place<S>& at) {
        Result<WriteOutcome> last = WriteOutcome::conflict();
        auto const tried = [&](RecordPtr const& record, Precondition const& when, bool first) {
            Write const one{at.id(), record, when},
                other{RecordId(witness), make_record(witness, "w"), Precondition::none()};
            (void)at.removes(RecordId(witness));
            last = at.write_all(first ? std::vector{one, other} : std::vector{other, one});
            bool const done = is_applied(last);
            at.expect((at.read(RecordId(witness)) != nullptr) == done,
                      "a batch writes its other records if and only if it is applied");
            return done;
        };
        for (bool const first : {true, false}) {
            (void)at.removes();
            Revision const unknown(Environment::system().new_write_id());
            at.expect(!tried(at.record("1"), Precondition::matches(unknown), first), "'matches' does not create, in a batch");
            at.expect(!tried(nullptr, Precondition::matches(unknown), first),
                      "removing what is absent is a conflict under 'matches', in a batch");
            at.expect(tried(nullptr, Precondition::absent(), first), "a batch may demand absence");
            if (!at.expect(tried(at.record("1"), Precondition::absent(), first), "'absent' creates, in a batch")) return;
            RecordPtr const base = at.read();
            if (!at.expect(base && base->payload.view() == "1", "a batch writes all its records")) return;
            at.expect(!tried(at.record("2"), Precondition::absent(), first), "'absent' does not replace, in a batch");
            at.expect(is_conflict(last), "a batch of which a precondition does not hold is a conflict, and no error", came(last));
            at.expect(!tried(nullptr, Precondition::absent(), first),
                      "removing what is there is a conflict under 'absent', in a batch");
            at.expect(!tried(at.record("2", base), Precondition::matches(unknown), first),
                      "'matches' does not replace another revision, in a batch");
            for (Revision const& other : strangers_of(base->revision))
                at.expect(!tried(at.record("2", base), Precondition::matches(other), first),
                          "'matches' does not replace another revision, in a batch");
            RecordPtr const still = at.read();
            at.expect(still && still->revision == base->revision, "a batch that conflicts changes nothing");
            at.expect(tried(at.record("2", base), Precondition::matches(base->revision), first),
                      "'matches' replaces the revision that was read, in a batch");
            at.expect(!tried(nullptr, Precondition::matches(base->revision), first) && is_conflict(last),
                      "removing another revision is a conflict, in a batch");
            RecordPtr const now = at.read();
            if (!at.expect(now && now->payload.view() == "2", "a batch that conflicts removes nothing")) return;
            at.expect(tried(nullptr, Precondition::matches(now->revision), first),
                      "removing the revision that was read is applied, in a batch");
            at.expect(!at.read(), "a batch removes");
            at.expect(!tried(at.record("3"), Precondition::matches(Revision()), first),
                      "'matches' of no revision does not create, in a batch");
            at.expect(tried(at.record("3"), Precondition::none(), first) && tried(nullptr, Precondition::none(), first) &&
                          tried(nullptr, Precondition::none(), first),
                      "a batch may have no conditions");
            if constexpr (AttributedStorage<S>) {
                (void)tried(at.record("", nullptr, true), Precondition::none(), first);
                at.expect(!tried(at.record("4"), Precondition::absent(), first), "'absent' does not hold on a tombstone, in a batch");
            }
        }
    });
    Place<S> last(storage, found, RecordId(witness));
    (void)last.removes();
    // Revisions that single writes and batches give to one record.
    in_every_slot(storage, found, [&](Place<S>& at) {
        std::vector<Revision> seen;
        for (unsigned round = 0; round < 6; ++round) {
            auto const next = at.record("same");
            bool const made = round % 2 == 0 ? at.applies(next) : at.applies_all({{at.id(), next, Precondition::none()}});
            RecordPtr const now = at.read();
            if (!at.expect(made && now, "a batch may have no conditions")) return;
            for (Revision const& earlier : seen)
                at.expect(earlier != now->revision, "a batch gives no revision that was given before");
            seen.push_back(now->revision);
        }
    });
}

/// Readers that go through the records of a batch in both orders, while batches follow each other.
template <TransactionalStorage S>
void batches_are_seen_whole(S& storage, Findings& found, unsigned batches = 60) {
    if (!found.begins("batches_are_seen_whole", {"batches_are_whole", "readers_see_whole_records"})) return;
    batches = found.rounds(batches);
    Key const a = fresh_key(), b = fresh_key();
    std::vector<RecordId> ids = {{a}, {b}};
    if constexpr (AttributedStorage<S>) ids = {{a}, slot_of(a, Slot::version), slot_of(b, Slot::lock), {b}};
    auto const write = [&](Caller<S>& calls, unsigned n) {
        std::vector<Write> writes;
        for (RecordId const& id : ids)
            writes.push_back({id, make_record(id.key, std::to_string(n)), Precondition::none()});
        return calls.applies_all(writes);
    };
    Caller<S> calls(storage, found);
    if (!calls.expect(write(calls, 0), "a batch whose preconditions hold is applied")) return;
    std::atomic<bool> done{false};
    at_once(3, [&](unsigned me) {
        Caller<S> mine(storage, found);
        for (unsigned n = 1; me == 0 && n <= batches; ++n) (void)write(mine, n);
        if (me == 0) done = true;
        std::uint64_t least = 0;  // of the batch that was seen
        for (unsigned i = 0; me != 0 && (i < 40 || !done); ++i) {
            std::size_t const step = i % ids.size();
            RecordPtr const now = mine.read(ids[me == 1 ? step : ids.size() - 1 - step]);
            auto const seen = now ? holdfast::detail::parse_decimal(now->payload.view()) : std::nullopt;
            if (!mine.expect(seen && *seen >= least, "who has seen one record of a batch sees the others of it")) {
                done = true;
                return;
            }
            least = seen.value_or(0);
        }
    });
    for (RecordId const& id : ids) (void)calls.removes(id);
}

/// Batches beside single writes and removals, and beside batches that share a record.
template <TransactionalStorage S>
void batches_compete(S& storage, Findings& found, unsigned rounds = 15) {
    if (!found.begins("batches_compete", {"batches_heed_conditions", "one_write_wins", "removals_compete"})) return;
    rounds = found.rounds(rounds);
    in_every_slot(storage, found, [&](Place<S>& at) {
        Key const mine = fresh_key(), theirs = fresh_key();
        for (unsigned round = 0; round < rounds; ++round) {
            (void)at.applies(at.record("0"));
            RecordPtr const base = at.read();
            if (!at.expect(base != nullptr, "a record that was written can be read")) return;
            auto const when = Precondition::matches(base->revision);
            for (Key const& key : {mine, theirs}) (void)at.removes(RecordId(key));
            std::array<bool, 2> won{};
            enum class Rival : unsigned { batch, write, removal };
            auto const rival = static_cast<Rival>(round % 3);
            at_once(2, [&](unsigned thread) {
                Place<S> here = at.elsewhere();
                unsigned const me = (thread + round) % 2;
                if (me == 1 && rival == Rival::write) {
                    won[me] = here.applies(at.record("1", base), when);
                } else if (me == 1 && rival == Rival::removal) {
                    won[me] = here.removes(when);
                } else {
                    Key const& key = me == 0 ? mine : theirs;
                    Write const shared{at.id(), at.record(std::to_string(me), base), when};
                    Write const own{RecordId(key), make_record(key, "own"), Precondition::absent()};
                    won[me] = here.applies_all(round % 2 == 0 ? std::vector{shared, own} : std::vector{own, shared});
                }
            });
            constexpr std::string_view laws[] = {"of two batches that share a base exactly one is applied",
                                                 "of a batch and a write on one base exactly one is applied",
                                                 "of a batch and a removal of one base exactly one is applied"};
            if (!at.expect(won[0] != won[1], laws[static_cast<unsigned>(rival)], won[0] ? "both were" : "none was")) return;
            RecordPtr const now = at.read();
            bool const gone = rival == Rival::removal && won[1];
            at.expect(gone ? !now : now && now->payload.view() == (won[0] ? "0" : "1"),
                      "what is left of batches that compete is what the winner wrote");
            at.expect((at.read(RecordId(mine)) != nullptr) == won[0] &&
                          (at.read(RecordId(theirs)) != nullptr) == (won[1] && rival == Rival::batch),
                      "a batch that lost has written nothing");
            // Beside a write that has no condition, which is applied in any case and is what is left.
            RecordPtr const last = at.read();
            at_once(2, [&](unsigned thread) {
                Place<S> here = at.elsewhere();
                if ((thread + round) % 2 == 0) (void)here.applies(at.record("free", last));
                else (void)here.applies_all({{at.id(), at.record("bound", last), Precondition::unchanged_since(last)}});
            });
            RecordPtr const left = at.read();
            at.expect(left && left->payload.view() == "free",
                      "a batch does not undo a write without a precondition that was made meanwhile");
        }
        for (Key const& key : {mine, theirs}) (void)at.removes(RecordId(key));
    });
}

/// Each of two batches demands the absence of what the other creates, in opposite orders and in any slot.
template <TransactionalStorage S>
void crossed_absences_exclude_each_other(S& storage, Findings& found, unsigned rounds = 20) {
    if (!found.begins("crossed_absences_exclude_each_other", {"batches_heed_conditions", "batches_compete"})) return;
    rounds = found.rounds(rounds);
    in_every_slot(storage, found, [&](Place<S>& at) {
        Key const other = fresh_key();
        RecordId const ids[] = {at.id(), slot_of(other, at.slot())};
        for (unsigned round = 0; round < rounds; ++round) {
            for (RecordId const& id : ids) (void)at.removes(id);
            std::array<bool, 2> won{};
            at_once(2, [&](unsigned me) {
                Place<S> mine = at.elsewhere();
                Write const create{ids[me], make_record(ids[me].key, std::to_string(me)), Precondition::absent()};
                Write const check{ids[1 - me], nullptr, Precondition::absent()};
                won[me] = mine.applies_all((round + me) % 2 == 0 ? std::vector{create, check} : std::vector{check, create});
            });
            RecordPtr const zero = at.read(ids[0]), one = at.read(ids[1]);
            if (!at.expect(won[0] != won[1], "of two batches that each demand the absence of what the other creates exactly one is applied",
                           won[0] ? "both were" : "none was") ||
                !at.expect((zero != nullptr) == won[0] && (one != nullptr) == won[1], "a batch that lost has written nothing"))
                return;
        }
        (void)at.removes(ids[1]);
    });
}

/// Batches that are given twice, at once and after others.
template <TransactionalStorage S>
void batches_take_effect_once(S& storage, Findings& found) {
    if (!found.begins("batches_take_effect_once", {"batches_heed_conditions", "repeats_take_effect_once"})) return;
    in_every_slot(storage, found, [&](Place<S>& at) {
        Key const beside = fresh_key();
        RecordId const other = slot_of(beside, at.slot());
        auto const again = [&](std::vector<Write> const& batch) {
            auto const done = at.write_all(batch);
            at.expect(is_applied(done) || is_conflict(done), "a batch that is given again is applied or a conflict, and no error");
        };
        auto const are = [&](std::string_view payload, std::string_view expected) {
            RecordPtr const now = at.read(), with = at.read(other);
            return at.expect(now && with && now->payload.view() == payload && with->payload.view() == payload, expected);
        };
        std::vector<Write> const first = {{at.id(), at.record("1"), Precondition::absent()},
                                          {other, make_record(beside, "1"), Precondition::absent()}};
        (void)at.applies_all(first);
        again(first);
        if (!are("1", "a batch of creates that is given twice takes effect once")) return;
        RecordPtr const a = at.read(), b = at.read(other);
        std::vector<Write> const second = {{at.id(), at.record("2", a), Precondition::matches(a->revision)},
                                           {other, make_record(beside, "2", b), Precondition::matches(b->revision)}};
        (void)at.applies_all(second);
        again(second);
        if (!are("2", "a batch that is given twice takes effect once")) return;
        again(first);
        are("2", "a batch that arrives again after a later one changes nothing");
        RecordPtr const now = at.read(), with = at.read(other);
        (void)at.applies_all({{at.id(), at.record("3", now), Precondition::matches(now->revision)},
                              {other, make_record(beside, "3", with), Precondition::matches(with->revision)}});
        (void)at.applies_all(second);
        are("3", "a batch that arrives again after a later one changes nothing");
        (void)at.removes(other);
    });
}

}  // namespace holdfast::testing::law

#endif
