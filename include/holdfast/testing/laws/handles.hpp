#ifndef HOLDFAST_TESTING_LAWS_HANDLES_HPP
#define HOLDFAST_TESTING_LAWS_HANDLES_HPP

#include <holdfast/testing/laws/changes.hpp>
#include <holdfast/testing/laws/check.hpp>
#include <holdfast/testing/laws/listing.hpp>
#include <holdfast/testing/laws/records.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// The laws between several handles of one storage: opened twice, or closed and opened again.
namespace holdfast::testing::law {

/// Opens a storage by the function of a user, which returns one or a `Result` of one.
template <class Open>
auto opened(Open& open, Findings& found) {
    using R = std::invoke_result_t<Open&>;
    if constexpr (StoragePolicy<R>) {
        return std::optional<R>(open());
    } else {
        R result = open();
        std::optional<typename R::value_type> storage;
        if (found.succeeds(result, "opening the storage")) storage.emplace(*std::move(result));
        return storage;
    }
}

template <class Open>
void handles_share_records(Open& open, Findings& found) {
    if (!found.begins("handles_share_records")) return;
    auto one = opened(open, found), other = opened(open, found);
    if (!one || !other) return;
    using S = typename decltype(one)::value_type;
    in_every_slot(*one, found, [&](Place<S>& at) {
        Place<S> there(*other, found, at.id());
        there.expect(!there.read(), "what was never written is absent by every handle");
        for (std::size_t n = 0; n < 6; ++n) {
            Place<S>&writer = n % 2 == 0 ? at : there, &reader = n % 2 == 0 ? there : at;
            RecordPtr const sent = AttributedStorage<S> ? sample(at.key(), n) : at.record(std::to_string(n));
            // The base that one handle has read is good for a write by the other.
            RecordPtr const base = reader.read();
            auto const when = ConditionalStorage<S> ? Precondition::unchanged_since(base) : Precondition::none();
            auto const done = writer.write(sent, when);
            if (!writer.succeeds(done) ||
                !writer.expect(is_applied(done), "a write on a base that another handle has read is applied"))
                return;
            if constexpr (RevalidatingStorage<S>) {
                auto const again = reader.noted(reader.storage().reread(patient(), reader.id(), base), "reread of what was there before", reader.id());
                reader.expect(again && *again && (*again)->payload == sent->payload, "what one handle has written every other rereads");
            }
            RecordPtr const now = reader.read();
            if (!reader.expect(now && now->payload == sent->payload, "what one handle has written every other reads")) return;
            if (AttributedStorage<S> && !is_as_written(reader, now, *sent, "by another handle")) return;
            reader.expect(now->revision == done->revision(), "a record has the same revision by every handle");
            if constexpr (AgingStorage<S>) {
                auto const aged = reader.noted(reader.storage().read_aged(patient(), reader.id()), "read_aged", reader.id());
                auto const own = writer.noted(writer.storage().read_aged(patient(), writer.id()), "read_aged", writer.id());
                bool const told = S::late_writes || (own && own->age);  // what nothing reaches late need not have one
                reader.expect(aged && aged->record && (aged->age || !told), "what one handle has written has an age by every other");
            }
            if constexpr (TransactionalStorage<S>) {
                bool const both = writer.applies_all({{writer.id(), at.record("batch", now), Precondition::matches(now->revision)}});
                RecordPtr const then = reader.read();
                if (!reader.expect(both && then && then->payload.view() == "batch", "what one handle has written in a batch every other reads"))
                    return;
            }
        }
        RecordPtr const known = at.read();
        (void)there.removes();
        at.expect(!at.read(), "what one handle has removed is absent by every other");
        if constexpr (RevalidatingStorage<S>) {
            auto const gone = at.noted(at.storage().reread(patient(), at.id(), known), "reread of what was there before", at.id());
            at.expect(gone && !*gone, "what one handle has removed every other rereads as absent");
        }
    });
    if constexpr (HostStorage<S>) {
        auto const mine = one->lock_directory(), theirs = other->lock_directory();
        found.expect(mine && theirs && mine->identity() == theirs->identity(), "asking two handles for the lock directory", "the same one",
                     mine && theirs ? mine->path() + " and " + theirs->path() : "an error");
    }
    if constexpr (ListableStorage<S>) {
        Lister<S> lister(*other, found), writer(*one, found);
        std::string const prefix(fresh_key().view());
        auto const keys = writer.fill(prefix, 5);
        lister.is(lister.all({.prefix = prefix, .limit = 2}), once(keys), "what one handle has written every other lists");
        writer.clear(keys);
        lister.is(lister.all({.prefix = prefix, .limit = 2}), {}, "what one handle has removed no other lists");
    }
}

/// Writers by handles of their own, on one base.
template <class Open>
void handles_compete(Open& open, Findings& found, unsigned rounds = 25) {
    if (!found.begins("handles_compete", {"handles_share_records"})) return;
    auto one = opened(open, found), other = opened(open, found);
    if (!one || !other) return;
    using S = typename decltype(one)::value_type;
    if constexpr (ConditionalStorage<S>) {
        in_every_slot(*one, found, [&](Place<S>& at) {
            RecordPtr base;
            for (unsigned round = 0; round < found.rounds(rounds); ++round) {
                std::atomic<unsigned> winners{0}, winner{0};
                // By turns who comes last, and so may be the first to go on.
                at_once(2, [&](unsigned me) {
                    Place<S> mine((me + round) % 2 == 0 ? *one : *other, found, at.id());
                    if (!mine.applies(at.record(std::to_string(me), base), Precondition::unchanged_since(base))) return;
                    ++winners;
                    winner = me;
                });
                if (!at.expect(winners == 1, "of two writes on one base by two handles exactly one is applied",
                               std::to_string(winners) + " were applied"))
                    return;
                base = at.read();
                if (!at.expect(base && base->payload.view() == std::to_string(winner), "what is left is what the winner wrote"))
                    return;
                auto const when = Precondition::matches(base->revision);
                enum class Rival : unsigned { removal, batch };
                Rival const rival = round % 2 == 0 || !TransactionalStorage<S> ? Rival::removal : Rival::batch;
                winners = 0;
                at_once(2, [&](unsigned me) {
                    Place<S> mine((me + round / 2) % 2 == 0 ? *one : *other, found, at.id());
                    bool won = false;
                    if (rival == Rival::removal) won = mine.removes(when);
                    if constexpr (TransactionalStorage<S>)
                        if (rival == Rival::batch) won = mine.applies_all({{at.id(), at.record("b", base), when}});
                    if (won) ++winners;
                });
                if (!at.expect(winners == 1, rival == Rival::removal ? "of two removals of one revision by two handles exactly one is applied"
                                                                    : "of two batches on one base by two handles exactly one is applied",
                               std::to_string(winners) + " were applied"))
                    return;
                base = at.read();
            }
        });
    }
}

template <class Open>
void handles_notice_each_other(Open& open, Findings& found) {
    auto one = opened(open, found), other = opened(open, found);
    if (!one || !other) return;
    using S = typename decltype(one)::value_type;
    if constexpr (WatchableStorage<S>) {
        if (!found.begins("handles_notice_each_other", {"handles_share_records"})) return;
        in_every_slot(*one, found, [&](Place<S>& at) {
            Place<S> there(*other, found, at.id());
            auto const noticed = [&](std::string_view expected, auto&& change) {
                RecordPtr const base = at.read();
                Revision const since = base ? base->revision : Revision();
                std::atomic<bool> changed{false};
                in_threads(2, [&](unsigned me) {
                    if (me == 0) {
                        Environment::system().sleep(std::chrono::milliseconds(5));
                        change(base);
                        changed = true;
                        return;
                    }
                    Place<S> mine = at.elsewhere();
                    for (bool early = true; early;) {  // what is true too early may be said again
                        early = !changed;
                        auto const notice = waited(mine, since, Context(Environment::system(), found.patience()));
                        if (!mine.succeeds(notice) || !mine.expect(*notice, expected)) return;
                    }
                });
            };
            noticed("a write by another handle wakes who waits", [&](RecordPtr const&) { (void)there.applies(there.record("x")); });
            if (found.broken("handles_notice_each_other")) return;
            noticed("a write by another handle that replaces a record wakes who waits",
                    [&](RecordPtr const& base) { (void)there.applies(there.record("y", base)); });
            noticed("a removal by another handle wakes who waits", [&](RecordPtr const&) { (void)there.removes(); });
        });
    }
}

/// All handles are closed, and one is opened.
template <class Open>
void records_outlive_handles(Open& open, Findings& found) {
    if (!found.begins("records_outlive_handles", {"handles_share_records"})) return;
    Key const key = fresh_key(), gone = fresh_key();
    std::vector<RecordId> ids;
    std::vector<RecordPtr> kept;
    std::vector<Revision> of_gone;
    {
        auto first = opened(open, found);
        if (!first) return;
        using S = typename decltype(first)::value_type;
        Caller<S> calls(*first, found);
        for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention})
            if (slot == Slot::current || AttributedStorage<S>) ids.push_back(slot_of(key, slot));
        for (std::size_t n = 0; n < ids.size(); ++n) {
            (void)calls.applies(ids[n], AttributedStorage<S> ? sample(key, n) : make_record(key, std::to_string(n)));
            kept.push_back(calls.read(ids[n]));
            if (!calls.expect(kept.back() != nullptr, "a record that was written can be read")) return;
        }
        for (int i = 0; i < 2; ++i) {
            (void)calls.applies(RecordId(gone), make_record(gone, "x"));
            if (RecordPtr const now = calls.read(RecordId(gone))) of_gone.push_back(now->revision);
        }
        (void)calls.removes(RecordId(gone));
    }
    auto again = opened(open, found);
    if (!again) return;
    using S = typename decltype(again)::value_type;
    Caller<S> calls(*again, found);
    for (std::size_t n = 0; n < ids.size(); ++n) {
        RecordPtr const now = calls.read(ids[n]);
        calls.expect(now && same_record(*now, *kept[n]), "every member of a record is there when the storage is opened again");
        (void)calls.applies(ids[n], make_record(key, "later", now));
        RecordPtr const later = calls.read(ids[n]);
        calls.expect(later && later->revision != kept[n]->revision, "no revision is used again when the storage is opened again");
        (void)calls.removes(ids[n]);
    }
    calls.expect(!calls.read(RecordId(gone)), "what was removed is absent when the storage is opened again");
    for (int i = 0; i < 2 && ConditionalStorage<S>; ++i) {
        (void)calls.applies(RecordId(gone), make_record(gone, "later"));
        RecordPtr const now = calls.read(RecordId(gone));
        for (Revision const& earlier : of_gone)
            calls.expect(now && now->revision != earlier, "no revision of what was removed is used again when the storage is opened again");
    }
    (void)calls.removes(RecordId(gone));
}

}  // namespace holdfast::testing::law

namespace holdfast::testing {

/// The laws between handles of one storage, of storages whose records outlive them. `open()` gives another handle of the
/// same records each time, as a storage or a `Result` of one:
///
///     check_handles([&] { return SqliteStorage::open(path); });
///
/// Those of one handle are checked by `check_storage`. They are on the page of `StoragePolicy`.
template <class Open>
Findings check_handles(Open&& open, LawOptions const& options = {}) {
    return law::check(options, [&](Findings& found) {
        law::handles_share_records(open, found);
        law::handles_compete(open, found);
        law::handles_notice_each_other(open, found);
        law::records_outlive_handles(open, found);
    });
}

}  // namespace holdfast::testing

#endif
