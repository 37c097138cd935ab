#ifndef HOLDFAST_TESTING_LAWS_COMMIT_RULES_HPP
#define HOLDFAST_TESTING_LAWS_COMMIT_RULES_HPP

#include <holdfast/testing/laws/commit_members.hpp>

// The laws of versioning policies about fencing, disciplines, leases and removals.
namespace holdfast::testing::law {

template <StoragePolicy S, class V>
void epochs_never_fall(V& versioning, S& storage, Findings& found) {
    if (!found.begins("epochs_never_fall", {"commits_store_changes"})) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        auto const with = [](Change change, Epoch epoch) {
            change.epoch = epoch;
            return change;
        };
        auto const is_now = [&](RecordPtr const& base, Change change, Epoch wanted, std::string_view expected) {
            auto const done = at.commit(base, std::move(change));
            if (!at.expect(is_applied(done), expected)) return RecordPtr();
            RecordPtr const now = at.now();
            if (now) at.expect_number(now->stamp.epoch, wanted, expected);
            return now;
        };
        RecordPtr now = is_now(nullptr, with(content("1"), 3), 3, "a new record bears the epoch of its writer");
        if (now) is_now(now, with(content("2"), 0), 3, "a writer without a lock leaves the epoch alone");
        for (Epoch const epoch : at.numbers()) {
            Record record = at.full();
            record.stamp.epoch = epoch;
            RecordPtr base = at.given(record);
            if (!base) continue;
            for (Epoch const earlier : {epoch - 1, epoch & 1, epoch & 0xffff'ffff, epoch / 2}) {
                if (earlier == 0 || earlier >= epoch) continue;
                for (Change const& change : {content("late"), same_content(base), removal()}) {
                    auto const refused = at.commit(base, with(change, earlier));
                    at.expect(!refused && refused.error() == Errc::fenced,
                              "a holder with an earlier epoch is `fenced`");
                    RecordPtr const still = at.now();
                    at.expect(still && still->revision == base->revision, "who is fenced changes nothing");
                }
            }
            now = is_now(base, with(content("2"), epoch), epoch, "a holder with the same epoch may write");
            if (now)
                now = is_now(now, with(same_content(now), 0), epoch, "a writer without a lock leaves the epoch alone");
            if (now) now = is_now(now, with(content("3"), epoch + 1), epoch + 1, "a later epoch is noted");
            if (now) now = is_now(now, with(same_content(now), epoch + 2), epoch + 2, "a later epoch is noted");
            if (now) now = is_now(now, with(removal(), 0), epoch + 2, "a removal leaves the epoch alone");
            if (now) is_now(now, with(content("4"), 0), epoch + 2, "the epoch goes on after a removal");
        }
    });
}

template <StoragePolicy S, class V>
void records_bear_their_discipline(V& versioning, S& storage, Findings& found) {
    if (!found.begins("records_bear_their_discipline", {"commits_store_changes"})) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        auto const marks = [&](RecordPtr const& base, Change change, Discipline wanted, std::string_view expected) {
            auto const done = at.commit(base, std::move(change));
            if (!at.expect(is_applied(done), expected)) return RecordPtr();
            RecordPtr const now = at.now();
            at.expect(!now || now->stamp.discipline == wanted, expected,
                      now ? std::string(holdfast::detail::named(now->stamp.discipline).policy) : "");
            return now;
        };
        RecordPtr now;
        for (auto const& said : holdfast::detail::all_disciplines) {
            Change change = content("x");
            change.discipline = said.discipline;
            now = marks(now, std::move(change), V::discipline, "a content is marked with the discipline of the policy");
            if (!now) return;
            Change locks = same_content(now);
            locks.discipline = said.discipline;
            now = marks(now, std::move(locks), V::discipline, "what a policy wrote stays marked with its discipline");
            if (!now) return;
        }
        now = marks(now, removal(), V::discipline, "what a policy removed is marked with its discipline");
        for (auto const& row : holdfast::detail::all_disciplines) {
            Discipline const theirs = row.discipline;
            Record locked = at.only_lock();
            locked.stamp.discipline = theirs;
            RecordPtr const base = at.given(std::move(locked));
            if (!base) continue;
            now = marks(base, same_content(base), theirs, "a lock or seal leaves the discipline alone");
            if (now && now->stamp.tombstone)
                marks(now, content("1"), V::discipline, "where only a lock ever was any policy may begin");
        }
    });
}

template <StoragePolicy S, class V>
void other_disciplines_are_refused(V& versioning, S& storage, Findings& found) {
    if (!found.begins("other_disciplines_are_refused", {"commits_store_changes"})) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        for (auto const& row : holdfast::detail::all_disciplines)
            for (bool const removed : {false, true}) {
                Discipline const theirs = row.discipline;
                if (theirs == V::discipline) continue;
                Record record = at.full();
                record.stamp.discipline = theirs;
                record.stamp.tombstone = removed;
                RecordPtr const base = at.given(std::move(record));
                if (!base) continue;
                for (Change const& change : {content("ours"), removal(), same_content(base)}) {
                    bool wrote = false;
                    at.watched().on_call = [&](Operation const& call) {
                        wrote = wrote || call.writes_something();
                        return Watched<S>::Way::pass;
                    };
                    auto const refused = at.commit(base, change);
                    at.watched().on_call = nullptr;
                    at.expect(!refused && refused.error() == Errc::incompatible,
                              removed ? "what was removed under another discipline is refused as `incompatible`"
                                      : "a base of another discipline is refused as `incompatible`");
                    RecordPtr const still = at.now();
                    at.expect(!wrote && still && same_record(*still, *base),
                              "a record of another discipline is left alone: nothing is written");
                    if (still && still->revision != base->revision) return;
                }
            }
    });
}

template <StoragePolicy S, class V>
void leases_obey_steps(V& versioning, S& storage, Findings& found) {
    if (!found.begins("leases_obey_steps", {"commits_store_changes"})) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        for (std::size_t n : {10u, 0u, 6u, 4u, 2u, 14u, 16u, 22u}) {
            if (n != 10 && n != 0 && at.id().slot != Slot::current && !found.thorough()) break;
            for (unsigned kind = 0; kind < 3; ++kind) {
                Record record = at.full();
                record.lease = sample(at.id().key, n)->lease;
                RecordPtr base = at.given(std::move(record));
                if (!base) continue;
                auto const step = [&](Change::LeaseStep lease_step, LeasePtr const& lease) {
                    Change change = kind == 0 ? content("x") : kind == 1 ? same_content(base) : removal();
                    change.lease_step = lease_step;
                    change.lease = lease;
                    RecordPtr now = at.after(base, std::move(change));
                    if (RecordPtr again = at.given(*base)) base = std::move(again);
                    return now;
                };
                using Step = Change::LeaseStep;
                LeasePtr const other = sample(at.id().key, n + 5)->lease ? sample(at.id().key, n + 5)->lease
                                                                         : sample(at.id().key, n + 6)->lease;
                if (RecordPtr const kept = step(Step::keep, other))
                    at.expect(same_lease(kept->lease, base->lease), "`keep`: the lock in the record stays as it is");
                if (RecordPtr const set = step(Step::set, other))
                    at.expect(same_lease(set->lease, other), "`set`: the lock in the record is the one that is given");
                if (RecordPtr const ended = step(Step::end, other)) {
                    LeasePtr const& left = ended->lease;
                    at.expect(!left || (!left->held && !left->dirty),
                              "`end`: the lock is free, and nothing is to be feared");
                    at.expect((left && left->wanted) == base->lease->wanted, "`end`: whether others wait is left");
                }
            }
        }
        auto const fresh = at.given(at.full());
        if (fresh) (void)at.watched().remove(patient(), at.id(), Precondition::none());
        Change locks = content("1");
        locks.lease_step = Change::LeaseStep::set;
        locks.lease = sample(at.id().key, 0)->lease;
        LeasePtr const given = locks.lease;
        RecordPtr const now = at.after(nullptr, std::move(locks));
        if (!now) return;
        at.expect(same_lease(now->lease, given), "`set`: a new record has the lock that is given");
    });
}

template <StoragePolicy S, class V>
void removals_leave_what_goes_on(V& versioning, S& storage, Findings& found) {
    if (!found.begins("removals_leave_what_goes_on", {"commits_store_changes"})) return;
    in_each_slot(versioning, storage, found, [&](Commits<S, V>& at) {
        for (bool const fenced : {true, false}) {
            Record record = at.full();
            if (!fenced) record.stamp.epoch = 0, record.lease.reset();
            RecordPtr base = at.given(std::move(record));
            if (!base) return;
            auto const done = at.commit(base, removal());
            if (!at.expect(is_applied(done), "a removal of what is there is applied")) return;
            RecordPtr const now = at.now();
            bool const needed = fenced || S::late_writes || V::discipline == Discipline::history;
            at.expect(
                now || !needed,
                "a removal leaves a tombstone where an epoch or a history must go on, or a late write could land");
            at.expect(!now || (now->stamp.tombstone && now->payload.empty()), "what was removed has no payload");
            if (!now) continue;
            auto const sealed = at.commit(now, same_content(now));
            at.expect(is_applied(sealed) && at.now() && at.now()->stamp.tombstone,
                      "a lock or seal of what was removed leaves it removed, and leaves it there");
        }
        auto const nothing = [&] { (void)at.watched().remove(patient(), at.id(), Precondition::none()); };
        nothing();
        auto const gone = at.commit(nullptr, removal());
        at.expect(!is_applied(gone) || !at.now() || at.now()->stamp.tombstone,
                  "a removal of what is not there makes no content", came(at.now()));
        nothing();
        Change grave = removal();
        grave.same_content = true;
        auto const sealed = at.commit(nullptr, std::move(grave));
        RecordPtr const now = at.now();
        at.expect(is_applied(sealed) && now && now->stamp.tombstone && now->stamp.sequence == 0,
                  "a seal of an absence leaves a tombstone that never had a content");
    });
}

}  // namespace holdfast::testing::law

#endif
