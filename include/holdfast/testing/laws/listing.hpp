#ifndef HOLDFAST_TESTING_LAWS_LISTING_HPP
#define HOLDFAST_TESTING_LAWS_LISTING_HPP

#include <holdfast/testing/laws/storage.hpp>

#include <map>

namespace holdfast::testing::law {

/// All keys that begin with `prefix`, and how often each was listed; in pages of at most `limit`.
template <ListableStorage S>
std::map<std::string, unsigned> listed(S& storage, std::string_view prefix, std::size_t limit, Findings& found,
                                       unsigned most_pages = 100'000) {
    std::map<std::string, unsigned> seen;
    std::string cursor;
    for (unsigned pages = 0; found.expect(pages < most_pages, "a listing ends"); ++pages) {
        auto const page = storage.list(patient(), ListRequest{.prefix = prefix, .cursor = cursor, .limit = limit});
        if (!found.succeeds(page, "a listing")) break;
        found.expect(page->records.size() <= limit, "a page has at most as many records as were asked for");
        for (auto const& record : page->records) ++seen[record.key.str()];
        if (page->next.empty()) break;
        cursor = page->next;
    }
    return seen;
}

/// Every key is listed once, whatever the size of the pages; other prefixes, slots and tombstones are left out.
template <ListableStorage S>
void listing_is_complete(S& storage, Findings& found) {
    std::string const prefix(detail::fresh_key().view());
    std::vector<Key> keys;
    for (int i = 0; i < 25; ++i) keys.push_back(*Key::parse(prefix + "/" + std::to_string(i)));
    for (Key const& key : keys) (void)applied(storage, key, detail::make_record(key, "x"), Precondition::none());
    auto const once = [&](std::map<std::string, unsigned> const& seen, std::size_t count) {
        bool all = seen.size() == count;
        for (auto const& [key, times] : seen) all = all && times == 1;
        return all;
    };
    for (std::size_t const limit : {1u, 3u, 25u, 1000u})
        found.expect(once(listed(storage, prefix, limit, found), keys.size()), "a listing has every key once");
    found.expect(listed(storage, prefix + "?", 10, found).empty(),
                 "a listing has only keys that begin with the prefix");
    (void)removed(storage, keys[0], Precondition::none());
    found.expect(once(listed(storage, prefix, 4, found), keys.size() - 1), "a removed key is not listed");
    if constexpr (AttributedStorage<S>) {
        (void)applied(storage, keys[1], detail::make_record(keys[1], "", read(storage, keys[1]), true),
                      Precondition::none());
        (void)applied(storage, RecordId(keys[0], Slot::lock), detail::make_record(keys[0], "l"), Precondition::none());
        found.expect(once(listed(storage, prefix, 4, found), keys.size() - 2),
                     "a tombstone or another slot is not listed as a state");
    }
}

/// A key that exists during the whole listing is listed once, also while others come and go.
template <ListableStorage S>
void listing_beside_writers(S& storage, Findings& found) {
    std::string const prefix(detail::fresh_key().view());
    auto const key = [&](int i, char kind) { return *Key::parse(prefix + std::to_string(i * 7919 % 100) + kind); };
    for (int i = 0; i < 20; ++i)
        (void)applied(storage, key(i, 's'), detail::make_record(key(i, 's'), "x"), Precondition::none());
    std::atomic<bool> done{false};
    detail::in_threads(2, [&](unsigned me) {
        for (int i = 0; me == 1 && !done; i = (i + 1) % 20) {
            Key const guest = key(i, 'g');
            (void)applied(storage, guest, detail::make_record(guest, "y"), Precondition::none());
            (void)removed(storage, key((i + 10) % 20, 'g'), Precondition::none());
        }
        for (int round = 0; me == 0 && round < 5; ++round) {
            auto const seen = listed(storage, prefix, 3, found);
            for (int i = 0; i < 20; ++i) {
                auto const at = seen.find(key(i, 's').str());
                found.expect(at != seen.end() && at->second == 1,
                             "a key that exists during the whole listing is listed once");
            }
        }
        if (me == 0) done = true;
    });
}

/// A batch takes effect as a whole or not at all, also beside other batches, and readers see no half of it afterwards.
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

}  // namespace holdfast::testing::law

namespace holdfast::testing {

template <ListableStorage S>
Findings check_listing(S& storage) {
    Findings found;
    law::listing_is_complete(storage, found);
    law::listing_beside_writers(storage, found);
    return found;
}

template <TransactionalStorage S>
Findings check_batches(S& storage) {
    Findings found;
    law::batches_are_whole(storage, found);
    return found;
}

}  // namespace holdfast::testing

#endif
