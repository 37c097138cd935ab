#ifndef HOLDFAST_TESTING_LAWS_BATCHES_HPP
#define HOLDFAST_TESTING_LAWS_BATCHES_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <array>
#include <string>
#include <vector>

// The laws of `TransactionalStorage`.
namespace holdfast::testing::law {

/// A batch takes effect as a whole or not at all, also beside other batches.
template <TransactionalStorage S>
void batches_are_whole(S& storage, Findings& found) {
    Key const a = detail::fresh_key(), b = detail::fresh_key(), c = detail::fresh_key();
    auto const batch = [&](std::vector<Write> const& writes) {
        auto const done = storage.write_all(patient(), std::span<Write const>(writes));
        return done && done->kind() == WriteOutcome::Kind::applied;
    };
    auto const value = [&](Key const& key) {
        RecordPtr const now = read(storage, key);
        return now ? std::string(now->payload.view()) : std::string("-");
    };
    found.expect(batch({{RecordId(a), detail::make_record(a, "1"), Precondition::absent()},
                        {RecordId(b), detail::make_record(b, "1"), Precondition::absent()}}),
                 "a batch whose preconditions hold is applied");
    found.expect(value(a) == "1" && value(b) == "1", "a batch writes all its records");
    RecordPtr const old_a = read(storage, a), old_b = read(storage, b);
    if (!found.expect(old_a && old_b, "the records of a batch can be read")) return;
    found.expect(!batch({{RecordId(a), detail::make_record(a, "2", old_a), Precondition::matches(old_a->revision)},
                         {RecordId(c), detail::make_record(c, "2"), Precondition::absent()},
                         {RecordId(b), detail::make_record(b, "2"), Precondition::absent()}}),
                 "a batch with a precondition that does not hold is a conflict");
    found.expect(value(a) == "1" && value(b) == "1" && value(c) == "-", "a batch that conflicts writes nothing");
    found.expect(batch({{RecordId(a), nullptr, Precondition::matches(old_a->revision)},
                        {RecordId(c), nullptr, Precondition::absent()},
                        {RecordId(b), detail::make_record(b, "3", old_b), Precondition::matches(old_b->revision)}}),
                 "a batch may remove, and demand absence");
    found.expect(value(a) == "-" && value(b) == "3" && value(c) == "-", "a batch removes and writes");
    for (int round = 0; round < 10; ++round) {  // two batches over the same keys, named in opposite order
        RecordPtr const base_a = read(storage, a), base_b = read(storage, b);
        std::atomic<unsigned> winners{0};
        detail::in_threads(2, [&](unsigned me) {
            std::string const text = std::to_string(me);
            Write const of_a{RecordId(a), detail::make_record(a, text, base_a), Precondition::unchanged_since(base_a)};
            Write const of_b{RecordId(b), detail::make_record(b, text, base_b), Precondition::unchanged_since(base_b)};
            if (me == 0 ? batch({of_a, of_b}) : batch({of_b, of_a})) ++winners;
        });
        found.expect(winners == 1, "of two batches on the same bases one is applied");
        found.expect(value(a) == value(b), "the records of a batch are written together");
    }
}

/// A batch heeds the condition of each of its records, in every slot: one that does not hold is enough that nothing is
/// written or removed.
template <TransactionalStorage S>
void batches_heed_every_condition(S& storage, Findings& found) {
    Key const witness = detail::fresh_key();
    in_every_slot(storage, found, [&](Place const& at) {
        auto const tried = [&](RecordPtr const& record, Precondition const& when, bool first) {
            Write const one{at.id, record, when},
                other{RecordId(witness), detail::make_record(witness, "w"), Precondition::none()};
            (void)removed(storage, witness, Precondition::none());
            std::array<Write, 2> const writes = first ? std::array{one, other} : std::array{other, one};
            bool const done = is_applied(storage.write_all(patient(), writes));
            at.expect((read(storage, witness) != nullptr) == done, "a batch that conflicts writes nothing");
            return done;
        };
        for (bool const first : {true, false}) {
            (void)removed(storage, at.id, Precondition::none());
            Revision const unknown(Environment::system().new_write_id());
            at.expect(!tried(at.record("1"), Precondition::matches(unknown), first),
                      "'matches' does not create, in a batch");
            at.expect(!tried(nullptr, Precondition::matches(unknown), first),
                      "removing what is absent is a conflict under 'matches', in a batch");
            at.expect(tried(nullptr, Precondition::absent(), first), "a batch may demand absence");
            if (!at.expect(tried(at.record("1"), Precondition::absent(), first), "'absent' creates, in a batch"))
                return;
            RecordPtr const base = read(storage, at.id);
            if (!at.expect(base && base->payload.view() == "1", "a batch writes all its records")) return;
            at.expect(!tried(at.record("2"), Precondition::absent(), first), "'absent' does not replace, in a batch");
            at.expect(!tried(nullptr, Precondition::absent(), first),
                      "removing what is there is a conflict under 'absent', in a batch");
            at.expect(!tried(at.record("2", base), Precondition::matches(unknown), first),
                      "'matches' does not replace another revision, in a batch");
            RecordPtr const still = read(storage, at.id);
            at.expect(still && still->revision == base->revision, "a batch that conflicts changes nothing");
            at.expect(tried(at.record("2", base), Precondition::matches(base->revision), first),
                      "'matches' replaces the revision that was read, in a batch");
            at.expect(!tried(nullptr, Precondition::matches(base->revision), first),
                      "removing another revision is a conflict, in a batch");
            RecordPtr const now = read(storage, at.id);
            if (!at.expect(now && now->payload.view() == "2", "a batch that conflicts removes nothing")) return;
            at.expect(tried(nullptr, Precondition::matches(now->revision), first),
                      "removing the revision that was read is applied, in a batch");
            at.expect(!read(storage, at.id), "a batch removes");
        }
    });
    (void)removed(storage, witness, Precondition::none());
}

/// Who has seen a record of a batch sees the others of it, too, also while batches follow each other.
template <TransactionalStorage S>
void batches_are_seen_whole(S& storage, Findings& found, unsigned batches = 60) {
    Key const a = detail::fresh_key(), b = detail::fresh_key();
    std::vector<RecordId> ids = {{a}, {b}};
    if constexpr (AttributedStorage<S>) ids = {{a}, slot_of(a, Slot::version), slot_of(b, Slot::lock), {b}};
    auto const write = [&](unsigned n) {
        std::vector<Write> writes;
        for (RecordId const& id : ids)
            writes.push_back({id, detail::make_record(id.key, std::to_string(n)), Precondition::none()});
        return is_applied(storage.write_all(patient(), writes));
    };
    if (!found.expect(write(0), "a batch whose preconditions hold is applied")) return;
    std::atomic<bool> done{false};
    at_once(3, [&](unsigned me) {
        for (unsigned n = 1; me == 0 && n <= batches; ++n) (void)write(n);
        if (me == 0) done = true;
        unsigned least = 0;  // of the batch that was seen
        for (unsigned i = 0; me != 0 && (i < 40 || !done); ++i) {
            // One reader goes forward and one backward, so that in whatever order a batch is written one is behind.
            std::size_t const step = i % ids.size();
            RecordPtr const now = read(storage, ids[me == 1 ? step : ids.size() - 1 - step]);
            unsigned seen = 0;
            for (char const digit : now ? now->payload.view() : "")
                seen = seen * 10 + static_cast<unsigned>(digit - '0');
            if (!found.expect(now && seen >= least, "who has seen one record of a batch sees the others")) {
                done = true;
                return;
            }
            least = seen;
        }
    });
    for (RecordId const& id : ids) (void)removed(storage, id, Precondition::none());
}

/// Batches compete with single writes and removals, and with batches that share a record: of those on one base exactly
/// one is applied, and one that is not leaves its other records alone.
template <TransactionalStorage S>
void batches_compete(S& storage, Findings& found, unsigned rounds = 15) {
    in_every_slot(storage, found, [&](Place const& at) {
        Key const mine = detail::fresh_key(), theirs = detail::fresh_key();
        for (unsigned round = 0; round < rounds; ++round) {
            (void)applied(storage, at.id, at.record("0"), Precondition::none());
            RecordPtr const base = read(storage, at.id);
            if (!at.expect(base != nullptr, "a record that was written can be read")) return;
            auto const when = Precondition::matches(base->revision);
            for (Key const& key : {mine, theirs}) (void)removed(storage, key, Precondition::none());
            std::array<bool, 2> won{};
            enum Rival : unsigned { batch, write, removal };
            auto const rival = static_cast<Rival>(round % 3);
            at_once(2, [&](unsigned thread) {
                unsigned const me = (thread + round) % 2;
                if (me == 1 && rival == write) {
                    won[me] = applied(storage, at.id, at.record("1", base), when);
                } else if (me == 1 && rival == removal) {
                    won[me] = removed(storage, at.id, when);
                } else {
                    Key const& key = me == 0 ? mine : theirs;
                    Write const shared{at.id, at.record(std::to_string(me), base), when};
                    Write const own{RecordId(key), detail::make_record(key, "own"), Precondition::absent()};
                    auto const writes = round % 2 == 0 ? std::array{shared, own} : std::array{own, shared};
                    won[me] = is_applied(storage.write_all(patient(), writes));
                }
            });
            constexpr std::string_view laws[] = {"of two batches that share a base exactly one is applied",
                                                 "of a batch and a write on one base exactly one is applied",
                                                 "of a batch and a removal of one base exactly one is applied"};
            if (!at.expect(won[0] != won[1], laws[rival])) return;
            RecordPtr const now = read(storage, at.id);
            bool const gone = rival == removal && won[1];
            at.expect(gone ? !now : now && now->payload.view() == (won[0] ? "0" : "1"),
                      "what is left of batches that compete is what the winner wrote");
            at.expect((read(storage, mine) != nullptr) == won[0] &&
                          (read(storage, theirs) != nullptr) == (won[1] && rival == batch),
                      "a batch that lost has written nothing");
        }
        for (Key const& key : {mine, theirs}) (void)removed(storage, key, Precondition::none());
    });
}

}  // namespace holdfast::testing::law

namespace holdfast::testing {

template <TransactionalStorage S>
Findings check_batches(S& storage) {
    Findings found;
    law::batches_are_whole(storage, found);
    law::batches_heed_every_condition(storage, found);
    law::batches_are_seen_whole(storage, found);
    law::batches_compete(storage, found);
    return found;
}

}  // namespace holdfast::testing

#endif
