#ifndef HOLDFAST_TESTING_LAWS_STORAGE_HPP
#define HOLDFAST_TESTING_LAWS_STORAGE_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/testing/laws/changes.hpp>
#include <holdfast/testing/laws/findings.hpp>

#include <atomic>
#include <string>
#include <vector>

// The laws of `StoragePolicy`, each by itself. They use keys of their own and may run on a storage that is in use.
namespace holdfast::testing::law {

inline Context patient() { return Context(Environment::system(), std::chrono::seconds(30)); }

template <StoragePolicy S>
bool applied(S& storage, RecordId const& id, RecordPtr const& record, Precondition const& when) {
    auto const done = storage.write(patient(), id, record, when);
    return done && done->kind() == WriteOutcome::Kind::applied;
}
template <StoragePolicy S>
bool removed(S& storage, RecordId const& id, Precondition const& when) {
    auto const done = storage.remove(patient(), id, when);
    return done && done->kind() == WriteOutcome::Kind::applied;
}
template <StoragePolicy S>
RecordPtr read(S& storage, RecordId const& id) {
    auto done = storage.read(patient(), id);
    return done ? *std::move(done) : nullptr;
}

template <StoragePolicy S>
bool applied(S& storage, Key const& key, RecordPtr const& record, Precondition const& when) {
    return applied(storage, RecordId(key), record, when);
}
template <StoragePolicy S>
bool removed(S& storage, Key const& key, Precondition const& when) {
    return removed(storage, RecordId(key), when);
}
template <StoragePolicy S>
RecordPtr read(S& storage, Key const& key) {
    return read(storage, RecordId(key));
}

/// A read after `applied` sees that write, whole, in every slot, and absence is null.
template <StoragePolicy S>
void read_after_write(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    auto const absent = storage.read(patient(), RecordId(key));
    if (!found.succeeds(absent, "a read of a key that was never written")) return;
    found.expect(*absent == nullptr, "a key that was never written is read as null");
    std::string const large(100'000, 'x');
    for (std::string_view const payload :
         {std::string_view("first"), std::string_view(), std::string_view("\0\n\r\"{}", 6), std::string_view(large)}) {
        RecordPtr const base = read(storage, key);
        auto const record = detail::make_record(key, payload, base);
        auto const done = storage.write(patient(), RecordId(key), record, Precondition::none());
        if (!found.succeeds(done, "a write")) return;
        if (!found.expect(done->kind() == WriteOutcome::Kind::applied, "a write without precondition is applied"))
            return;
        RecordPtr const now = read(storage, key);
        if (!found.expect(now && now->payload.view() == payload, "a read after a write sees its payload")) return;
        found.expect(now->key.view() == key.view(), "a record that was read says its key");
        found.expect(now->revision == done->revision(),
                     "a record that was read has the revision that its write returned");
        if (payload.empty()) continue;
        for (std::size_t i = 0; i < read_padding; ++i) {  // a missing padding is for AddressSanitizer to see
            char const volatile beyond = now->payload.data()[payload.size() + i];
            (void)beyond;
        }
    }
}

/// Stamp and attributes are stored with the payload.
template <AttributedStorage S>
void stamps_are_kept(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    Record record = *detail::make_record(key, "payload");
    record.stamp.epoch = 7;
    record.stamp.discipline = Discipline::history;
    while (record.stamp.ids.size() < WriteRing::capacity)
        (void)record.stamp.ids.append(WriteId{1, record.stamp.ids.size()});
    record.attributes = {{"owner", "tëam"}, {"empty", ""}};
    auto const sent = std::make_shared<Record const>(record);
    if (!found.expect(applied(storage, key, sent, Precondition::none()), "a record with attributes can be written"))
        return;
    RecordPtr const now = read(storage, key);
    found.expect(now && now->stamp == sent->stamp, "the stamp is read as it was written");
    found.expect(now && now->attributes == sent->attributes, "the attributes are read as they were written");
}

/// Slots and versions of one key are different records.
template <AttributedStorage S>
void slots_are_apart(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    VersionId const one{1, WriteId{1, 2}}, two{1, WriteId{1, 3}};
    RecordId const ids[] = {
        {key}, {key, Slot::lock}, {key, Slot::retention}, {key, Slot::version, one}, {key, Slot::version, two}};
    for (std::size_t i = 0; i < std::size(ids); ++i)
        if (!found.expect(applied(storage, ids[i], detail::make_record(key, std::to_string(i)), Precondition::none()),
                          "every slot can be written"))
            return;
    for (std::size_t i = 0; i < std::size(ids); ++i) {
        RecordPtr const now = read(storage, ids[i]);
        found.expect(now && now->payload.view() == std::to_string(i), "the slots of a key do not touch each other");
    }
    for (auto const& id : ids) (void)removed(storage, id, Precondition::none());
}

/// `remove` and what it leaves.
template <StoragePolicy S>
void removal(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    found.expect(removed(storage, key, Precondition::none()), "removing what is absent is applied");
    if (!found.expect(applied(storage, key, detail::make_record(key, "x"), Precondition::none()), "a write is applied"))
        return;
    found.expect(removed(storage, key, Precondition::none()), "a removal is applied");
    found.expect(read(storage, key) == nullptr, "a removed record is absent");
    found.expect(removed(storage, key, Precondition::none()), "a removal may be repeated");
    if constexpr (ConditionalStorage<S>) {
        found.expect(removed(storage, key, Precondition::absent()),
                     "removing what is absent is applied under 'absent'");
        auto const record = detail::make_record(key, "y");
        (void)applied(storage, key, record, Precondition::absent());
        RecordPtr const now = read(storage, key);
        if (!found.expect(now != nullptr, "a removed key can be created again")) return;
        found.expect(!removed(storage, key, Precondition::absent()),
                     "removing what is there is a conflict under 'absent'");
        found.expect(!removed(storage, key, Precondition::matches(Revision(WriteId{1, 1}))),
                     "removing another revision is a conflict");
        found.expect(read(storage, key) != nullptr, "a removal that conflicts removes nothing");
        found.expect(removed(storage, key, Precondition::matches(now->revision)),
                     "removing the revision that was read is applied");
        found.expect(!removed(storage, key, Precondition::matches(now->revision)),
                     "removing what is absent is a conflict under 'matches'");
    }
}

/// `absent` and `matches` say no when they do not hold.
template <ConditionalStorage S>
void preconditions(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    auto const first = detail::make_record(key, "1");
    found.expect(!applied(storage, key, first, Precondition::matches(first->revision)), "'matches' does not create");
    if (!found.expect(applied(storage, key, first, Precondition::absent()), "'absent' creates")) return;
    RecordPtr const base = read(storage, key);
    if (!found.expect(base != nullptr, "a created record can be read")) return;
    found.expect(!applied(storage, key, detail::make_record(key, "other"), Precondition::absent()),
                 "'absent' does not replace");
    auto const second = detail::make_record(key, "2", base);
    found.expect(applied(storage, key, second, Precondition::matches(base->revision)),
                 "'matches' replaces the revision that was read");
    found.expect(!applied(storage, key, detail::make_record(key, "3", base), Precondition::matches(base->revision)),
                 "'matches' does not replace a later revision");
    RecordPtr const now = read(storage, key);
    found.expect(now && now->payload.view() == "2", "a write that conflicts changes nothing");
}

/// A tombstone is a record: it is read, and 'absent' does not hold on it.
template <ConditionalStorage S>
    requires AttributedStorage<S>
void tombstones_are_records(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    (void)applied(storage, key, detail::make_record(key, "1"), Precondition::absent());
    RecordPtr const base = read(storage, key);
    if (!found.expect(base != nullptr, "a created record can be read")) return;
    auto const grave = detail::make_record(key, "", base, true);
    found.expect(applied(storage, key, grave, Precondition::matches(base->revision)), "a tombstone can be written");
    RecordPtr const now = read(storage, key);
    if (!found.expect(now && now->stamp.tombstone, "a tombstone is read as one")) return;
    found.expect(!applied(storage, key, detail::make_record(key, "2"), Precondition::absent()),
                 "'absent' does not hold on a tombstone");
    found.expect(applied(storage, key, detail::make_record(key, "2", now), Precondition::matches(now->revision)),
                 "a tombstone can be replaced");
}

/// Of the writes that demand the same, at most one is applied: threads race for `absent`, then for each revision.
template <ConditionalStorage S>
void one_winner(S& storage, Findings& found, unsigned threads = 4, unsigned rounds = 25) {
    Key const key = detail::fresh_key();
    RecordPtr base;
    for (unsigned round = 0; round < rounds; ++round) {
        std::atomic<unsigned> winners{0}, ready{0};
        detail::in_threads(threads, [&](unsigned me) {
            auto const record = detail::make_record(key, std::to_string(me), base);
            for (++ready; ready < threads;) std::this_thread::yield();
            if (applied(storage, key, record, Precondition::unchanged_since(base))) ++winners;
        });
        if (!found.expect(winners == 1, "of several writes on one base exactly one is applied")) return;
        base = read(storage, key);
        if (!found.expect(base != nullptr, "the winner's record can be read")) return;
    }
}

/// A revision names one write for ever, also when the same bytes are stored again, and across removals.
template <ConditionalStorage S>
void revisions_are_never_reused(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    std::vector<Revision> seen;
    RecordPtr base;
    for (unsigned round = 0; round < 6; ++round) {
        auto const record = detail::make_record(key, "same", base);
        if (!found.expect(applied(storage, key, record, Precondition::unchanged_since(base)),
                          "a write on its base is applied"))
            return;
        base = read(storage, key);
        if (!found.expect(base != nullptr, "a record that was written can be read")) return;
        for (auto const& earlier : seen) found.expect(earlier != base->revision, "a revision is never used again");
        seen.push_back(base->revision);
        if (round == 2) {
            (void)removed(storage, key, Precondition::none());
            base = nullptr;
        }
    }
}

/// The same write given twice takes effect at most once. (It may be told again that it was applied.)
template <ConditionalStorage S>
void repeating_is_harmless(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    auto const first = detail::make_record(key, "1");
    (void)applied(storage, key, first, Precondition::absent());
    RecordPtr const base = read(storage, key);
    if (!found.expect(base != nullptr, "a created record can be read")) return;
    auto const second = detail::make_record(key, "2", base);
    (void)applied(storage, key, second, Precondition::matches(base->revision));
    (void)applied(storage, key, first, Precondition::absent());
    RecordPtr const middle = read(storage, key);
    if (!found.expect(middle && middle->payload.view() == "2", "a create given twice takes effect once")) return;
    (void)applied(storage, key, second, Precondition::matches(base->revision));
    (void)applied(storage, key, detail::make_record(key, "3", middle), Precondition::matches(middle->revision));
    (void)applied(storage, key, second, Precondition::matches(base->revision));
    RecordPtr const now = read(storage, key);
    found.expect(now && now->payload.view() == "3", "a write given twice takes effect once");
}

/// A record that was read does not change when its key is written again.
template <StoragePolicy S>
void records_are_immutable(S& storage, Findings& found) {
    Key const key = detail::fresh_key();
    (void)applied(storage, key, detail::make_record(key, "before"), Precondition::none());
    RecordPtr const kept = read(storage, key);
    if (!found.expect(kept != nullptr, "a record that was written can be read")) return;
    Record const copy = *kept;
    (void)applied(storage, key, detail::make_record(key, "after!", kept), Precondition::none());
    (void)removed(storage, key, Precondition::none());
    found.expect(kept->payload.view() == "before" && kept->stamp == copy.stamp && kept->revision == copy.revision,
                 "a record that was read never changes");
}

/// Readers see whole records while writers replace them.
template <StoragePolicy S>
void readers_see_whole_records(S& storage, Findings& found, unsigned writes = 60) {
    Key const key = detail::fresh_key();
    std::atomic<bool> done{false};
    auto const whole = [](std::string_view text) {
        for (char const c : text)
            if (c != text.front()) return false;
        return text.size() == 500 || text.size() == 5000;
    };
    (void)applied(storage, key, detail::make_record(key, std::string(500, 'a')), Precondition::none());
    detail::in_threads(3, [&](unsigned me) {
        for (unsigned i = 0; me == 0 && i < writes; ++i)
            (void)applied(storage, key,
                          detail::make_record(key, std::string(i % 2 ? 500 : 5000, static_cast<char>('a' + i % 26))),
                          Precondition::none());
        if (me == 0) done = true;
        for (int i = 0; me != 0 && (i < 20 || !done); ++i) {
            auto const now = storage.read(patient(), RecordId(key));
            if (!found.succeeds(now, "a read beside a writer")) return;
            if (!found.expect(*now && whole((*now)->payload.view()), "a reader sees a whole record")) return;
        }
    });
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

namespace holdfast::testing {

/// Every law of `StoragePolicy` that the storage's capabilities call for; see `check_listing` and `check_batches` too.
template <StoragePolicy S>
Findings check_storage(S& storage) {
    Findings found;
    law::read_after_write(storage, found);
    law::removal(storage, found);
    law::records_are_immutable(storage, found);
    law::readers_see_whole_records(storage, found);
    law::keys_do_not_collide(storage, found);
    if constexpr (AttributedStorage<S>) {
        law::stamps_are_kept(storage, found);
        law::slots_are_apart(storage, found);
    }
    if constexpr (RevalidatingStorage<S>) law::rereads_are_reads(storage, found);
    if constexpr (WatchableStorage<S>) law::changes_are_noticed(storage, found);
    if constexpr (ConditionalStorage<S>) {
        law::preconditions(storage, found);
        law::one_winner(storage, found);
        law::revisions_are_never_reused(storage, found);
        law::repeating_is_harmless(storage, found);
        if constexpr (AttributedStorage<S>) law::tombstones_are_records(storage, found);
    }
    return found;
}

}  // namespace holdfast::testing

#endif
