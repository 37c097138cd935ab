#ifndef HOLDFAST_TESTING_LAWS_COMMIT_RACES_HPP
#define HOLDFAST_TESTING_LAWS_COMMIT_RACES_HPP

#include <holdfast/testing/laws/commits.hpp>

#include <string>
#include <utility>
#include <vector>

// The laws of versioning policies about what others do meanwhile, and about calls that fail.
namespace holdfast::testing::law {

/// Every kind of change that a policy is given, on `base`.
inline std::vector<Change> changes_of(RecordPtr const& base) {
    std::vector<Change> all = {content("mine"), removal()};
    if (base) all.push_back(same_content(base));
    return all;
}

/// Bases that are replaced between the look at them and the write, and those that were replaced before.
template <StoragePolicy S, class V>
void one_commit_wins(V& versioning, S& storage, Findings& found) {
    if (!found.begins("one_commit_wins", {"commits_store_changes"})) return;
    using Way = typename Watched<S>::Way;
    using Kind = WriteOutcome::Kind;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        enum class Other { writes, locks, removes, vanishes };
        auto const remove = [&] { (void)at.plain().remove(patient(), at.id(), Precondition::none()); };
        for (bool const between : {false, true})
            for (Other const other : {Other::writes, Other::locks, Other::removes, Other::vanishes})
                for (bool const exists : {true, false})
                    for (std::size_t n = 0; n < 3; ++n) {
                        if (!exists && other != Other::writes && other != Other::removes) continue;
                        remove();
                        RecordPtr const base = exists ? at.given(at.full()) : nullptr;
                        auto const changes = changes_of(base);
                        if (n >= changes.size() || (exists && !base)) continue;
                        RecordPtr theirs;
                        bool there = false;
                        auto const act = [&] {
                            if (std::exchange(there, true)) return;
                            if (other == Other::vanishes) return remove();
                            // The same bytes anew, the same content with another lock, or what was created and removed.
                            std::string_view const payload = other == Other::removes ? "" : "base";
                            Record next = *make_record(at.id().key, payload, base, other == Other::removes);
                            if (other == Other::locks) {
                                next.stamp.sequence = base->stamp.sequence;
                                next.stamp.payload_id = base->stamp.payload_id;
                                next.attributes = base->attributes;
                            }
                            next.stamp.discipline = V::discipline;
                            theirs = at.given(std::move(next));
                        };
                        if (!between) act();
                        at.watched().on_call = [&](Operation const& call) {
                            if (call.writes_something()) act();
                            return Way::pass;
                        };
                        auto const done = at.commit(base, changes[n]);
                        at.watched().on_call = nullptr;
                        std::string_view const expected =
                            between ? "a commit is a conflict if another writes between the look and the write"
                                    : "a commit on a base that was replaced or removed is a conflict";
                        // That nothing is left tells a storage with late writes nothing about who removed it.
                        bool const may_be_open = S::late_writes && other == Other::vanishes;
                        bool const right = is(done, Kind::conflict) || (may_be_open && is(done, Kind::unknown));
                        at.expect(there && right, expected);
                        RecordPtr const now = at.now();
                        at.expect(theirs ? now && same_record(*now, *theirs) : !now, "who loses changes nothing",
                                  came(now));
                        if (!is(done, Kind::conflict)) continue;
                        at.expect(!done->now && !done->write, "a conflict wrote nothing: `now` and `write` are empty");
                        if (!done->seen) continue;
                        at.expect(theirs ? *done->seen && same_record(**done->seen, *theirs) : !*done->seen,
                                  "`seen` of a conflict is what stands there");
                    }
    });
}

template <StoragePolicy S, class V>
void storage_errors_are_passed_on(V& versioning, S& storage, Findings& found) {
    if (!found.begins("storage_errors_are_passed_on", {"commits_store_changes"})) return;
    using Way = typename Watched<S>::Way;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        for (bool const exists : {true, false})
            for (std::size_t n = 0; n < 3; ++n)
                for (unsigned nth = 0; nth < 3; ++nth) {
                    // Where writes land late an answer may be an echo, and who is in doubt tries again.
                    if (S::late_writes && nth > 0) break;
                    (void)at.plain().remove(patient(), at.id(), Precondition::none());
                    RecordPtr const base = exists ? at.given(at.full()) : nullptr;
                    auto const changes = changes_of(base);
                    if (n >= changes.size()) continue;
                    unsigned calls = 0;
                    bool failed = false;
                    at.watched().on_call = [&](Operation const& call) {
                        if (!call.writes_something() || calls++ != nth) return Way::pass;
                        failed = true;
                        return Way::refused;
                    };
                    auto const done = at.commit(base, changes[n]);
                    at.watched().on_call = nullptr;
                    if (!failed) continue;  // it writes fewer times
                    at.expect(!done && done.error() == Watched<S>::planned,
                              "a write that the storage refuses makes the commit fail, by the same code");
                    RecordPtr const now = at.now();
                    at.expect(base ? now && same_record(*now, *base) : !now, "a commit that fails changes nothing",
                              came(now));
                }
    });
}

/// Replies that never come. Where nothing is under way any more the policy must not guess, whatever it could see; where
/// it is, the policy runs out of time.
template <StoragePolicy S, class V>
void lost_replies_are_unknown(V& versioning, S& storage, Findings& found) {
    if (!found.begins("lost_replies_are_unknown", {"commits_store_changes"})) return;
    using Way = typename Watched<S>::Way;
    using Kind = WriteOutcome::Kind;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        for (bool const made : {true, false})
            for (bool const exists : {true, false})
                for (std::size_t n = 0; n < 3; ++n) {
                    if (made && S::late_writes) continue;  // there it can be found out
                    (void)at.plain().remove(patient(), at.id(), Precondition::none());
                    Record record = at.full();
                    if (n == 1) record.stamp.epoch = 0, record.lease.reset();  // that may leave nothing
                    RecordPtr const base = exists ? at.given(std::move(record)) : nullptr;
                    auto const changes = changes_of(base);
                    if (n >= changes.size()) continue;
                    WriteId sent;
                    unsigned sends = 0;
                    bool removes = false;
                    auto const note = [&](RecordId const& id, RecordPtr const& what) {
                        if (!(id == at.id())) return false;
                        ++sends;
                        removes = what == nullptr;
                        if (what) sent = what->stamp.ids.newest();
                        return true;
                    };
                    at.watched().on_call = [&](Operation const& call) {
                        bool ours = call.kind == Operation::Kind::write && note(*call.id, *call.record);
                        ours = ours || (call.kind == Operation::Kind::remove && note(*call.id, nullptr));
                        for (Write const& one : call.writes) ours = note(one.id, one.record) || ours;
                        return !ours ? Way::pass : made ? Way::reply_lost : Way::lost;
                    };
                    auto const done = at.commit(base, changes[n], std::chrono::seconds(5));
                    at.watched().on_call = nullptr;
                    if (!at.expect(is(done, Kind::unknown), "a commit whose replies are lost is `unknown`")) continue;
                    at.expect(S::late_writes || sends == 1, "where nothing is under way any more nothing is sent again",
                              "sent " + std::to_string(sends) + " times");
                    at.expect(!done->now, "what is unknown has no `now`");
                    at.expect(done->why == Watched<S>::planned, "`why` says what went wrong on the way",
                              done->why.describe());
                    if (!at.expect(done->write != nullptr, "what is unknown has a handle")) continue;
                    UnknownWrite const& write = *done->write;
                    at.expect(write.key.view() == at.id().key.view() && write.slot == at.id().slot,
                              "the handle names the key and the slot");
                    at.expect(bool(write.id) && (removes || write.id == sent), "the handle names the write by its id");
                    at.expect(write.base == (base ? base->stamp.ids.newest() : WriteId()),
                              "the handle names the last write of the base; none where there was none");
                    at.expect(write.base_lineage == (base ? base->stamp.lineage : WriteId()),
                              "the handle names the lineage of the base");
                    at.expect(write.at_rest == !S::late_writes, "the handle says whether something can still arrive");
                    at.expect(write.removes == removes, "the handle says whether the write leaves nothing");
                }
    });
}

}  // namespace holdfast::testing::law

#endif
