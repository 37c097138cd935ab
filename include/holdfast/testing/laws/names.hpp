#ifndef HOLDFAST_TESTING_LAWS_NAMES_HPP
#define HOLDFAST_TESTING_LAWS_NAMES_HPP

#include <holdfast/testing/laws/calls.hpp>

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

/// Slots and versions of one key are different records, and so are those of different keys.
template <AttributedStorage S>
void slots_are_apart(S& storage, Findings& found) {
    Key const key = detail::fresh_key(), other = detail::fresh_key();
    std::vector<RecordId> ids = ids_of(key);
    for (RecordId const& id : ids_of(other)) ids.push_back(id);
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (!found.expect(
                applied(storage, ids[i], detail::make_record(ids[i].key, std::to_string(i)), Precondition::none()),
                "every slot can be written"))
            return;
    auto const are_there = [&](std::size_t from, std::string_view law) {
        for (std::size_t i = 0; i < ids.size(); ++i) {
            RecordPtr const now = read(storage, ids[i]);
            if (!found.expect(i < from ? !now : now && now->payload.view() == std::to_string(i), law)) return;
        }
    };
    are_there(0, "the slots of a key do not touch each other");
    for (std::size_t i = 0; i < ids.size(); ++i) {
        (void)removed(storage, ids[i], Precondition::none());
        are_there(i + 1, "removing one slot leaves the others of the key");
    }
}

/// The slots of a key are not the states of keys that are called like them.
template <AttributedStorage S>
void slots_are_no_keys(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    std::vector<RecordId> const ids = {slot_of(key, Slot::lock), slot_of(key, Slot::retention),
                                       slot_of(key, Slot::version)};
    for (RecordId const& id : ids) (void)applied(storage, id, detail::make_record(key, "s"), Precondition::none());
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
                    auto const now = storage.read(patient(), RecordId(*Key::parse(alike)));
                    if (!now) continue;  // a storage may refuse some keys
                    if (!found.expect(!*now, "a slot of a key is not the state of another key: " + alike)) break;
                }
            }
    }
    for (RecordId const& id : ids) (void)removed(storage, id, Precondition::none());
}

/// Keys that look alike to file systems and URLs are different keys. A storage may refuse some of them.
template <StoragePolicy S>
void keys_do_not_collide(S& storage, Findings& found) {
    std::string const mark(detail::fresh_key("").view().substr(0, 8));
    std::vector<Key> keys;
    for (std::string_view const text :
         {"/a",  "/A",    "/a/", "/a/b", "/a%2fb",     "/a%2Fb",      "/a\\b", "/a:b",       "/a b", "/a.",
          "/..", "/../x", "/.",  "/a~",  "/a\xc3\xa9", "/ae\xcc\x81", "/con",  "/a*?<>|\"'", "/%",   "/%00"})
        keys.push_back(*Key::parse(mark + std::string(text)));
    keys.push_back(*Key::parse(mark + std::string(max_key_size - mark.size(), 'k')));
    keys.push_back(*Key::parse(mark + std::string(max_key_size - mark.size() - 1, 'k')));
    std::vector<bool> stored;
    for (std::size_t i = 0; i < keys.size(); ++i)
        stored.push_back(
            applied(storage, keys[i], detail::make_record(keys[i], std::to_string(i)), Precondition::none()));
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!stored[i]) continue;
        RecordPtr const now = read(storage, keys[i]);
        found.expect(now && now->payload.view() == std::to_string(i),
                     "different keys are different records: " + std::string(keys[i].view().substr(0, 40)));
        (void)removed(storage, keys[i], Precondition::none());
    }
}

}  // namespace holdfast::testing::law

#endif
