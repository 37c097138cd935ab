#ifndef HOLDFAST_TESTS_UNIT_CORE_FLAWED_HPP
#define HOLDFAST_TESTS_UNIT_CORE_FLAWED_HPP

#include <holdfast/protocol/settle.hpp>
#include <holdfast/versioning/compare_and_swap.hpp>

#include <memory>
#include <unit/protocol/exploration.hpp>
#include <utility>

namespace holdfast_tests {

/// Tempting ways to get a conditional write wrong.
enum class Flaw : unsigned char {
    none,
    conflict_is_final,         ///< a conflict is believed although an earlier send may have arrived
    only_the_newest_id,        ///< "is it mine?" looks at the newest id only
    base_means_failed,         ///< the base is still there: reported as not applied
    fresh_id_when_pending,     ///< the base is still there: tried again as a new write
    missing_means_never,       ///< not in the ring: never applied
    overflow_means_never,      ///< by position, and farther away than the ring is long: never applied
    position_without_counter,  ///< by position, counted by a number that not every write raises
    physical_remove,           ///< removes the bytes
    constant_tombstone,        ///< all tombstones are the same bytes
    unconditional,             ///< sends without a precondition
    no_id_in_the_body,         ///< equal content is equal bytes
    sent_again,                ///< after a sync that failed the same is sent once more, and its success believed
    seen_means_synced,         ///< after a sync that failed: what can be seen was applied
};

/// A small commit of its own, right with `Flaw::none`, wrong in one way otherwise.
template <Flaw F>
struct Flawed {
    static constexpr holdfast::Family family = holdfast::Family::versioning;
    static constexpr holdfast::Discipline discipline = holdfast::Discipline::compare_and_swap;

    template <holdfast::ConditionalStorage S>
    holdfast::Result<holdfast::Commit> commit(S& storage, holdfast::Context const& ctx, holdfast::RecordId const& id,
                                              holdfast::RecordPtr const& base, holdfast::Change change) const {
        using namespace holdfast;
        using Kind = WriteOutcome::Kind;
        auto sending = *detail::Sending::prepare(storage, ctx, id, base, change);
        RecordPtr sent = dress(sending.record, base);
        bool in_doubt = false;
        for (Backoff backoff(ctx);;) {
            auto const when = F == Flaw::unconditional ? Precondition::none() : sending.when;
            bool const vanish = sending.vanish || (F == Flaw::physical_remove && change.tombstone);
            auto const tried = vanish ? storage.remove(ctx, id, when) : storage.write(ctx, id, sent, when);
            if (tried && tried->kind() == Kind::applied) return Commit::applied(stored(sent, tried->revision()));
            if (tried && tried->kind() == Kind::unknown && tried->template is_at_rest<S>()) {
                bool const again = F == Flaw::sent_again && backoff.attempts() < 2 && backoff.wait();
                if (again) continue;
                if (F != Flaw::seen_means_synced) return Commit::unknown(sending.trace(id.slot, true), tried->why());
            }
            if (!tried && !in_doubt) return tried.error();
            if (tried && tried->kind() == Kind::conflict && F == Flaw::conflict_is_final) return Commit::conflict();
            in_doubt = in_doubt || (tried && tried->kind() == Kind::unknown);
            auto const now = *storage.read(ctx, id);
            Fate const fate = judge(sending.trace(id.slot), now.get(), base.get());
            if (fate == Fate::applied) return Commit::applied(now);
            if (fate == Fate::never) return Commit::conflict(now);
            if (fate == Fate::unknown) return Commit::unknown(sending.trace(id.slot), Error(Errc::unknown_outcome));
            if (F == Flaw::base_means_failed) return Error(Errc::timed_out);
            if (backoff.attempts() == 2 || !backoff.wait())
                return Commit::unknown(sending.trace(id.slot), Error(Errc::timed_out));
            if (F == Flaw::fresh_id_when_pending) {
                sending = *detail::Sending::prepare(storage, ctx, id, base, change);
                sent = dress(sending.record, base);
            }
        }
    }

private:
    static holdfast::RecordPtr stored(holdfast::RecordPtr const& sent, holdfast::Revision const& revision) {
        holdfast::Record record = *sent;
        record.revision = revision;
        return std::make_shared<holdfast::Record const>(std::move(record));
    }

    static holdfast::RecordPtr dress(holdfast::RecordPtr const& record, holdfast::RecordPtr const& base) {
        bool const same_bytes =
            F == Flaw::no_id_in_the_body || (F == Flaw::constant_tombstone && record->stamp.tombstone);
        if (!same_bytes) return record;
        holdfast::Record changed = *record;
        changed.stamp.ids = holdfast::WriteRing();
        if (F == Flaw::no_id_in_the_body && base) changed.stamp.lineage = base->stamp.lineage;
        changed.stamp.ids.push(no_id);
        return std::make_shared<holdfast::Record const>(std::move(changed));
    }

    static holdfast::Fate judge(holdfast::UnknownWrite const& write, holdfast::Record const* now,
                                holdfast::Record const* base) {
        using holdfast::Fate;
        if (now == nullptr || base == nullptr) return holdfast::decide(write, now);
        auto const& ids = now->stamp.ids;
        if (F == Flaw::only_the_newest_id) {
            if (ids.newest() == write.id) return Fate::applied;
            return ids.newest() == write.base ? Fate::pending : Fate::never;
        }
        if (F == Flaw::missing_means_never) {
            if (ids.contains(write.id)) return Fate::applied;
            return ids.newest() == write.base ? Fate::pending : Fate::never;
        }
        if (F == Flaw::overflow_means_never || F == Flaw::position_without_counter) {
            auto const distance = now->stamp.sequence - base->stamp.sequence;
            if (distance == 0) return Fate::pending;
            if (distance > holdfast::WriteRing::capacity)
                return F == Flaw::overflow_means_never ? Fate::never : Fate::unknown;
            return ids[distance - 1] == write.id ? Fate::applied : Fate::never;
        }
        return holdfast::decide(write, now);
    }
};

}  // namespace holdfast_tests

#endif
