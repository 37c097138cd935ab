#ifndef HOLDFAST_TESTING_LAWS_JOINT_COMMITS_HPP
#define HOLDFAST_TESTING_LAWS_JOINT_COMMITS_HPP

#include <holdfast/protocol/settle.hpp>
#include <holdfast/testing/laws/commit_races.hpp>

#include <array>
#include <optional>
#include <span>

// The laws of versioning policies that commit several changes at once.
namespace holdfast::testing::law {

/// A policy that has `commit_all`, over a storage that has batches.
template <class V, class S>
concept CommitsJointly =
    TransactionalStorage<S> && requires(V& v, S& s, Context const& c, std::span<BatchChange> changes) {
        { v.commit_all(s, c, changes) } -> std::same_as<Result<BatchCommit>>;
    };

/// Three records that are changed together: one is replaced, one created, one removed; and a fourth must be absent.
template <StoragePolicy S, class V>
class Joint {
public:
    static constexpr std::size_t size = 4;

    Joint(V& versioning, S& storage, Findings& found)
        : versioning_(versioning),
          records_{{{versioning, storage, found},
                    {versioning, storage, found},
                    {versioning, storage, found},
                    {versioning, storage, found}}} {
        bases_[0] = at(0).given(at(0).full());
        bases_[2] = at(2).given(at(2).full());
        for (std::size_t i = 0; i < size; ++i) {
            changes_.push_back({at(i).id(), bases_[i], {}, i == 3});
            Change& change = changes_.back().change;
            if (i == 0) change = content("1");
            if (i == 1) change = content("new");
            if (i == 2) change = removal();
            change.attributes = {{"which", std::to_string(i)}};
        }
        changes_[2].change.attributes.clear();
    }

    Commits<S, V>& at(std::size_t i) { return records_[i]; }
    RecordPtr const& base(std::size_t i) const { return bases_[i]; }
    std::vector<BatchChange>& changes() { return changes_; }
    Watched<S>& watched() { return at(0).watched(); }

    Result<BatchCommit> commit() {
        Context const ctx(at(0).env(), std::chrono::seconds(60));
        auto copy = changes_;
        auto done = versioning_.commit_all(watched(), ctx, std::span(copy));
        did_ = done ? came(done->commit) : done.error().describe();
        return done;
    }
    bool untouched() {
        for (std::size_t i = 0; i < size; ++i) {
            RecordPtr const now = at(i).now();
            if (bases_[i] ? !now || !same_record(*now, *bases_[i]) : now != nullptr) return false;
        }
        return true;
    }
    bool expect(bool holds, std::string_view expected) {
        return holds || at(0).found().expect(false,
                                             "a joint commit: one record replaced, one created, one removed, one "
                                             "to be absent",
                                             expected, did_);
    }

private:
    V& versioning_;
    std::array<Commits<S, V>, size> records_;
    std::array<RecordPtr, size> bases_;
    std::vector<BatchChange> changes_;
    std::string did_;
};

template <StoragePolicy S, class V>
void joint_commits_are_whole(V& versioning, S& storage, Findings& found) {
    if (!found.begins("joint_commits_are_whole", {"commits_store_changes"})) return;
    using Kind = WriteOutcome::Kind;
    using Way = typename Watched<S>::Way;
    auto const is = [](Result<BatchCommit> const& done, Kind kind) { return done && done->commit.kind == kind; };
    {
        Joint<S, V> all(versioning, storage, found);
        bool const applied = is(all.commit(), Kind::applied);
        RecordPtr const first = all.at(0).now(), second = all.at(1).now(), third = all.at(2).now();
        all.expect(applied && first && first->payload.view() == "1" && second && second->payload.view() == "new" &&
                       (!third || third->stamp.tombstone) && !all.at(3).now(),
                   "a joint commit on what is there makes every change");
    }
    // One of them is another by now, or becomes another between the look and the write.
    for (bool const between : {false, true})
        for (std::size_t i = 0; i < Joint<S, V>::size; ++i) {
            Joint<S, V> all(versioning, storage, found);
            RecordPtr theirs;
            auto const act = [&] {
                if (!theirs) theirs = all.at(i).by_another(all.base(i), "base");  // the same bytes
            };
            if (!between) act();
            all.watched().on_call = [&](Operation const& call) {
                if (call.writes_something()) act();
                return Way::pass;
            };
            auto const done = all.commit();
            all.expect(is(done, Kind::conflict), "a joint commit is a conflict if one of its bases is another by now");
            for (std::size_t k = 0; k < Joint<S, V>::size; ++k) {
                RecordPtr const now = all.at(k).now(), was = k == i ? theirs : all.base(k);
                all.expect(was ? now && same_record(*now, *was) : !now,
                           "a joint commit that conflicts changes nothing");
            }
        }
    // One of them may not be written.
    for (std::size_t i = 0; i < 3; ++i)
        for (bool const fenced : {true, false}) {
            Joint<S, V> all(versioning, storage, found);
            if (!all.base(i)) continue;
            if (fenced) {
                all.changes()[i].change.epoch = all.base(i)->stamp.epoch - 1;
            } else {
                Record foreign = *all.base(i);
                foreign.stamp.discipline =
                    V::discipline == Discipline::history ? Discipline::compare_and_swap : Discipline::history;
                all.changes()[i].base = std::make_shared<Record const>(std::move(foreign));
            }
            auto const done = all.commit();
            all.expect(!done && done.error() == (fenced ? Errc::fenced : Errc::incompatible),
                       fenced ? "a joint commit is `fenced` if one of its changes is"
                              : "a joint commit is `incompatible` if one of its bases is");
            all.expect(all.untouched(), "a joint commit that is refused changes nothing");
        }
    for (Way const way : {Way::refused, Way::lost}) {
        Joint<S, V> all(versioning, storage, found);
        all.watched().on_call = [&](Operation const& call) { return call.writes_something() ? way : Way::pass; };
        auto const done = all.commit();
        all.expect(all.untouched(), "a joint commit that the storage does not make changes nothing");
        if (way == Way::refused)
            all.expect(!done && done.error() == Watched<S>::planned,
                       "a joint commit fails by the error of the storage");
        else if (all.expect(is(done, Kind::unknown) && done->commit.write,
                            "a joint commit whose reply is lost is `unknown`, and has a handle"))
            all.expect(done->commit.write->key.view() == all.at(0).id().key.view() ||
                           done->commit.write->key.view() == all.at(1).id().key.view() ||
                           done->commit.write->key.view() == all.at(2).id().key.view(),
                       "the handle of a joint commit names one of its writes");
    }
    // Nothing but checks.
    Joint<S, V> none(versioning, storage, found);
    none.changes().erase(none.changes().begin(), none.changes().begin() + 3);
    none.expect(is(none.commit(), Kind::applied) && none.untouched(), "what must be absent, and is, makes no conflict");
}

template <StoragePolicy S, class V>
void joint_commits_are_commits(V& versioning, S& storage, Findings& found) {
    if (!found.begins("joint_commits_are_commits",
                      {"commits_store_changes", "sequences_count_contents", "contents_are_named", "lives_go_on",
                       "writers_are_named", "epochs_never_fall", "records_bear_their_discipline", "leases_obey_steps",
                       "removals_leave_what_goes_on", "joint_commits_are_whole"}))
        return;
    using Step = Change::LeaseStep;
    for (Step const step : {Step::keep, Step::end, Step::set})
        for (unsigned kind = 0; kind < 3; ++kind)
            for (bool const exists : {true, false}) {
                Commits<S, V> one(versioning, storage, found), other(versioning, storage, found),
                    twin(versioning, storage, found);
                RecordPtr const base = exists ? one.given(one.full()) : nullptr;
                Record copy = one.full();
                copy.key = Key(twin.id().key);
                if (base) copy.stamp = base->stamp, copy.lease = base->lease;
                RecordPtr const twin_base = exists ? twin.given(std::move(copy)) : nullptr;
                if (kind == 1 && !exists) continue;
                Change change = kind == 0 ? content("x") : kind == 1 ? same_content(base) : removal();
                change.attributes = {{"a", "b"}, {"", std::string(any_text)}};
                change.epoch = 9;
                change.lease_step = step;
                change.lease = sample(one.id().key, 0)->lease;
                change.restores = kind == 0 ? std::uint64_t{1} << 40 : 0;
                (void)twin.commit(twin_base, change);
                RecordPtr const wanted = twin.now();
                std::vector<BatchChange> changes;
                changes.push_back({other.id(), nullptr, content("first"), false});
                changes.push_back({one.id(), base, change, false});
                Context const ctx(one.env(), std::chrono::seconds(60));
                auto const done = versioning.commit_all(one.watched(), ctx, std::span(changes));
                RecordPtr const now = one.now();
                auto const expect = [&](bool holds, std::string_view expected) {
                    return holds || found.expect(false, "a joint commit of two changes", expected, came(now));
                };
                if (!expect(done && done->commit.kind == WriteOutcome::Kind::applied && bool(now) == bool(wanted),
                            "a change in a joint commit does what it would do alone"))
                    continue;
                expect(done->records.size() == 2 && bool(done->records[1]) == bool(now) && done->records[0] &&
                           done->records[0]->payload.view() == "first",
                       "the records that were written are returned in the order of the changes");
                if (!now) continue;
                if (done->records.size() == 2 && done->records[1])
                    expect(done->records[1]->payload == now->payload && done->records[1]->stamp == now->stamp &&
                               done->records[1]->attributes == now->attributes &&
                               same_lease(done->records[1]->lease, now->lease),
                           "the records that were written are returned whole");
                Stamp const &a = now->stamp, &b = wanted->stamp;
                expect(now->payload == wanted->payload && now->attributes == wanted->attributes,
                       "a change in a joint commit stores payload and attributes as it would alone");
                expect(same_lease(now->lease, wanted->lease),
                       "a change in a joint commit treats the lock as it would alone");
                expect(a.sequence == b.sequence && a.restored == b.restored && a.previous == b.previous &&
                           (a.payload_id == a.ids.newest()) == (b.payload_id == b.ids.newest()),
                       "a change in a joint commit names its content as it would alone");
                expect(a.ids.size() == b.ids.size() && (!base || a.lineage == base->stamp.lineage) &&
                           (!base || a.ids.contains(base->stamp.ids.newest())),
                       "a change in a joint commit goes on with the life of its record");
                expect(a.epoch == b.epoch && a.discipline == b.discipline && a.tombstone == b.tombstone &&
                           a.who == b.who && a.set_by.has_value() == b.set_by.has_value() && a.when == one.env().wall(),
                       "a change in a joint commit signs and marks its record as it would alone");
            }
}

}  // namespace holdfast::testing::law

#endif
