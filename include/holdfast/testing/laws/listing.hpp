#ifndef HOLDFAST_TESTING_LAWS_LISTING_HPP
#define HOLDFAST_TESTING_LAWS_LISTING_HPP

#include <holdfast/testing/laws/lister.hpp>
#include <holdfast/testing/laws/names.hpp>

#include <string>
#include <utility>
#include <vector>

// The laws of `ListableStorage`.
namespace holdfast::testing::law {

template <ListableStorage S>
void every_key_is_listed_once(S& storage, Findings& found) {
    if (!found.begins("every_key_is_listed_once", {"reads_see_writes", "removals_remove"})) return;
    Lister<S> lister(storage, found);
    std::string const prefix(fresh_key().view());
    (void)lister.all({.prefix = prefix});
    std::size_t const strangers = lister.unreadable();
    std::vector<Key> keys = lister.fill(prefix + (AttributedStorage<S> ? "/" : "-"), 25);
    constexpr std::size_t most = ~std::size_t{0};
    for (std::size_t const limit : {std::size_t{1}, std::size_t{3}, std::size_t{4}, std::size_t{24}, std::size_t{25}, std::size_t{26},
                                    std::size_t{1000}, std::size_t{1} << 31, most / 2 + 1, most})
        if (!lister.is(lister.all({.prefix = prefix, .limit = limit}), once(keys), "every key is listed once")) break;
    auto const full = lister.page({.prefix = prefix}, unlimited());
    lister.expect(full && !(full->records.empty() && full->next.empty()), "a listing without a time limit is made like any other");
    for (Context const& ctx : hasty()) {
        auto const page = lister.page({.prefix = prefix}, ctx);
        lister.expect(!page || page->records.size() == keys.size() || !page->next.empty(),
                      "a page in a hurry does not end the listing early, or fails by an error");
    }
    (void)lister.unreadable();
    lister.is(lister.all({.prefix = prefix + "?", .limit = 10}), {}, "a listing of a prefix that no key has is empty");
    (void)lister.removes(RecordId(keys.back()));
    Key const gone = keys.back();
    keys.pop_back();
    lister.is(lister.all({.prefix = prefix, .limit = 4}), once(keys), "a removed key is not listed");
    (void)lister.unreadable();
    (void)lister.all({.prefix = prefix});
    lister.expect(lister.unreadable() <= strangers, "a removed key is nothing that cannot be read", "it is unreadable");
    (void)lister.applies(RecordId(gone), make_record(gone, "x"));
    keys.push_back(gone);
    lister.is(lister.all({.prefix = prefix, .limit = 4}), once(keys), "a key that was written again is listed again");
    lister.clear(keys);
}

template <ListableStorage S>
void pages_are_bounded(S& storage, Findings& found) {
    if (!found.begins("pages_are_bounded", {"reads_see_writes"})) return;
    Lister<S> lister(storage, found);
    std::string const prefix(fresh_key().view());
    std::vector<Key> const keys = lister.fill(prefix, 9);
    for (std::size_t const limit : {0u, 1u, 2u, 8u, 9u})
        for (std::string cursor;;) {
            auto const page = lister.page({.prefix = prefix, .cursor = cursor, .limit = limit});
            if (!lister.succeeds(page)) return;
            std::size_t const most = limit > 0 ? limit : 1;
            lister.expect(page->records.size() + page->unreadable.size() <= most,
                          "a page has at most as many records as were asked for, and one if none were");
            if (page->next.empty() || page->next == cursor) break;
            cursor = page->next;
        }
    lister.clear(keys);
}

template <ListableStorage S>
    requires AttributedStorage<S>
void tombstones_are_not_listed(S& storage, Findings& found) {
    if (!found.begins("tombstones_are_not_listed", {"every_key_is_listed_once", "records_are_kept"})) return;
    Lister<S> lister(storage, found);
    std::string const prefix(fresh_key().view());
    std::vector<Key> keys = lister.fill(prefix, 9);
    auto const listed = [&](std::vector<Key> const& expected, std::string_view sentence) {
        for (std::size_t const limit : {1u, 4u, 100u})
            if (!lister.is(lister.all({.prefix = prefix, .limit = limit}), once(expected), sentence)) return;
    };
    std::vector<Key> rest(keys.begin() + 2, keys.end());
    for (Key const& key : {keys[0], keys[1]})
        (void)lister.applies(RecordId(key), make_record(key, "", lister.read(RecordId(key)), true));
    listed(rest, "a tombstone is not listed as a state");
    for (Key const& key : {keys[0], keys[1]})
        (void)lister.applies(RecordId(key), make_record(key, "x", lister.read(RecordId(key))));
    listed(keys, "a state that replaced a tombstone is listed again");
    lister.clear(keys);
}

template <ListableStorage S>
void prefixes_are_bytes(S& storage, Findings& found) {
    if (!found.begins("prefixes_are_bytes", {"every_key_is_listed_once", "keys_are_apart"})) return;
    Lister<S> lister(storage, found);
    std::string const mark(fresh_key().view());
    std::vector<Key> stored;
    auto const store = [&](std::string text) {
        Key key = *Key::parse(std::move(text));
        if (lister.applies(RecordId(key), make_record(key, "x"))) stored.push_back(std::move(key));
    };
    for (std::string_view const text :
         {"",    "a",   "A",  "a/", "a/b", "a%", "a_", "a*",       "a?",       "[a]",       "a\\",
          "a'",  "a\"", "a ", "ab", "aB",  "~",  "{",  "\xc3\xa9", "\xc3\xaa", "e\xcc\x81", "\xf4\x8f\xbf\xbf"})
        store(mark + std::string(text));
    store(mark + std::string(max_key_size - mark.size(), 'k'));
    std::vector<std::string> prefixes = {mark + "\xc3", mark + "a/", mark + "kk", mark + "nobody", mark + "\xff"};
    for (Key const& key : stored) prefixes.push_back(key.str());
    for (std::string const& prefix : prefixes) {
        Seen all, one;
        for (Key const& key : stored) {
            if (key.view().starts_with(prefix)) all[key.str()] = 1;
            if (key.view() == prefix) one[key.str()] = 1;
        }
        lister.is(lister.all({.prefix = prefix, .limit = 5}), all,
                  "a listing has the keys that begin with the bytes of the prefix, and no others");
        if (!Key::parse(prefix)) continue;
        lister.is(lister.all({.prefix = prefix, .whole_key = true, .limit = 5}), one,
                  "a listing of a whole key has that key only");
    }
    // All keys: how many there are nobody knows, so that some pages have to do.
    std::string cursor;
    std::size_t seen = 0, pages = 0;
    for (; pages < 1000 && seen < stored.size(); ++pages) {
        auto const page = lister.page(ListRequest{.cursor = cursor});
        if (!lister.succeeds(page)) break;
        for (auto const& record : page->records) seen += record.key.view().starts_with(mark) ? 1 : 0;
        cursor = page->next;
        if (cursor.empty()) break;
    }
    lister.expect(seen == stored.size() || pages == 1000, "a listing without a prefix has every key",
                  std::to_string(seen) + " of " + std::to_string(stored.size()));
    lister.clear(stored);
}

template <ListableStorage S>
void listings_go_on_behind_removals(S& storage, Findings& found) {
    if (!found.begins("listings_go_on_behind_removals", {"every_key_is_listed_once", "pages_are_bounded"})) return;
    Lister<S> lister(storage, found);
    std::string const prefix(fresh_key().view());
    for (std::size_t const limit : {1u, 3u}) {
        Seen const all = once(lister.fill(prefix, 17));
        Seen const seen = lister.all({.prefix = prefix, .limit = limit}, [&](ListPage const& page) {
            for (auto const& one : page.records) (void)lister.removes(RecordId(one.key));
        });
        lister.is(seen, all, "a listing goes on behind keys that were listed and then removed");
    }
    std::vector<Key> const keys = lister.fill(prefix, 17);
    lister.clear(keys);
}

template <ListableStorage S>
void cursors_can_be_used_again(S& storage, Findings& found) {
    if (!found.begins("cursors_can_be_used_again", {"every_key_is_listed_once", "pages_are_bounded"})) return;
    Lister<S> lister(storage, found);
    std::string const prefix(fresh_key().view());
    std::vector<Key> const keys = lister.fill(prefix, 17);
    auto const first = lister.page({.prefix = prefix, .limit = 4});
    if (!lister.succeeds(first)) return;
    auto const goes_on = [&](Lister<S>& by, std::size_t limit, std::string_view expected) {
        Seen seen;
        for (auto const& one : first->records) ++seen[one.key.str()];
        if (!first->next.empty())
            seen = by.all({.prefix = prefix, .cursor = first->next, .limit = limit}, [](ListPage const&) {}, std::move(seen));
        by.is(seen, once(keys), expected);
    };
    for (std::size_t const limit : {2u, 100u, 0u, 4u})
        goes_on(lister, limit, "a listing goes on from a cursor that was used before, by pages of another size");
    in_threads(1, [&](unsigned) {
        Lister<S> other(storage, found);
        goes_on(other, 4, "a listing goes on in another thread");
    });
    lister.clear(keys);
}

template <ListableStorage S>
    requires AttributedStorage<S>
void every_slot_is_listed(S& storage, Findings& found) {
    if (!found.begins("every_slot_is_listed",
                      {"slots_are_apart", "every_key_is_listed_once", "prefixes_are_bytes", "tombstones_are_not_listed"}))
        return;
    Lister<S> lister(storage, found);
    std::string const prefix(fresh_key().view());
    std::vector<Key> keys;
    for (std::string_view const text : {"", "a", "a/b", "b"}) keys.push_back(*Key::parse(prefix + std::string(text)));
    std::vector<RecordId> ids;
    for (Key const& key : keys)
        for (RecordId const& id : ids_of(key)) {  // each slot of other keys
            bool const left_out = (key == keys[0] && id.slot == Slot::current) ||
                                  (key == keys[2] && id.slot == Slot::lock) ||
                                  (key == keys[3] && id.slot == Slot::retention);
            if (!left_out) ids.push_back(id);
        }
    // Tombstones among them: of other slots than the state's they are records like any.
    for (RecordId const& id : ids) {
        bool const tombstone = id.slot == Slot::current ? id.key == keys[2] : id.key == keys[1];
        if (!lister.expect(lister.applies(id, make_record(id.key, tombstone ? "" : "x", nullptr, tombstone)), "every slot can be written"))
            return;
    }
    auto const check = [&](Slot slot, KeyView gone, std::string_view law) {
        for (std::size_t const limit : {1u, 3u, 1000u})
            for (bool const whole : {false, true}) {
                std::string_view const asked = whole ? keys[1].view() : std::string_view(prefix);
                Seen expected;
                for (RecordId const& id : ids)
                    if (id.slot == slot && id.key != gone && (!whole || id.key.view() == asked) && !(slot == Slot::current && id.key == keys[2]))
                        expected[listed_name(id.key, id.slot, id.version)] = 1;
                std::string sentence(law);
                if (whole) sentence.append(", of a whole key");
                lister.is(lister.all({.slot = slot, .prefix = asked, .whole_key = whole, .limit = limit}), expected,
                          sentence.append(" (slot ").append(name(slot)).append(")"));
            }
    };
    for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention})
        check(slot, KeyView(), "every record of a slot is listed once, and nothing else");
    for (RecordId const& id : ids)
        if (id.key == keys[1]) (void)lister.removes(id);
    for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention})
        check(slot, keys[1], "what was removed is not listed");
    for (RecordId const& id : ids) (void)lister.removes(id);
}

template <ListableStorage S>
void listings_bear_writers(S& storage, Findings& found) {
    if (!found.begins("listings_bear_writers", {"every_key_is_listed_once", "listings_go_on_behind_removals"})) return;
    std::string const prefix(fresh_key().view());
    auto const key = [&](int i, char kind) { return *Key::parse(prefix + std::to_string(i * 7919 % 100) + kind); };
    Lister<S> lister(storage, found);
    constexpr std::string_view once_beside_writers = "a key that exists during the whole listing is listed once, also beside writers";
    auto const stay = [&](Lister<S>& at, Seen const& seen) {
        for (int i = 0; i < 20; ++i) {
            auto const here = seen.find(key(i, 's').str());
            bool const right = here != seen.end() && here->second == 1;
            if (!at.expect(right, once_beside_writers, here == seen.end() ? "one is not listed" : "one is listed twice")) return;
        }
    };
    auto const put = [](Lister<S>& at, Key const& one) { (void)at.applies(RecordId(one), make_record(one, "x")); };
    for (int i = 0; i < 20; ++i) put(lister, key(i, 's'));
    // Between two pages: what was listed and what was not is written again, others come, and those that came go.
    for (std::size_t const limit : {1u, 2u, 3u, 7u})
        for (bool const comes : {true, false}) {
            for (int i = 0; i < 20; ++i) {
                Key const guest = key(i, 'g');
                if (comes) (void)lister.removes(RecordId(guest));
                else put(lister, guest);
            }
            bool first = true;
            stay(lister, lister.all({.prefix = prefix, .limit = limit}, [&](ListPage const& page) {
                if (std::exchange(first, false)) {
                    for (int i = 0; i < 20; ++i) {
                        Key const guest = key(i, 'g');
                        if (comes) put(lister, guest);
                        else (void)lister.removes(RecordId(guest));
                    }
                    for (int i = 0; i < 20; i += 2) put(lister, key(i, 's'));
                }
                for (auto const& one : page.records)
                    if (one.key.view().ends_with('s')) put(lister, one.key);
            }));
        }
    std::atomic<bool> done{false};
    in_threads(2, [&](unsigned me) {
        Lister<S> mine(storage, found);
        for (int i = 0; me == 1 && !done; i = (i + 1) % 20) {
            Key const guest = key(i, 'g');
            (void)mine.applies(RecordId(guest), make_record(guest, "y"));
            Key const stays = key((i + 5) % 20, 's');
            (void)mine.applies(RecordId(stays), make_record(stays, "y"));
            Key const leaves = key((i + 10) % 20, 'g');
            (void)mine.removes(RecordId(leaves));
        }
        for (unsigned round = 0; me == 0 && round < found.rounds(5); ++round) {
            stay(mine, mine.all({.prefix = prefix, .limit = 3}));
        }
        if (me == 0) done = true;
    });
    for (int i = 0; i < 20; ++i)
        for (char const kind : {'s', 'g'}) {
            Key const one = key(i, kind);
            (void)lister.removes(RecordId(one));
        }
}

}  // namespace holdfast::testing::law

#endif
