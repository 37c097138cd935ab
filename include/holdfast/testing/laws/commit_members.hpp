#ifndef HOLDFAST_TESTING_LAWS_COMMIT_MEMBERS_HPP
#define HOLDFAST_TESTING_LAWS_COMMIT_MEMBERS_HPP

#include <holdfast/testing/laws/commits.hpp>

// The laws of versioning policies about what one commit writes and returns, where nobody interferes.
namespace holdfast::testing::law {

template <StoragePolicy S, class V>
void commits_store_changes(V& versioning, S& storage, Findings& found) {
    if (!found.begins("commits_store_changes")) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        auto const stores = [&](RecordPtr const& base, std::string_view payload, Attributes const& attributes) {
            Change change = content(payload);
            change.attributes = attributes;
            auto const done = at.commit(base, std::move(change));
            if (!at.expect(is_applied(done), "a commit on what is there is applied")) return RecordPtr();
            RecordPtr const now = at.now();
            std::string const is = came(now) + (now ? ", attributes " + std::to_string(now->attributes.size()) : "");
            at.expect(holdfast::detail::is_there(now) && now->payload.view() == payload,
                      "the payload of the change is stored", is);
            at.expect(!now || now->attributes == attributes, "the attributes of the change are stored, and no others",
                      is);
            at.expect(!now || now->key.view() == at.id().key.view(), "a record bears its key", is);
            return now;
        };
        std::string const bytes = every_byte();
        RecordPtr now = stores(nullptr, "first", {{"owner", std::string(any_text)}, {"", "2"}});
        if (now) now = stores(now, bytes, {});
        if (now) now = stores(now, bytes, {{"owner", ""}});
        if (now) now = stores(now, "", {{std::string(any_text), "x"}, {"owner", "y"}});
        if (now) now = stores(now, std::string(10'000, 'x'), {});
        if (RecordPtr const full = at.given(at.full())) stores(full, "next", {});
        Record grave = at.full();
        grave.stamp.tombstone = true;
        grave.payload = Bytes();
        if (RecordPtr const removed = at.given(std::move(grave))) stores(removed, "again", {});
    });
}

template <StoragePolicy S, class V>
void commits_return_what_is_stored(V& versioning, S& storage, Findings& found) {
    if (!found.begins("commits_return_what_is_stored", {"commits_store_changes"})) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        auto const returns = [&](RecordPtr const& base, Change change) {
            auto const done = at.commit(base, std::move(change));
            RecordPtr const now = at.now();
            if (!is_applied(done)) return now;
            at.expect(now ? done->now && same_record(*done->now, *now) : !done->now,
                      "`now` is the record that is stored, whole and with its revision; null if none is left");
            at.expect(!done->seen || (now ? *done->seen && same_record(**done->seen, *now) : !*done->seen),
                      "`seen` is what stands there");
            at.expect(!done->write, "what is known to be applied has no handle");
            return now;
        };
        Change labelled = content("1");
        labelled.attributes = {{"a", "b"}};
        RecordPtr now = returns(nullptr, std::move(labelled));
        if (now) now = returns(now, content("2"));
        if (now) now = returns(now, same_content(now));
        if (now) now = returns(now, removal());
        if (RecordPtr const full = at.given(at.full())) {
            now = returns(full, same_content(full));
            if (now) now = returns(now, removal());
            if (now) returns(now, content("3"));
        }
    });
}

template <StoragePolicy S, class V>
void sequences_count_contents(V& versioning, S& storage, Findings& found) {
    if (!found.begins("sequences_count_contents", {"commits_store_changes"})) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        auto const counts = [&](RecordPtr const& base, Change change, std::uint64_t wanted, std::string_view expected) {
            RecordPtr const now = at.after(base, std::move(change));
            if (now) at.expect_number(now->stamp.sequence, wanted, expected);
            return now;
        };
        RecordPtr now = counts(nullptr, content("1"), 1, "the first content has sequence 1");
        if (now) now = counts(now, content("1"), 2, "the same bytes set anew are another content");
        for (std::uint64_t const sequence : at.numbers()) {
            Record record = at.full();
            record.stamp.sequence = sequence;
            RecordPtr const base = at.given(std::move(record));
            if (!base) continue;
            now = counts(base, same_content(base), sequence, "the same content keeps its sequence");
            if (now) now = counts(now, content("next"), sequence + 1, "a content has the next sequence");
            if (now) now = counts(now, removal(), sequence + 1, "a removal keeps the sequence");
            if (now)
                now = counts(now, same_content(now), sequence + 1, "a lock or seal of what was removed keeps it, too");
            if (now)
                now = counts(now, content("again"), sequence + 2, "a content after a removal has the next sequence");
        }
        if (RecordPtr const locked = at.given(at.only_lock()))
            counts(locked, content("1"), 1, "the first content where only a lock was has sequence 1");
    });
}

template <StoragePolicy S, class V>
void contents_are_named(V& versioning, S& storage, Findings& found) {
    if (!found.begins("contents_are_named", {"commits_store_changes"})) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        auto const named = [&](RecordPtr const& base, Change change, bool sets, std::uint64_t restored) {
            RecordPtr const now = at.after(base, std::move(change));
            if (!now) return now;
            Stamp const& stamp = now->stamp;
            WriteId const content_of_base = base ? base->stamp.payload_id : WriteId();
            at.expect(stamp.payload_id == (sets ? stamp.ids.newest() : content_of_base),
                      sets ? "a content is named by the write that set it"
                           : "a write that sets no content leaves the name of the content alone");
            at.expect_number(stamp.restored, restored, "what a content repeats is noted with it, and only with it");
            if (V::discipline != Discipline::history) {
                WriteId const previous = sets ? WriteId() : base ? base->stamp.previous : WriteId();
                at.expect(stamp.previous == previous, "without a history a content names none before it");
            }
            return now;
        };
        RecordPtr now = named(nullptr, content("1"), true, 0);
        if (now) now = named(now, content("2"), true, 0);
        for (std::uint64_t const restored : at.numbers()) {
            Change repeats = content("old");
            repeats.restores = restored;
            if (now) now = named(now, std::move(repeats), true, restored);
            if (now) now = named(now, same_content(now), false, restored);
        }
        if (now) now = named(now, content("new"), true, 0);
        RecordPtr const full = at.given(at.full());
        if (full) now = named(full, same_content(full), false, full->stamp.restored);
        if (now) now = named(now, removal(), false, full->stamp.restored);
        if (now) named(now, content("again"), true, 0);
    });
}

template <StoragePolicy S, class V>
void lives_go_on(V& versioning, S& storage, Findings& found) {
    if (!found.begins("lives_go_on", {"commits_store_changes"})) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        auto const goes_on = [&](RecordPtr const& base, Change change) {
            RecordPtr const now = at.after(base, std::move(change));
            if (!now) return now;
            WriteRing const& ids = now->stamp.ids;
            at.expect(bool(ids.newest()) && !(base && base->stamp.ids.contains(ids.newest())),
                      "each write has an id of its own, the newest of the ring");
            if (!base) {
                at.expect(now->stamp.lineage == ids.newest(), "a new record's lineage is the id of its first write");
                at.expect(ids.size() == 1, "the ring of a new record begins with it");
                return now;
            }
            at.expect(now->stamp.lineage == base->stamp.lineage, "the lineage never changes");
            WriteRing wanted = base->stamp.ids;
            wanted.push(ids.newest());
            at.expect(ids == wanted, "the ring goes on: the ids of the last writes, newest first",
                      std::to_string(ids.size()) + " ids");
            return now;
        };
        RecordPtr now;
        for (unsigned write = 0; write < WriteRing::capacity + 2; ++write) {
            now = goes_on(now, write % 3 == 1 ? same_content(now) : content("x"));
            if (!now) return;
        }
        RecordPtr const full = at.given(at.full());
        if (full) now = goes_on(full, content("next"));
        if (now) now = goes_on(now, removal());
        if (now) now = goes_on(now, same_content(now));
        if (now) goes_on(now, content("again"));
    });
}

template <StoragePolicy S, class V>
void writers_are_named(V& versioning, S& storage, Findings& found) {
    if (!found.begins("writers_are_named", {"commits_store_changes"})) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        auto const signs = [&](RecordPtr const& base, Change change) {
            bool const sets = !change.same_content;
            at.env().advance(std::chrono::milliseconds(1'234));
            RecordPtr const now = at.after(base, std::move(change));
            if (!now) return now;
            Stamp const& stamp = now->stamp;
            at.expect(stamp.when == at.env().wall() && stamp.who == at.env().who(),
                      "a record bears who wrote it and when, by his own clock", std::string(stamp.who.view()));
            if (sets) at.expect(!stamp.set_by, "who sets a content is its author");
            else
                at.expect(stamp.set_by && *stamp.set_by == base->stamp.author(),
                          "who leaves a content as it is leaves its author, too",
                          stamp.set_by ? std::string(stamp.set_by->who.view()) : "none");
            return now;
        };
        RecordPtr now = signs(nullptr, content("1"));
        if (now) now = signs(now, content("2"));
        Record others = at.full();
        others.stamp.set_by.reset();
        if (now) now = at.given(std::move(others));
        if (now) now = signs(now, same_content(now));
        if (now) now = signs(now, same_content(now));
        if (now) now = signs(now, content("3"));
        if (RecordPtr const full = at.given(at.full())) {
            now = signs(full, same_content(full));
            if (now) now = signs(now, removal());
            if (now) signs(now, same_content(now));
        }
    });
}

}  // namespace holdfast::testing::law

#endif
