#ifndef HOLDFAST_TESTS_ZOO_VERSIONINGS_BATCHES_HPP
#define HOLDFAST_TESTS_ZOO_VERSIONINGS_BATCHES_HPP

#include <zoo/versionings/broken.hpp>

#include <algorithm>
#include <vector>

namespace zoo::in_versionings {

inline void of_batches(Pen& pen) {
    auto const all = [](Erased& s, Context const& ctx, std::span<BatchChange> changes) {
        return CompareAndSwap().commit_all(s, ctx, changes);
    };
    std::string law = "joint_commits_are_whole";
    pen.jointly(law, "makes one change after the other",
                [](Erased& s, auto& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
                    BatchCommit batch{Commit::applied(nullptr), {}};
                    for (BatchChange& one : changes) {
                        if (one.only_check) {
                            auto const now = s.read(ctx, one.id);
                            if (now && *now) return BatchCommit{Commit::conflict(), {}};
                            batch.records.push_back(nullptr);
                            continue;
                        }
                        auto done = right(s, ctx, one.id, one.base, std::move(one.change));
                        if (!done) return done.error();
                        if (done->kind != Kind::applied) return BatchCommit{*std::move(done), {}};
                        batch.records.push_back(done->now);
                    }
                    return batch;
                });
    pen.jointly(law, "does not check what must be absent",
                [=](Erased& s, auto& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
                    std::vector<BatchChange> some;
                    for (BatchChange& one : changes)
                        if (!one.only_check) some.push_back(std::move(one));
                    if (some.empty())
                        return BatchCommit{Commit::applied(nullptr), std::vector<RecordPtr>(changes.size())};
                    auto done = all(s, ctx, some);
                    if (done) done->records.resize(changes.size());
                    return done;
                });
    pen.jointly(
        law, "looks at the discipline of the first only",
        [](Erased& s, auto& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
            if (auto same = detail::same_discipline(changes[0].id, changes[0].base, Discipline::compare_and_swap);
                !same)
                return std::move(same).error();
            return settle_all(s, ctx, changes);
        });
    pen.jointly(law, "fences the first only", [=](Erased& s, auto& ctx, std::span<BatchChange> changes) {
        for (BatchChange& one : changes.subspan(1))
            if (one.base && one.change.epoch < one.base->stamp.epoch) one.change.epoch = 0;
        return all(s, ctx, changes);
    });
    pen.jointly(law, "takes an error for a conflict",
                [=](Erased& s, auto& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
                    auto done = all(s, ctx, changes);
                    if (!done && done.error() != Errc::fenced && done.error() != Errc::incompatible)
                        return BatchCommit{Commit::conflict(), {}};
                    return done;
                });
    pen.jointly(law, "takes a lost reply for an error",
                [=](Erased& s, auto& ctx, std::span<BatchChange> changes) -> Result<BatchCommit> {
                    auto done = all(s, ctx, changes);
                    if (done && done->commit.kind == Kind::unknown) return Error(done->commit.why);
                    return done;
                });
    pen.jointly(
        law, "writes on what it finds instead of its bases", [=](Erased& s, auto& ctx, std::span<BatchChange> changes) {
            for (BatchChange& one : changes) {
                if (one.only_check ||
                    detail::same_discipline(one.id, one.base, Discipline::compare_and_swap).has_value() == false)
                    continue;
                if (auto now = s.read(ctx, one.id)) one.base = *now;
            }
            return all(s, ctx, changes);
        });

    law = "joint_commits_are_commits";
    auto const spoiled = [&](std::string sin, std::function<void(BatchChange&)> make) {
        pen.jointly(law, std::move(sin), [=](Erased& s, auto& ctx, std::span<BatchChange> changes) {
            for (BatchChange& one : changes.subspan(1)) make(one);
            return all(s, ctx, changes);
        });
    };
    spoiled("forgets the attributes", [](BatchChange& one) { one.change.attributes.clear(); });
    spoiled("does not touch locks", [](BatchChange& one) { one.change.lease_step = Change::LeaseStep::keep; });
    spoiled("does not note epochs", [](BatchChange& one) {
        if (one.base && one.change.epoch > one.base->stamp.epoch) one.change.epoch = one.base->stamp.epoch;
    });
    spoiled("does not note what is repeated", [](BatchChange& one) { one.change.restores = 0; });
    spoiled("takes every change for a content", [](BatchChange& one) { one.change.same_content = false; });
    pen.jointly(law, "returns the records in the order in which it sent them",
                [=](Erased& s, auto& ctx, std::span<BatchChange> changes) {
                    auto done = all(s, ctx, changes);
                    if (done) std::reverse(done->records.begin(), done->records.end());
                    return done;
                });
    pen.jointly(law, "returns no records", [=](Erased& s, auto& ctx, std::span<BatchChange> changes) {
        auto done = all(s, ctx, changes);
        if (done) done->records.clear();
        return done;
    });
}

}  // namespace zoo::in_versionings

#endif
