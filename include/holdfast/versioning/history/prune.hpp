#ifndef HOLDFAST_VERSIONING_HISTORY_PRUNE_HPP
#define HOLDFAST_VERSIONING_HISTORY_PRUNE_HPP

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/versioning/history/kept.hpp>
#include <holdfast/versioning/history/retention.hpp>
#include <holdfast/versioning/history/version_info.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::detail {

/// Deletes versions of one key: raises the floor, durably, and only then deletes what lies below it. What is dead stays
/// dead, so that deleting needs no condition, may be repeated after a crash, and may be done by several at once.
/// Lives as long as one prune. `progress(done, all)` is called after each part of the work.
template <ListableStorage S, class Progress>
class Pruning {
public:
    Pruning(S& storage, Context const& ctx, KeyView key, PruneOptions const& options, Progress& progress)
        : storage_(storage), ctx_(ctx), key_(key), options_(options), progress_(progress) {}

    template <RetentionPolicy Retention, class Versioning>
    Result<Pruned> run(Retention const& retention, Versioning& versioning) {
        auto const head = storage_.read(ctx_, RecordId(key_));
        if (!head) return head.error();
        if (!*head) return Pruned{};
        // Whatever was current before the head that was just read is stored by now, so that this listing has it.
        if (auto listed = list(); !listed) return std::move(listed).error();
        auto const kept = read_kept(storage_, ctx_, key_);
        if (!kept) return kept.error();
        state_ = kept->of((*head)->stamp.lineage);
        state_.look(ctx_.env, (*head)->stamp.sequence);
        auto const floor = floor_for(retention, (*head)->stamp);
        if (!floor) return floor.error();
        auto raised = raise((*head)->stamp, *floor, kept->record, versioning);
        if (!raised) return std::move(raised).error();
        if (auto swept = sweep(*raised); !swept) return std::move(swept).error();
        done_.floor = raised->floor;
        return done_;
    }

    /// All versions and the retention record's say over them: `floor` is beyond all. For a purge.
    Result<Kept> run_all(Stamp const& head) {
        if (auto listed = list(); !listed) return std::move(listed).error();
        auto done = rekeep(storage_, ctx_, key_, head.lineage, nullptr, [&](RetentionState& state) -> Result<bool> {
            if (!state.pins.empty())
                return Error(Errc::busy,
                             "versions of the key are pinned (" + state.pins.front().purpose + "); unpin() them first");
            std::uint64_t const floor = head.sequence + 1;
            if (floor > state.floor && !versions_.empty()) return state.floor = floor, true;
            return must_renew(state);
        });
        auto kept = certain(done);
        if (!kept) return std::move(kept).error();
        if (!versions_.empty()) {
            if (auto swept = sweep(done->state); !swept) return std::move(swept).error();
        }
        return Kept{std::move(done->commit.now), std::move(done->state)};
    }

private:
    Result<void> list() {
        auto listed = each_version(storage_, ctx_, key_, [&](VersionId version) { versions_.push_back(version); });
        std::sort(versions_.begin(), versions_.end(), [](VersionId a, VersionId b) { return a.sequence > b.sequence; });
        return listed;
    }

    /// Never past the head.
    template <RetentionPolicy Retention>
    Result<std::uint64_t> floor_for(Retention const& retention, Stamp const& head) {
        std::vector<VersionId> names{version_of(head)};
        for (VersionId const version : versions_)
            if (version.sequence < head.sequence) names.push_back(version);
        VersionList list(
            std::move(names), this,
            [](void* self, VersionId version) { return static_cast<Pruning*>(self)->look(version); },
            [](void* self, VersionList& all, Duration age) {
                return static_cast<Pruning*>(self)->current_before(all, age);
            });
        auto floor = retention.floor(list);
        if (floor && *floor > head.sequence) *floor = head.sequence;
        return floor;
    }
    Result<RecordPtr> look(VersionId version) {
        auto found = read_version(storage_, ctx_, key_, version);
        if (!found || *found) return found;
        auto head = storage_.read(ctx_, RecordId(key_));
        if (head && *head && version_of((*head)->stamp) != version) return RecordPtr();
        return head;
    }

    Result<std::uint64_t> current_before(VersionList& versions, Duration age) {
        if (options_.trust_clocks) return by_times_of_day(versions, age);
        timed_ = true;
        return state_.current_before(age);
    }
    /// The newest state that is too old still counted until the next one came.
    Result<std::uint64_t> by_times_of_day(VersionList& versions, Duration age) {
        auto const most = std::chrono::duration_cast<Timestamp::duration>(age);
        Timestamp const now = ctx_.env.wall();
        std::size_t young = 0, end = versions.size();  // all before `young` are young enough, from `end` on none is
        while (young < end) {
            std::size_t const middle = young + (end - young) / 2;
            auto const when = versions.when(middle);
            if (!when) return when.error();
            if (*when != (Timestamp::min)() && now - *when <= most) young = middle + 1;
            else end = middle;
        }
        return young < versions.size() ? versions[young].sequence : 0;
    }

    /// What is watched is noted, too, for the prunes to come.
    template <class Versioning>
    Result<RetentionState> raise(Stamp const& head, std::uint64_t floor, RecordPtr begin,
                                 Versioning& versioning) {
        for (bool again = false;; again = true) {
            RetentionState before;
            std::uint64_t dropped = 0;
            bool decides = false;
            auto done = rekeep(
                storage_, ctx_, key_, head.lineage, std::exchange(begin, nullptr),
                [&](RetentionState& state) -> Result<bool> {
                    before = state;
                    bool noted = timed_;
                    for (auto const& pin : state.pins) noted = noted || pin.ttl != endless;
                    if (noted) state.look(ctx_.env, head.sequence);
                    dropped = std::erase_if(state.pins, [&](auto const& pin) {
                        return pin.ttl != endless &&
                               (versioning.pin_is_stale(ctx_.env, pin.id, pin.nonce, pin.ttl) || state.is_stale(pin));
                    });
                    bool const higher = floor > state.floor;
                    if (higher) state.floor = floor;
                    decides = higher || dropped > 0 || must_renew(state);
                    return decides || noted;
                });
            // What was watched is no reason to fail: the next prune watches on from what an earlier one noted.
            bool const applied = done && done->commit.kind == WriteOutcome::Kind::applied;
            if (!applied && !decides && (done || done.error() == Errc::out_of_space)) return before;
            // A full disk: what an earlier prune left may make the room that is needed to go on.
            if (!done && done.error() == Errc::out_of_space && !again) {
                std::uint64_t const versions = done_.versions;
                if (sweep(before) && done_.versions > versions) continue;
            }
            if (auto sure = certain(done); !sure) return std::move(sure).error();
            done_.pins += dropped;
            return std::move(done->state);
        }
    }

    /// Whether what is to be deleted is dead by a record that somebody else wrote, whose sync may have failed.
    bool must_renew(RetentionState const& state) const noexcept {
        if constexpr (S::late_writes) return false;
        for (VersionId const version : versions_)
            if (state.dead(version)) return true;
        return false;
    }

    static Result<void> certain(Result<Rekept> const& done) {
        if (!done) return done.error();
        if (done->commit.kind == WriteOutcome::Kind::applied) return {};
        return Error::because(Errc::unknown_outcome,
                              "whether older versions may be deleted could not be noted for certain",
                              done->commit.why, "; nothing was deleted, try again");
    }

    Result<void> sweep(RetentionState const& state) {
        std::vector<VersionId> dead;
        for (VersionId const version : versions_)
            if (state.dead(version)) dead.push_back(version);
        std::erase_if(versions_, [&](VersionId version) { return state.dead(version); });
        // The oldest first: should it end early, then no gap is left.
        std::size_t const all = dead.size();
        for (std::size_t at = 0; at < all;) {
            std::size_t const part = (std::min)(all - at, at_once());
            std::vector<VersionId> some;
            for (std::size_t i = 0; i < part; ++i) some.push_back(dead[all - 1 - at - i]);
            if (auto gone = remove(some); !gone)
                return Error(gone.error().code(), std::string(gone.error().message()) + " (" + std::to_string(at) +
                                                      " of " + std::to_string(all) +
                                                      " versions were deleted; prune again for the others)")
                    .from(gone.error().backend());
            at += part;
            progress_(at, all);
        }
        return {};
    }

    Result<void> remove(std::vector<VersionId> const& some) {
        auto const id = [&](VersionId version) { return RecordId(key_, Slot::version, version); };
        std::uint64_t bytes = 0;
        if (options_.count_bytes) {
            std::vector<KnownRecord> reads;
            for (VersionId const version : some) reads.push_back({id(version)});
            for (auto const& found : read_many(storage_, ctx_, reads))
                if (found && *found) bytes += (*found)->payload.size();
        }
        if constexpr (TransactionalStorage<S>) {
            std::vector<Write> writes;
            for (VersionId const version : some) writes.push_back({id(version), nullptr, Precondition::none()});
            auto done = repeat([&] { return storage_.write_all(ctx_, std::span<Write const>(writes)); });
            if (!done) return done;
        } else {
            std::vector<Removal> left;
            for (VersionId const version : some) left.push_back({id(version)});
            auto done = repeat([&] { return remove_each(left); });
            if (!done) return done;
        }
        done_.versions += some.size();
        done_.bytes += bytes;
        return {};
    }

    /// Unknown as long as any is; those stay in `left`.
    Result<WriteOutcome> remove_each(std::vector<Removal>& left) {
        auto outcome = WriteOutcome::applied(Revision());
        auto const done = remove_many(storage_, ctx_, left);
        std::vector<Removal> again;
        for (std::size_t i = 0; i < done.size(); ++i) {
            if (!done[i]) return done[i].error();
            if (done[i]->kind() != WriteOutcome::Kind::unknown) continue;
            again.push_back(left[i]);
            outcome = *done[i];
        }
        left = std::move(again);
        return outcome;
    }

    template <class Send>
    Result<void> repeat(Send&& send) {
        for (Backoff backoff = backoff_for<S>(ctx_);;) {
            if (ctx_.expired()) return Error(Errc::timed_out, "the time limit is over");
            auto const done = send();
            if (!done) return done.error();
            if (done->kind() != WriteOutcome::Kind::unknown) return {};
            if (backoff.attempts() + 1 >= most_sends) return done->why();
            if (auto more = backoff.wait(); !more) return done->why();
        }
    }

    std::size_t at_once() const {
        if constexpr (TransactionalStorage<S>) return 100;
        else return detail::at_once(storage_);
    }

    S& storage_;
    Context const& ctx_;
    KeyView key_;
    PruneOptions const& options_;
    Progress& progress_;
    std::vector<VersionId> versions_{};
    RetentionState state_{};  ///< before it is raised
    bool timed_ = false;      ///< how long something was watched was asked for
    Pruned done_{};
};

}  // namespace holdfast::detail

#endif
