#ifndef HOLDFAST_TESTING_LAWS_COMMIT_FATES_HPP
#define HOLDFAST_TESTING_LAWS_COMMIT_FATES_HPP

#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws/commit_races.hpp>

// The laws of versioning policies about writes that get lost, arrive late or twice, or lose their replies: over a
// storage at the other end of a bad line.
namespace holdfast::testing::law {

/// One commit on a bad line, where another may write in between.
template <class V>
class FarCommit {
public:
    using Way = typename Watched<LateStorage>::Way;

    /// `exists`: on a record; otherwise on absence.
    FarCommit(V& versioning, Findings& found, bool exists, FarRevisions revisions = FarRevisions::write_ids)
        : world_(std::make_shared<LateWorld>(revisions)), storage_(world_), at_(versioning, storage_, found) {
        if (exists) base_ = at_.given(at_.full());
        if (base_) not_ours_.push_back(base_->stamp.ids.newest());
    }

    Commits<LateStorage, V>& at() noexcept { return at_; }
    RecordPtr const& base() const noexcept { return base_; }
    std::size_t kinds() const { return changes_of(base_).size(); }

    /// `ways`: what becomes of the first writes; the others share the fate `after`. Others write `others` times before
    /// the nth operation.
    Result<Commit> commit(std::size_t kind, std::vector<Delivery> const& ways, Delivery const& after,
                          unsigned before_nth = ~0u, unsigned others = 1, bool echoed = false) {
        unsigned writes = 0, operations = 0;
        bool acting = false;
        world_->on_write = [&](unsigned) {
            if (acting) return Delivery::intact();
            unsigned const nth = writes++;
            return nth < ways.size() ? ways[nth] : after;
        };
        world_->before_operation = [&] {
            if (acting || operations++ != before_nth) return;
            acting = true;
            for (unsigned i = 0; i < others;) {  // what is late may arrive meanwhile
                RecordPtr const now = at_.now();
                Record next = *make_record(at_.id().key, "theirs", now);
                next.stamp.discipline = V::discipline;
                theirs_ = std::make_shared<Record const>(std::move(next));
                not_ours_.push_back(theirs_->stamp.ids.newest());
                auto const when = Precondition::unchanged_since(now);
                if (law::is_applied(storage_.write(patient(), at_.id(), theirs_, when))) ++i;
            }
            theirs_ = at_.now();
            acting = false;
        };
        bool first = echoed;
        at_.watched().on_call = [&](Operation const& call) {
            return call.writes_something() && std::exchange(first, false) ? Way::echoed : Way::pass;
        };
        auto done = at_.commit(base_, changes_of(base_)[kind]);
        world_->on_write = nullptr;
        world_->before_operation = nullptr;
        at_.watched().on_call = nullptr;
        while (world_->in_flight() > 0) world_->arrive(0);
        return done;
    }

    /// What others wrote last; null if they did not.
    RecordPtr const& theirs() const noexcept { return theirs_; }
    /// What the policy wrote, once everything has arrived.
    std::vector<RecordPtr> landed() {
        std::vector<RecordPtr> all;
        for (auto const& effect : world_->effects()) {
            if (!effect.after) continue;
            bool ours = true;
            for (WriteId const theirs : not_ours_) ours = ours && effect.after->stamp.ids.newest() != theirs;
            if (ours) all.push_back(effect.after);
        }
        return all;
    }

private:
    std::shared_ptr<LateWorld> world_;
    LateStorage storage_;
    Commits<LateStorage, V> at_;
    RecordPtr base_, theirs_;
    std::vector<WriteId> not_ours_;
};

/// Every way on which two writes can go, with others that write before any of the first operations.
template <class V>
void outcomes_are_true(V& versioning, Findings& found) {
    if (!found.begins("outcomes_are_true", {"commits_store_changes", "commits_return_what_is_stored", "lives_go_on",
                                            "removals_leave_what_goes_on", "one_commit_wins",
                                            "storage_errors_are_passed_on", "lost_replies_are_unknown"}))
        return;
    using Kind = WriteOutcome::Kind;
    std::vector<Delivery> const ways = {Delivery::intact(),
                                        Delivery::not_sent(),
                                        Delivery::lost(),
                                        Delivery::reply_lost(),
                                        Delivery::late(1),
                                        Delivery::late(3),
                                        Delivery::late(),
                                        Delivery::twice(2),
                                        Delivery::twice_reply_lost(1),
                                        Delivery::twice_reply_lost()};
    std::size_t next = 0;
    for (Delivery const& first : ways)
        for (Delivery const& second : ways)
            for (bool const ends : {false, true})
                for (unsigned const before : {~0u, 0u, 1u, 2u})
                    for (std::size_t n = 0; n < (found.thorough() ? 5u : 1u); ++n) {
                        std::size_t const which = next++ % 5;  // by turns, unless there is time
                        bool const exists = which < 3;
                        FarCommit<V> line(versioning, found, exists);
                        auto const done = line.commit(exists ? which : which - 3, {first, second},
                                                      ends ? Delivery::lost() : Delivery::intact(), before);
                        auto& at = line.at();
                        auto const landed = line.landed();
                        std::string const is = told(done) + "; it was made " + std::to_string(landed.size()) + " times";
                        at.expect(landed.size() <= 1, "nothing is written twice", is);
                        if (!done || done->kind == Kind::conflict) {
                            at.expect(landed.empty(),
                                      "an error or a conflict is never said of a write that is made, "
                                      "or that still arrives",
                                      is);
                            continue;
                        }
                        if (done->kind == Kind::applied) {
                            at.expect(landed.size() == 1, "`applied` is said of writes that were made", is);
                            at.expect(landed.size() != 1 || (done->now && same_record(*done->now, *landed.front())),
                                      "`now` is what was written, also if others have replaced it since", is);
                            continue;
                        }
                        bool const names =
                            done->write && (landed.empty() || done->write->id == landed.front()->stamp.ids.newest());
                        at.expect(names, "the handle of what is unknown names the write that may be made", is);
                    }
}

/// What can be found out is found out.
template <class V>
void own_writes_are_recognized(V& versioning, Findings& found) {
    if (!found.begins(
            "own_writes_are_recognized",
            {"commits_store_changes", "commits_return_what_is_stored", "lives_go_on", "removals_leave_what_goes_on",
             "one_commit_wins", "storage_errors_are_passed_on", "lost_replies_are_unknown", "outcomes_are_true"}))
        return;
    using Kind = WriteOutcome::Kind;
    Delivery const intact = Delivery::intact();
    struct Line {
        std::vector<Delivery> ways;
        bool echoed;
        std::string_view expected;
    };
    std::vector<Line> const lines = {
        {{Delivery::reply_lost()}, false, "a write whose reply was lost is `applied` once it is found to be there"},
        {{Delivery::reply_lost(), Delivery::lost(), Delivery::reply_lost()},
         false,
         "a write whose reply was lost is `applied` once it is found to be there"},
        {{Delivery::reply_lost(), Delivery::not_sent()},
         false,
         "a write that could not be repeated is `applied` once it is found to be there"},
        {{Delivery::lost()}, false, "a write that was lost is sent again"},
        {{Delivery::lost(), Delivery::not_sent(), Delivery::lost()}, false, "a write that was lost is sent again"},
        {{Delivery::late(1)}, false, "a write that arrives late, and again, is `applied`"},
        {{Delivery::twice()}, false, "a write that arrives twice is `applied`"},
        {{}, true, "a conflict that is the echo of the own success is `applied`"}};
    for (auto const revisions : {FarRevisions::write_ids, FarRevisions::content, FarRevisions::counter})
        for (Line const& line : lines)
            for (std::size_t which = 0; which < 5; ++which) {
                bool const exists = which < 3;
                std::size_t const kind = exists ? which : which - 3;
                FarCommit<V> alone(versioning, found, exists, revisions);
                auto const done = alone.commit(kind, line.ways, intact, ~0u, 1, line.echoed);
                RecordPtr const now = alone.at().now();
                if (alone.at().expect(is(done, Kind::applied), line.expected))
                    alone.at().expect(done->now && now && same_record(*done->now, *now),
                                      "`now` is the record that is stored, under the revision that the storage gave");
            }
    // Others replace it before it can be looked for, as often as its ring remembers.
    for (unsigned const others : {1u, 3u, unsigned(WriteRing::capacity) - 1})
        for (std::size_t kind = 0; kind < 3; ++kind) {
            for (unsigned const before : {1u, 2u, 3u}) {
                FarCommit<V> one(versioning, found, true);
                auto const done =
                    one.commit(kind, {Delivery::reply_lost(), Delivery::reply_lost()}, intact, before, others);
                auto const landed = one.landed();
                if (landed.size() != 1) continue;
                if (!one.at().expect(
                        is(done, Kind::applied),
                        "a write is `applied` also if others have replaced it since, as far as the ring tells"))
                    continue;
                one.at().expect(done->now && done->now->stamp.ids.newest() == landed.front()->stamp.ids.newest(),
                                "`now` is what was written, also if others have replaced it since");
                RecordPtr const now = one.at().now();
                bool const replaced = now && now->stamp.ids.newest() != landed.front()->stamp.ids.newest();
                one.at().expect(!replaced || (done->seen && *done->seen && same_record(**done->seen, *now)),
                                "`seen` is what has replaced it since");
            }
        }
    // Others were faster: nothing of it can be made any more.
    for (std::size_t which = 0; which < 5; ++which) {
        bool const exists = which < 3;
        FarCommit<V> line(versioning, found, exists);
        auto const done = line.commit(exists ? which : which - 3, {Delivery::late()}, intact, 0);
        line.at().expect(is(done, Kind::conflict), "a write that can never be made any more is a conflict");
        if (is(done, Kind::conflict) && done->seen)
            line.at().expect(*done->seen && line.theirs() && same_record(**done->seen, *line.theirs()),
                             "`seen` of a conflict is what stands there");
    }
}

}  // namespace holdfast::testing::law

#endif
