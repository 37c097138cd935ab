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
            RecordPtr const now = reader.read();
            if (!reader.expect(now && now->payload == sent->payload, "what one handle has written every other reads")) return;
            if (AttributedStorage<S> && !is_as_written(reader, now, *sent, "by another handle")) return;
            reader.expect(now->revision == done->revision(), "a record has the same revision by every handle");
        }
        (void)there.removes();
        at.expect(!at.read(), "what one handle has removed is absent by every other");
    });
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
                at_once(2, [&](unsigned me) {
                    Place<S> mine(me == 0 ? *one : *other, found, at.id());
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
            std::atomic<bool> written{false};
            in_threads(2, [&](unsigned me) {
                if (me == 0) {
                    Environment::system().sleep(std::chrono::milliseconds(5));
                    written = there.applies(there.record("x"));
                    return;
                }
                Place<S> mine = at.elsewhere();
                auto const notice = waited(mine, Revision(), Context(Environment::system(), found.patience()));
                if (mine.succeeds(notice)) mine.expect(*notice, "a write by another handle wakes who waits");
            });
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
        (void)calls.applies(RecordId(gone), make_record(gone, "x"));
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
