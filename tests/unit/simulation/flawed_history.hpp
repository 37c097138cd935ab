#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_FLAWED_HISTORY_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_FLAWED_HISTORY_HPP

#include <holdfast/versioning/history.hpp>
#include <holdfast/versioning/history/operations.hpp>

#include <utility>
#include <vector>

namespace holdfast_tests {

/// Tempting ways to get a history wrong that keeps what is replaced, and a floor and pins in one record.
enum class HistoryFlaw : unsigned char {
    none,
    archive_after,    ///< what was replaced is kept once the state has moved on
    unconfirmed,      ///< what is replaced is sent to be kept, and not waited for
    no_floor,         ///< prune: list, look at the pins, delete
    pin_below_floor,  ///< a pin is not compared with the floor
    floor_past_head,  ///< whoever keeps nothing raises the floor above the state itself
    dead_may_live,    ///< what is stored under the name of a version is taken for one, whatever the floor is
};

/// A small history of its own: right with `none`, wrong in one way otherwise. What it does not bring along the store
/// does as for `History`.
struct FlawedHistory {
    static constexpr holdfast::Family family = holdfast::Family::versioning;
    static constexpr holdfast::Discipline discipline = holdfast::Discipline::history;

    HistoryFlaw flaw = HistoryFlaw::none;

    holdfast::KeepAll retention() const { return {}; }
    bool pin_is_stale(holdfast::Environment&, holdfast::WriteId, holdfast::WriteId, holdfast::Duration) const {
        return false;
    }

    template <holdfast::ConditionalStorage S>
    holdfast::Result<holdfast::Commit> commit(S& storage, holdfast::Context const& ctx, holdfast::RecordId const& id,
                                              holdfast::RecordPtr const& base, holdfast::Change change) const {
        using namespace holdfast;
        change.discipline = discipline;
        if (!base || base->stamp.tombstone || change.same_content)
            return settle(storage, ctx, id, base, std::move(change));
        Write const version = detail::archive_of(base);
        auto const keep = [&] { return detail::keep_versions(storage, ctx, {&version, 1}); };
        if (flaw == HistoryFlaw::unconfirmed) {
            (void)storage.write(ctx, version.id, version.record, version.when);
        } else if (flaw != HistoryFlaw::archive_after) {
            if (auto kept = keep(); !kept) return std::move(kept).error();
        }
        auto done = settle(storage, ctx, id, base, std::move(change));
        if (flaw == HistoryFlaw::archive_after && done && done->kind == WriteOutcome::Kind::applied) (void)keep();
        return done;
    }

    /// Deletes all versions but the last `keep` and those that are pinned. `promise(floor)` is called with the first
    /// that is kept.
    template <class S, class Promise>
    holdfast::Result<void> prune(S& storage, holdfast::Context const& ctx, holdfast::KeyView key, std::uint64_t keep,
                                 Promise&& promise) const {
        using namespace holdfast;
        auto const head = storage.read(ctx, RecordId(key));
        if (!head) return head.error();
        if (!*head) return {};
        if (keep == 0 && flaw != HistoryFlaw::floor_past_head) keep = 1;
        std::uint64_t const newest = (*head)->stamp.sequence, floor = newest + 1 > keep ? newest + 1 - keep : 0;
        promise(floor);
        std::vector<VersionId> versions;
        auto const list = [&] {
            return detail::each_version(storage, ctx, key, [&](VersionId version) { versions.push_back(version); });
        };
        detail::RetentionState state;
        if (flaw == HistoryFlaw::no_floor) {
            if (auto listed = list(); !listed) return listed;
            auto const kept = detail::read_kept(storage, ctx, key);
            if (!kept) return kept.error();
            state = kept->of((*head)->stamp.lineage);
            state.floor = floor;
        } else {
            auto raised = detail::rekeep(storage, ctx, key, (*head)->stamp.lineage, nullptr,
                                         [&](detail::RetentionState& now) -> Result<bool> {
                                             bool const higher = floor > now.floor;
                                             if (higher) now.floor = floor;
                                             return higher;
                                         });
            if (!raised) return raised.error();
            if (raised->commit.kind != WriteOutcome::Kind::applied) return raised->commit.why;
            state = std::move(raised->state);
            if (auto listed = list(); !listed) return listed;
        }
        for (VersionId const version : versions) {
            if (!state.dead(version)) continue;
            auto const gone = storage.remove(ctx, RecordId(key, Slot::version, version), Precondition::none());
            if (!gone) return gone.error();
        }
        return {};
    }

    template <class S>
    holdfast::Outcome<holdfast::Pin> pin(S& storage, holdfast::Context const& ctx, holdfast::KeyView key,
                                         holdfast::VersionId version, holdfast::Duration ttl) const {
        using namespace holdfast;
        if (flaw != HistoryFlaw::pin_below_floor) return detail::pin_version(storage, ctx, key, version, {.ttl = ttl});
        auto const found = detail::find_version(storage, ctx, key, version, true);
        if (!found) return found.error();
        WriteId const id = ctx.env.new_write_id();
        auto done = detail::rekeep(storage, ctx, key, (*found)->stamp.lineage, nullptr,
                                   [&](detail::RetentionState& state) -> Result<bool> {
                                       detail::RetentionState::PinRecord pin;
                                       pin.id = id;
                                       pin.version = version;
                                       pin.ttl = ttl;
                                       pin.nonce = ctx.env.new_write_id();
                                       state.pins.push_back(pin);
                                       return true;
                                   });
        return detail::rekept<Pin>(done, "pin", key, [&] { return Outcome<Pin>(Pin(id, Key(key), version, ttl)); });
    }
};

}  // namespace holdfast_tests

#endif
