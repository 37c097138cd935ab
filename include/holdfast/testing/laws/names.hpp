#ifndef HOLDFAST_TESTING_LAWS_NAMES_HPP
#define HOLDFAST_TESTING_LAWS_NAMES_HPP

#include <holdfast/testing/laws/calls.hpp>

#include <string>
#include <vector>

// The laws of storages about record ids.
namespace holdfast::testing::law {

/// Ids of every slot of a key, and of versions that differ in any part of their id.
inline std::vector<RecordId> ids_of(KeyView key) {
    constexpr std::uint64_t top = std::uint64_t{1} << 63, word = std::uint64_t{1} << 32;
    std::vector<RecordId> ids = {{key}, {key, Slot::lock}, {key, Slot::retention}};
    for (VersionId const& version : {VersionId{1, {1, 2}}, VersionId{1, {1, 3}}, VersionId{1, {2, 2}},
                                     VersionId{1, {1, top + 2}}, VersionId{1, {top + 1, 2}}, VersionId{2, {1, 2}},
                                     VersionId{word + 1, {1, 2}}, VersionId{top + 1, {1, 2}}, VersionId{0, {1, 2}},
                                     VersionId{~std::uint64_t{0}, {~std::uint64_t{0}, ~std::uint64_t{0}}}})
        ids.emplace_back(key, Slot::version, version);
    return ids;
}

template <AttributedStorage S>
void slots_are_apart(S& storage, Findings& found) {
    if (!found.begins("slots_are_apart", {"removals_remove"})) return;
    Caller<S> calls(storage, found);
    Key const key = fresh_key(), other = fresh_key();
    std::vector<RecordId> ids = ids_of(key);
    for (RecordId const& id : ids_of(other)) ids.push_back(id);
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (!calls.expect(calls.applies(ids[i], make_record(ids[i].key, std::to_string(i))),
                          "every slot and every version can be written"))
            return;
    auto const are_there = [&](std::size_t from, std::string_view expected) {
        for (std::size_t i = 0; i < ids.size(); ++i) {
            RecordPtr const now = calls.read(ids[i]);
            if (!calls.expect(i < from ? !now : now && now->payload.view() == std::to_string(i), expected)) return;
        }
    };
    are_there(0, "the slots and the versions of a key are different records");
    for (std::size_t i = 0; i < ids.size(); ++i) {
        (void)calls.removes(ids[i]);
        are_there(i + 1, "removing one slot or version leaves the others of the key");
    }
}

template <AttributedStorage S>
void slots_are_no_keys(S& storage, Findings& found) {
    if (!found.begins("slots_are_no_keys", {"slots_are_apart"})) return;
    Caller<S> calls(storage, found);
    Key const key = fresh_key();
    std::vector<RecordId> const ids = {slot_of(key, Slot::lock), slot_of(key, Slot::retention),
                                       slot_of(key, Slot::version)};
    for (RecordId const& id : ids) (void)calls.applies(id, make_record(key, "s"));
    for (RecordId const& id : ids) {
        std::string const slot(name(id.slot)), version = to_string(id.version);
        std::vector<std::string> names = {slot, slot + "s"};
        if (id.slot == Slot::version)
            names = {version, slot + " " + version, slot + "/" + version, slot + "s/" + version};
        for (std::string const& text : names)
            for (std::string_view const mark :
                 {"", " ", "/", ".", ":", "::", "#", "-", "_", "|", "@", "~", "+", "\" "}) {
                std::string const between(mark);
                for (std::string const& alike : {key.str() + between + text, text + between + key.str()}) {
                    Key const other = *Key::parse(alike);
                    auto const now = calls.fetch(RecordId(other));
                    if (!now) continue;  // a storage may refuse some keys
                    if (!calls.expect(!*now, "a slot of a key is not the state of another key", "there is one: " + alike))
                        break;
                }
            }
    }
    for (RecordId const& id : ids) (void)calls.removes(id);
}

/// Keys as people and attackers choose them, and the longest ones.
inline std::vector<Key> keys_that_look_alike(std::string const& mark) {
    std::vector<Key> keys;
    for (std::string_view const text :
         {"",          "/a",   "/A",   "/a/",    "/a/b",  "/a%2fb", "/a%2Fb", "/a\\b",       "/a:b",
          "/a b",      "/a+b", "/a_b", "/a//b",  "/a/./b", "/a ",   "/a.",    "/..",         "/../x",
          "/.",        "/a~",  "/a#",  "/a?b",   "/a&b",  "/a;b",   "/con",   "/a*?<>|\"'",  "/%",
          "/%00",      "/0",   "/00",  "/a\xc3\xa9", "/a\xc3\x89", "/a\xc3\xa8", "/ae\xcc\x81",
          "/\xf0\x9f\x94\x92", "/\xf0\x9f\x94\x93"})
        keys.push_back(*Key::parse(mark + std::string(text)));
    for (std::string_view const before : {"/", "./", ".", " ", "-", "_", "~", "//"})
        keys.push_back(*Key::parse(std::string(before) + mark));
    std::string const number = std::to_string(Environment::system().new_write_id().low % 1'000'000'000 + 1'000'000'000);
    for (std::string const& alike : {number, "0" + number, "+" + number, number + ".0", number + "e0", " " + number})
        keys.push_back(*Key::parse(alike));
    for (std::size_t const size : {max_key_size, max_key_size - 1})
        for (char const last : {'k', 'l'}) {  // where names are shortened, the end is what is cut off
            std::string text = mark + std::string(size - mark.size(), 'k');
            text.back() = last;
            keys.push_back(*Key::parse(text));
        }
    return keys;
}

template <StoragePolicy S>
void keys_are_apart(S& storage, Findings& found) {
    if (!found.begins("keys_are_apart", {"reads_see_writes", "removals_remove"})) return;
    std::vector<Key> const keys = keys_that_look_alike(std::string(fresh_key("").view().substr(0, 8)));
    for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention}) {
        if (slot != Slot::current && !AttributedStorage<S>) return;
        Caller<S> calls(storage, found);
        std::vector<bool> stored;
        for (std::size_t i = 0; i < keys.size(); ++i)
            stored.push_back(calls.applies(slot_of(keys[i], slot), make_record(keys[i], std::to_string(i))));
        for (std::size_t i = 0; i < keys.size(); ++i) {
            RecordId const id = slot_of(keys[i], slot);
            std::string const shown_key = shown(keys[i].view());
            RecordPtr const now = calls.read(id);
            if (!stored[i]) calls.expect(!now, "a key that was refused has no record", shown_key);
            else
                calls.expect(now && now->payload.view() == std::to_string(i) && now->key == keys[i],
                             "different keys are different records, and are read as they were written",
                             "of " + shown_key + ": " + came(now));
        }
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (!stored[i]) continue;
            (void)calls.removes(slot_of(keys[i], slot));
            calls.expect(!calls.read(slot_of(keys[i], slot)), "a removed key is absent, whatever looks like it");
            if (i + 1 == keys.size() || !stored[i + 1]) continue;
            RecordPtr const next = calls.read(slot_of(keys[i + 1], slot));
            calls.expect(next != nullptr, "removing a key leaves those that look like it",
                         shown(keys[i + 1].view()) + " is gone, too");
        }
    }
}

}  // namespace holdfast::testing::law

#endif
