#ifndef HOLDFAST_TESTING_LAWS_LISTING_HPP
#define HOLDFAST_TESTING_LAWS_LISTING_HPP

#include <holdfast/testing/laws/names.hpp>

#include <map>
#include <string>
#include <vector>

namespace holdfast::testing::law {

/// What a listing found, and how often: keys, of versions followed by a space and the version.
using Seen = std::map<std::string, unsigned>;

inline std::string listed_name(KeyView key, Slot slot, VersionId version) {
    std::string name(key.view());
    if (slot == Slot::version) name.append(" ").append(to_string(version));
    return name;
}

/// Lists to the end, in pages of `request.limit`. `after_page` is called with each page.
template <ListableStorage S, class AfterPage>
Seen listed(S& storage, ListRequest request, Findings& found, unsigned most_pages, AfterPage&& after_page) {
    Seen seen;
    std::string cursor;
    for (unsigned pages = 0; found.expect(pages < most_pages, "a listing ends"); ++pages) {
        request.cursor = cursor;
        auto const page = storage.list(patient(), request);
        if (!found.succeeds(page, "a listing")) break;
        found.expect(page->records.size() <= (request.limit > 0 ? request.limit : 1),
                     "a page has at most as many records as were asked for");
        for (auto const& one : page->records) ++seen[listed_name(one.key, request.slot, one.version)];
        if (page->next.empty()) break;
        cursor = page->next;
        after_page(*page);
    }
    return seen;
}
template <ListableStorage S>
Seen listed(S& storage, ListRequest const& request, Findings& found) {
    return listed(storage, request, found, 100'000, [](ListPage const&) {});
}
template <ListableStorage S>
Seen listed(S& storage, std::string_view prefix, std::size_t limit, Findings& found, unsigned most_pages = 100'000) {
    return listed(storage, ListRequest{.prefix = prefix, .limit = limit}, found, most_pages, [](ListPage const&) {});
}

/// Every key is listed once, whatever the size of the pages; other prefixes, slots and tombstones are left out.
template <ListableStorage S>
void listing_is_complete(S& storage, Findings& found) {
    std::string const prefix(detail::fresh_key().view());
    std::vector<Key> keys;
    for (int i = 0; i < 25; ++i) keys.push_back(*Key::parse(prefix + "/" + std::to_string(i)));
    for (Key const& key : keys) (void)applied(storage, key, detail::make_record(key, "x"), Precondition::none());
    auto const once = [&](Seen const& seen, std::size_t count) {
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
        (void)applied(storage, keys[1], detail::make_record(keys[1], "x", read(storage, keys[1])),
                      Precondition::none());
        found.expect(once(listed(storage, prefix, 4, found), keys.size() - 1),
                     "a tombstone that was replaced is listed again");
        (void)removed(storage, RecordId(keys[0], Slot::lock), Precondition::none());
    }
    for (Key const& key : keys) (void)removed(storage, key, Precondition::none());
}

/// A prefix is compared byte by byte, and a whole key is that key only; any key that can be stored is listed as it is.
template <ListableStorage S>
void prefixes_are_bytes(S& storage, Findings& found) {
    std::string const mark(detail::fresh_key().view());
    std::vector<Key> keys;
    for (std::string_view const text :
         {"",    "a",   "A",  "a/", "a/b", "a%", "a_", "a*",       "a?",       "[a]",       "a\\",
          "a'",  "a\"", "a ", "ab", "aB",  "~",  "{",  "\xc3\xa9", "\xc3\xaa", "e\xcc\x81", "\xf4\x8f\xbf\xbf"})
        keys.push_back(*Key::parse(mark + std::string(text)));
    keys.push_back(*Key::parse(mark + std::string(max_key_size - mark.size(), 'k')));
    std::vector<Key> stored;
    for (Key const& key : keys)
        if (applied(storage, key, detail::make_record(key, "x"), Precondition::none())) stored.push_back(key);
    std::vector<std::string> prefixes = {mark + "\xc3", mark + "a/", mark + "kk", mark + "nobody", mark + "\xff"};
    for (Key const& key : stored) prefixes.push_back(key.str());
    for (std::string const& prefix : prefixes) {
        Seen all, one;
        for (Key const& key : stored) {
            if (key.view().starts_with(prefix)) all[key.str()] = 1;
            if (key.view() == prefix) one[key.str()] = 1;
        }
        found.expect(listed(storage, prefix, 5, found) == all,
                     "a listing has the keys that begin with the bytes of the prefix, and no others");
        if (!Key::parse(prefix)) continue;
        found.expect(listed(storage, {.prefix = prefix, .whole_key = true, .limit = 5}, found) == one,
                     "a listing of a whole key has that key only");
    }
    // All keys: how many there are nobody knows, so that some pages have to do.
    std::string cursor;
    std::size_t seen = 0, pages = 0;
    for (; pages < 1000 && seen < stored.size(); ++pages) {
        auto const page = storage.list(patient(), ListRequest{.cursor = cursor});
        if (!found.succeeds(page, "a listing of all keys")) break;
        for (auto const& record : page->records) seen += record.key.view().starts_with(mark) ? 1 : 0;
        cursor = page->next;
        if (cursor.empty()) break;
    }
    found.expect(seen == stored.size() || pages == 1000, "a listing without a prefix has every key");
    for (Key const& key : stored) (void)removed(storage, key, Precondition::none());
}

/// What was listed may be removed, or replaced, before the next page is asked for; a page may be asked for again, and
/// by another size.
template <ListableStorage S>
void a_page_may_be_removed(S& storage, Findings& found) {
    std::string const prefix(detail::fresh_key().view());
    auto const fill = [&] {
        Seen all;
        for (int i = 0; i < 17; ++i) {
            Key const key = *Key::parse(prefix + std::to_string(i));
            (void)applied(storage, key, detail::make_record(key, "x"), Precondition::none());
            all[key.str()] = 1;
        }
        return all;
    };
    for (std::size_t const limit : {1u, 3u}) {
        Seen const all = fill();
        Seen const seen = listed(storage, {.prefix = prefix, .limit = limit}, found, 1000, [&](ListPage const& page) {
            for (auto const& one : page.records) (void)removed(storage, one.key, Precondition::none());
        });
        found.expect(seen == all, "a listing goes on behind keys that were listed and then removed");
    }
    Seen const all = fill();
    auto const first = storage.list(patient(), ListRequest{.prefix = prefix, .limit = 4});
    if (!found.succeeds(first, "a listing")) return;
    for (std::size_t const limit : {2u, 100u, 0u}) {
        Seen seen;
        for (auto const& one : first->records) ++seen[one.key.str()];
        std::string cursor = first->next;
        for (int pages = 0; !cursor.empty() && pages < 1000; ++pages) {
            auto const page = storage.list(patient(), {.prefix = prefix, .cursor = cursor, .limit = limit});
            if (!found.succeeds(page, "a listing")) return;
            found.expect(page->records.size() <= (limit > 0 ? limit : 1),
                         "a page has at most as many records as were asked for");
            for (auto const& one : page->records) ++seen[one.key.str()];
            cursor = page->next;
        }
        found.expect(seen == all, "a listing goes on from a cursor that was used before, by pages of another size");
    }
    for (auto const& [key, times] : all) (void)removed(storage, *Key::parse(key), Precondition::none());
}

/// Every slot is listed by itself, every version with its id, by prefix and by whole key.
template <ListableStorage S>
void every_slot_is_listed(S& storage, Findings& found) {
    std::string const prefix(detail::fresh_key().view());
    std::vector<Key> keys;
    for (std::string_view const text : {"", "a", "a/b", "b"}) keys.push_back(*Key::parse(prefix + std::string(text)));
    std::vector<RecordId> ids;
    for (Key const& key : keys)
        for (RecordId const& id : ids_of(key)) ids.push_back(id);
    for (RecordId const& id : ids)
        if (!found.expect(applied(storage, id, detail::make_record(id.key, "x"), Precondition::none()),
                          "every slot can be written"))
            return;
    auto const check = [&](Slot slot, KeyView gone, std::string_view law) {
        for (std::size_t const limit : {1u, 3u, 1000u})
            for (bool const whole : {false, true}) {
                std::string_view const asked = whole ? keys[1].view() : std::string_view(prefix);
                Seen expected;
                for (RecordId const& id : ids)
                    if (id.slot == slot && id.key != gone && (!whole || id.key.view() == asked))
                        expected[listed_name(id.key, id.slot, id.version)] = 1;
                ListRequest const request{.slot = slot, .prefix = asked, .whole_key = whole, .limit = limit};
                std::string sentence(law);
                if (whole) sentence.append(", of a whole key");
                found.expect(listed(storage, request, found) == expected,
                             sentence.append(" (slot ").append(name(slot)).append(")"));
            }
    };
    for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention})
        check(slot, KeyView(), "every record of a slot is listed once, and nothing else");
    for (RecordId const& id : ids)
        if (id.key == keys[1]) (void)removed(storage, id, Precondition::none());
    for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention})
        check(slot, keys[1], "what was removed is not listed");
    for (RecordId const& id : ids) (void)removed(storage, id, Precondition::none());
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
    for (int i = 0; i < 20; ++i)
        for (char const kind : {'s', 'g'}) (void)removed(storage, key(i, kind), Precondition::none());
}

}  // namespace holdfast::testing::law

namespace holdfast::testing {

template <ListableStorage S>
Findings check_listing(S& storage) {
    Findings found;
    law::listing_is_complete(storage, found);
    law::prefixes_are_bytes(storage, found);
    law::a_page_may_be_removed(storage, found);
    law::listing_beside_writers(storage, found);
    if constexpr (AttributedStorage<S>) law::every_slot_is_listed(storage, found);
    return found;
}

}  // namespace holdfast::testing

#endif
