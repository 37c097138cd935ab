#ifndef HOLDFAST_TESTING_LAWS_MANY_HPP
#define HOLDFAST_TESTING_LAWS_MANY_HPP

#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/samples.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

// The laws of `BulkStorage`.
namespace holdfast::testing::law {

/// What many calls at once give; nothing if they throw.
template <BulkStorage S, class Call>
auto noted_many(Caller<S>& calls, std::string did, Call&& call) {
    auto all = calls.safely([&] { return Result<decltype(call())>(call()); });
    calls.note(std::move(did), all);
    return all ? *std::move(all) : decltype(call())();
}

template <BulkStorage S>
std::vector<Result<RecordPtr>> read_many(Caller<S>& calls, std::vector<KnownRecord> const& reads,
                                         Context const& ctx = patient()) {
    return noted_many(calls, "read of " + std::to_string(reads.size()) + " records at once",
                      [&] { return calls.storage().read_many(ctx, std::span<KnownRecord const>(reads)); });
}

template <BulkStorage S>
std::vector<Result<WriteOutcome>> remove_many(Caller<S>& calls, std::vector<Removal> const& removals,
                                              Context const& ctx = patient()) {
    return noted_many(calls, "removal of " + std::to_string(removals.size()) + " records at once",
                      [&] { return calls.storage().remove_many(ctx, std::span<Removal const>(removals)); });
}

/// Ids that a law has records under, of every slot that the storage keeps; the keys are the caller's.
template <StoragePolicy S>
std::vector<RecordId> ids_of_each(std::span<Key const> keys) {
    std::vector<RecordId> ids;
    for (std::size_t i = 0; i < keys.size(); ++i)
        ids.push_back(AttributedStorage<S> ? slot_of(keys[i], static_cast<Slot>(i % 4)) : RecordId(keys[i]));
    return ids;
}

template <BulkStorage S>
void many_reads_are_reads(S& storage, Findings& found) {
    if (!found.begins("many_reads_are_reads",
                      {"reads_see_writes", "payloads_are_whole", "removals_remove", "slots_are_apart", "records_are_kept",
                       "attributes_are_whole", "keys_are_apart", "errors_change_nothing", "rereads_are_reads"}))
        return;
    Caller<S> calls(storage, found);
    calls.expect(read_many(calls, {}).empty(), "of nothing nothing is read");
    std::vector<Key> keys;
    for (int i = 0; i < 40; ++i) keys.push_back(fresh_key());
    std::vector<RecordId> const ids = ids_of_each<S>(keys);
    std::vector<RecordPtr> before(ids.size()), now(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (i % 5 == 4) continue;  // is absent
        (void)calls.applies(ids[i], make_record(keys[i], "first " + std::to_string(i)));
        before[i] = calls.read(ids[i]);
        if (i % 2 == 0) (void)calls.applies(ids[i], sample(keys[i], i));
        if (i % 7 == 3) (void)calls.removes(ids[i]);
        now[i] = calls.read(ids[i]);
    }
    auto const agree = [&](std::vector<KnownRecord> const& reads, std::vector<std::size_t> const& which, Context const& ctx,
                           bool may_fail, std::string_view expected) {
        auto const all = read_many(calls, reads, ctx);
        if (!calls.expect(all.size() == reads.size(), "there is a result for each record that was asked for")) return;
        for (std::size_t i = 0; i < all.size(); ++i) {
            RecordPtr const& is = now[which[i]];
            bool const same = all[i] ? (*all[i] && is ? same_record(**all[i], *is) : !*all[i] && !is) : may_fail;
            if (!calls.expect(same, expected, "number " + std::to_string(i) + ": " + came(all[i]))) return;
        }
    };
    // Known is nothing, what is there, and what was there; some twice, and from the end.
    for (int const what : {0, 1, 2, 3}) {
        std::vector<KnownRecord> reads;
        std::vector<std::size_t> which;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            std::size_t const at = what == 3 ? ids.size() - 1 - i / 2 : i;
            reads.push_back({ids[at], what == 1 ? now[at] : what == 2 ? before[at] : nullptr});
            which.push_back(at);
        }
        agree(reads, which, patient(), false, "each of many reads gives what a read of it would");
        for (Context const& ctx : hasty())
            agree(reads, which, ctx, true, "each of many reads in a hurry gives what a read would, or fails by an error");
    }
    for (RecordId const& id : ids) (void)calls.removes(id);
}

template <BulkStorage S>
void many_removals_are_removals(S& storage, Findings& found) {
    if (!found.begins("many_removals_are_removals", {"reads_see_writes", "removals_remove", "slots_are_apart", "keys_are_apart",
                                                     "removals_heed_conditions", "errors_change_nothing"}))
        return;
    Caller<S> calls(storage, found);
    calls.expect(remove_many(calls, {}).empty(), "of nothing nothing is removed");
    bool const by_revision = ConditionalStorage<S> && holdfast::detail::removes_conditionally(storage);
    Revision const unknown(Environment::system().new_write_id());
    std::vector<Key> keys;
    for (int i = 0; i < 40; ++i) keys.push_back(fresh_key());
    std::vector<RecordId> const ids = ids_of_each<S>(keys);
    for (Context const& ctx : {patient(), hasty()[0], hasty()[1]}) {
        std::vector<Removal> removals;
        std::vector<bool> there(ids.size()), holds(ids.size());
        for (std::size_t i = 0; i < ids.size(); ++i) {
            there[i] = i % 3 != 2;
            if (there[i]) (void)calls.applies(ids[i], make_record(keys[i], std::to_string(i)));
            RecordPtr const now = calls.read(ids[i]);
            if (!calls.expect((now != nullptr) == there[i], "a record that was written can be read")) return;
            auto const kind = by_revision ? i % 5 : 0;
            removals.push_back({ids[i], kind == 0   ? Precondition::none()
                                        : kind == 1 ? Precondition::absent()
                                        : kind == 2 ? Precondition::matches(unknown)
                                                    : Precondition::matches(now ? now->revision : unknown)});
            holds[i] = kind == 0 || (kind == 1 ? !there[i] : kind > 2 && there[i]);
        }
        bool const in_time = !ctx.stopped() && !ctx.immediate();
        auto const all = remove_many(calls, removals, ctx);
        if (!calls.expect(all.size() == ids.size(), "there is an outcome for each record that was to be removed")) return;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            std::string const which = "number " + std::to_string(i) + shown(removals[i].when) + ": " + came(all[i]);
            bool const right = !all[i] ? !in_time : holds[i] ? is_applied(all[i]) : is_conflict(all[i]);
            calls.expect(right, "each of many removals is applied, or a conflict, as it would be alone", which);
            bool const left = there[i] && !is_applied(all[i]);
            calls.expect((calls.read(ids[i]) != nullptr) == left, "many removals remove what they say, and nothing else", which);
            (void)calls.removes(ids[i]);
        }
    }
}

}  // namespace holdfast::testing::law

#endif
