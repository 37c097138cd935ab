#ifndef HOLDFAST_TESTING_LAWS_HISTORY_HPP
#define HOLDFAST_TESTING_LAWS_HISTORY_HPP

#include <holdfast/testing/laws/check.hpp>
#include <holdfast/testing/laws/commits.hpp>
#include <holdfast/testing/laws/joint_commits.hpp>
#include <holdfast/testing/laws/pins.hpp>

#include <string>
#include <utility>
#include <vector>

namespace holdfast::testing {

// The laws of versioning policies that keep what they replace.
namespace law {

inline VersionId version_of(RecordPtr const& record) noexcept {
    return {record->stamp.sequence, record->stamp.payload_id};
}
inline RecordId kept_under(RecordPtr const& record) noexcept {
    return RecordId(record->key, Slot::version, version_of(record));
}
/// Whether `version` is `record` as it was, but for its lock, which does not live on.
inline bool is_version_of(RecordPtr const& version, RecordPtr const& record) {
    return version && version->key.view() == record->key.view() && version->payload == record->payload &&
           version->stamp == record->stamp && version->attributes == record->attributes && !version->lease;
}
/// The writes of a call.
inline std::vector<Write> writes_of(Operation const& call) {
    if (call.kind == Operation::Kind::write) return {{*call.id, *call.record, *call.when}};
    if (call.kind == Operation::Kind::remove) return {{*call.id, nullptr, *call.when}};
    return {call.writes.begin(), call.writes.end()};
}

/// Records that use every member, each over its range.
template <class At>
std::vector<Record> states_to_replace(At const& at) {
    std::vector<Record> all;
    for (std::size_t n = 0; n < std::size(long_counted); ++n) {
        Record record = at.full();
        record.stamp.sequence = long_counted[n];
        record.stamp.epoch = long_counted[(n + 3) % std::size(long_counted)];
        record.stamp.restored = long_counted[(n + 5) % std::size(long_counted)];
        record.stamp.payload_id = {long_counted[n], ~long_counted[n]};
        if (n % 3 == 1) record.stamp.set_by.reset();
        if (n % 3 == 2) record.attributes.clear();
        if (n % 4 == 1) record.lease.reset();
        if (n % 4 == 2) record.payload = Bytes::copy(every_byte());
        if (n % 4 == 3) record.payload = Bytes();
        if (n == 0) record.payload = Bytes::copy(std::string(20'000, 'x'));
        all.push_back(std::move(record));
    }
    return all;
}

template <StoragePolicy S, class V>
void replaced_states_are_kept(V& versioning, S& storage, Findings& found) {
    if (!found.begins("replaced_states_are_kept")) return;
    for (bool const removes : {false, true}) {
        Commits<S, V> at(versioning, storage, found);
        for (Record& state : states_to_replace(at)) {
            RecordPtr const base = at.given(std::move(state));
            if (!base) continue;
            if (!at.expect(is_applied(at.commit(base, removes ? removal() : content("next"))),
                           "a commit on what is there is applied"))
                return;
            RecordPtr const kept = at.at(kept_under(base));
            at.expect(
                is_version_of(kept, base),
                "what is replaced or removed is kept as it was, but for its lock, under its sequence and the name "
                "of its content",
                "kept: " + came(kept));
            (void)storage.remove(patient(), kept_under(base), Precondition::none());
        }
    }
}

template <StoragePolicy S, class V>
void states_are_kept_before_they_are_replaced(V& versioning, S& storage, Findings& found) {
    if (!found.begins("states_are_kept_before_they_are_replaced", {"replaced_states_are_kept"})) return;
    for (bool const there : {false, true})
        for (bool const removes : {false, true}) {
            Commits<S, V> at(versioning, storage, found);
            RecordPtr const base = at.given(at.full());
            if (!base) continue;
            Record left = *base;  // by a writer who was stopped between the two writes
            left.lease.reset();
            if (there) (void)at.given_at(kept_under(base), std::move(left));
            bool known = there && S::late_writes, in_time = true, replaced = false;
            at.watched().on_applied = [&](Operation const& call) {
                bool head = false;
                for (Write const& one : writes_of(call)) {
                    head = head || one.id == at.id();
                    known = known || (one.id == kept_under(base) && one.record && is_version_of(one.record, base));
                }
                if (head) replaced = true, in_time = in_time && known;
            };
            auto const done = at.commit(base, removes ? removal() : content("next"));
            at.watched().on_applied = nullptr;
            at.expect(is_applied(done) && replaced,
                      there ? "a version that is kept already is no obstacle" : "a commit on what is there is applied");
            at.expect(!replaced || in_time,
                      there
                          ? "that a version which somebody left is safely stored is known before its state is replaced"
                          : "that a state is kept is known before it is replaced");
            RecordPtr const kept = at.at(kept_under(base));
            at.expect(is_version_of(kept, base), "a version that is kept already stays as it is");
            (void)storage.remove(patient(), kept_under(base), Precondition::none());
        }
}

template <StoragePolicy S, class V>
void states_that_cannot_be_kept_stay(V& versioning, S& storage, Findings& found) {
    if (!found.begins("states_that_cannot_be_kept_stay",
                      {"replaced_states_are_kept", "states_are_kept_before_they_are_replaced"}))
        return;
    using Way = typename Watched<S>::Way;
    for (Way const way : {Way::refused, Way::lost, Way::reply_lost})
        for (bool const removes : {false, true}) {
            Commits<S, V> at(versioning, storage, found);
            RecordPtr const base = at.given(at.full());
            if (!base) continue;
            bool spoiled = false;
            at.watched().on_call = [&](Operation const& call) {
                for (Write const& one : writes_of(call)) {
                    if (one.id.slot != Slot::version) continue;
                    // One that can be seen is kept where nothing is undone; and a whole batch is made or not.
                    if (way == Way::reply_lost && (S::late_writes || call.kind == Operation::Kind::write_all)) continue;
                    spoiled = true;
                    return way;
                }
                return Way::pass;
            };
            auto const failed = at.commit(base, removes ? removal() : content("next"), std::chrono::seconds(5));
            at.watched().on_call = nullptr;
            if (spoiled) {
                at.expect(!is_applied(failed), "nothing is replaced of which it is not known that it is kept");
                RecordPtr const now = at.now();
                if (!at.expect(now && same_record(*now, *base), "a state that cannot be kept stays", came(now)))
                    continue;
                at.expect(is_applied(at.commit(base, content("next"))), "as soon as it can be kept it is replaced");
            }
            (void)storage.remove(patient(), kept_under(base), Precondition::none());
        }
}

template <StoragePolicy S, class V>
void nothing_else_is_kept(V& versioning, S& storage, Findings& found) {
    if (!found.begins("nothing_else_is_kept", {"replaced_states_are_kept"})) return;
    using Way = typename Watched<S>::Way;
    std::vector<RecordPtr> versions;
    auto const looks = [&](Commits<S, V>& at) {
        versions.clear();
        at.watched().on_call = [&](Operation const& call) {
            for (Write const& one : writes_of(call))
                if (one.id.slot == Slot::version && !(one.id == at.id()) && one.record) versions.push_back(one.record);
            return Way::pass;
        };
    };
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        auto const keeps_nothing = [&](RecordPtr const& base, Change change, std::string_view expected) {
            looks(at);
            RecordPtr const now = at.after(base, std::move(change));
            at.watched().on_call = nullptr;
            at.expect(versions.empty(), expected, std::to_string(versions.size()) + " versions were written");
            for (RecordPtr const& version : versions)
                (void)storage.remove(patient(), kept_under(version), Precondition::none());
            return now;
        };
        RecordPtr now = keeps_nothing(nullptr, content("1"), "where nothing was nothing is kept");
        if (now) now = keeps_nothing(now, same_content(now), "the same content written anew is not kept");
        RecordPtr const full = at.given(at.full());
        if (at.id().slot != Slot::current) {
            if (full) keeps_nothing(full, content("2"), "of locks, versions and what is kept no versions are kept");
            return;
        }
        if (full) now = keeps_nothing(full, same_content(full), "a state that is only locked or sealed is not kept");
        Record grave = at.full();
        grave.stamp.tombstone = true;
        grave.payload = Bytes();
        now = at.given(std::move(grave));
        if (now) now = keeps_nothing(now, same_content(now), "what was removed is not kept");
        if (now) keeps_nothing(now, content("again"), "what was removed is not kept");
        if (RecordPtr const locked = at.given(at.only_lock()))
            keeps_nothing(locked, content("1"), "where only a lock was nothing is kept");
    });
    // Who loses, before he looked or while he writes: at most what was there is kept.
    for (bool const between : {false, true}) {
        Commits<S, V> at(versioning, storage, found);
        RecordPtr const base = at.given(at.full());
        if (!base) continue;
        RecordPtr theirs;
        auto const act = [&] {
            if (!theirs) theirs = at.by_another(base, "theirs");
        };
        if (!between) act();
        versions.clear();
        at.watched().on_call = [&](Operation const& call) {
            if (call.writes_something()) act();
            for (Write const& one : writes_of(call))
                if (one.id.slot == Slot::version && one.record) versions.push_back(one.record);
            return Way::pass;
        };
        (void)at.commit(base, content("mine"));
        at.watched().on_call = nullptr;
        for (RecordPtr const& version : versions) {
            at.expect(is_version_of(version, base), "who loses keeps nothing that was not there", came(version));
            (void)storage.remove(patient(), kept_under(version), Precondition::none());
        }
        at.expect(!theirs || !at.at(kept_under(theirs)), "a state is no version before it is replaced");
    }
}

template <StoragePolicy S, class V>
void states_name_the_one_before(V& versioning, S& storage, Findings& found) {
    if (!found.begins("states_name_the_one_before", {"replaced_states_are_kept"})) return;
    Commits<S, V> at(versioning, storage, found);
    std::vector<RecordPtr> bases;
    auto const names = [&](RecordPtr const& base, Change change, std::string_view expected) {
        bool const sets = !change.same_content && !change.tombstone;
        if (base) bases.push_back(base);
        WriteId const wanted = !base ? WriteId() : sets ? base->stamp.payload_id : base->stamp.previous;
        RecordPtr const now = at.after(base, std::move(change));
        if (now) at.expect(now->stamp.previous == wanted, expected);
        return now;
    };
    RecordPtr now = names(nullptr, content("1"), "the first state names none before it");
    if (now) now = names(now, content("2"), "a state names the one before it");
    if (now) now = names(now, same_content(now), "the same content goes on naming the one before it");
    if (now) now = names(now, removal(), "what is left of a removed state goes on naming the one before it");
    if (now) now = names(now, same_content(now), "what is left of a removed state goes on naming the one before it");
    if (now) now = names(now, content("3"), "after a removal the chain of versions goes on");
    if (RecordPtr const full = at.given(at.full())) {
        now = names(full, same_content(full), "the same content goes on naming the one before it");
        if (now) now = names(now, content("4"), "a state names the one before it");
    }
    if (RecordPtr const locked = at.given(at.only_lock()))
        names(locked, content("1"), "the first state where only a lock was names none before it");
    for (RecordPtr const& base : bases) (void)storage.remove(patient(), kept_under(base), Precondition::none());
}

template <StoragePolicy S, class V>
void joint_commits_keep_versions(V& versioning, S& storage, Findings& found) {
    if (!found.begins("joint_commits_keep_versions", {"replaced_states_are_kept"})) return;
    for (std::size_t left = 0; left < 3; ++left) {  // 1, 2: a version is there already, of the one or the other
        Joint<S, V> all(versioning, storage, found);
        RecordPtr const replaced = all.base(0), removed = all.base(2);
        if (!replaced || !removed) return;
        if (left > 0) {
            Record version = left == 1 ? *replaced : *removed;
            version.lease.reset();
            RecordId const id = kept_under(left == 1 ? replaced : removed);
            (void)all.at(0).given_at(id, std::move(version));
        }
        auto const done = all.commit();
        bool const applied = done && done->commit.kind == WriteOutcome::Kind::applied;
        all.expect(applied, left == 0 ? "a joint commit on what is there is applied"
                                      : "a version that is kept already is no obstacle to a joint commit");
        all.expect(is_version_of(all.at(0).at(kept_under(replaced)), replaced),
                   "what a joint commit replaces is kept as it was");
        all.expect(is_version_of(all.at(0).at(kept_under(removed)), removed),
                   "what a joint commit removes is kept as it was");
        RecordPtr const created = all.at(1).now();
        all.expect(!created || !all.at(1).at(kept_under(created)), "what a joint commit creates is no version");
        for (RecordPtr const& base : {replaced, removed})
            (void)storage.remove(patient(), kept_under(base), Precondition::none());
    }
    // Before they are replaced, and only then.
    using Way = typename Watched<S>::Way;
    for (Way const way : {Way::pass, Way::refused, Way::lost}) {
        Joint<S, V> all(versioning, storage, found);
        RecordPtr const replaced = all.base(0), removed = all.base(2);
        if (!replaced || !removed) return;
        bool in_time = true, spoiled = false;
        std::size_t kept = 0;
        all.watched().on_applied = [&](Operation const& call) {
            bool heads = false;
            for (Write const& one : writes_of(call)) {
                heads = heads || one.id == all.at(0).id() || one.id == all.at(2).id();
                kept += one.id == kept_under(replaced) || one.id == kept_under(removed);
            }
            in_time = in_time && (!heads || kept >= 2);
        };
        all.watched().on_call = [&](Operation const& call) {
            bool versions = false;
            for (Write const& one : writes_of(call)) versions = versions || one.id.slot == Slot::version;
            spoiled = spoiled || (versions && way != Way::pass);
            return versions ? way : Way::pass;
        };
        auto const done = all.commit();
        all.watched().on_call = nullptr;
        all.watched().on_applied = nullptr;
        bool const applied = done && done->commit.kind == WriteOutcome::Kind::applied;
        all.expect(in_time, "that states are kept is known before a joint commit replaces them");
        if (spoiled) {
            all.expect(!applied, "a joint commit replaces nothing of which it is not known that it is kept");
            all.expect(all.untouched(), "states that cannot be kept stay, all that were to be replaced together");
        }
        for (RecordPtr const& base : {replaced, removed})
            (void)storage.remove(patient(), kept_under(base), Precondition::none());
    }
}

}  // namespace law

/// Every law of `HistoryVersioning`, listed on its page (`concepts/versioning.hpp`), over a storage that makes no
/// faults: the laws make them. Those of every versioning policy are apart: `check_versioning`.
template <AttributedStorage S, HistoryVersioning<law::Watched<S>> V>
Findings check_history(V& versioning, S& storage, LawOptions const& options = {}) {
    return law::check(options, [&](Findings& found) {
        law::replaced_states_are_kept(versioning, storage, found);
        law::states_are_kept_before_they_are_replaced(versioning, storage, found);
        law::states_that_cannot_be_kept_stay(versioning, storage, found);
        law::nothing_else_is_kept(versioning, storage, found);
        law::states_name_the_one_before(versioning, storage, found);
        if constexpr (law::CommitsJointly<V, law::Watched<S>>) law::joint_commits_keep_versions(versioning, storage, found);
        law::pins_are_watched(versioning, found);
        law::retention_is_constant(versioning, found);
    });
}

}  // namespace holdfast::testing

#endif
