#ifndef HOLDFAST_LOCKING_LEASE_STEP_HPP
#define HOLDFAST_LOCKING_LEASE_STEP_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/format/rfc3339.hpp>
#include <holdfast/protocol/attempts.hpp>
#include <holdfast/protocol/settle.hpp>

#include <string>
#include <utility>

namespace holdfast::detail {

template <class S>
concept LeasableStorage = ConditionalStorage<S> && AttributedStorage<S>;

inline bool is_held(RecordPtr const& record) noexcept { return record && record->lease && record->lease->held; }
inline bool carries(RecordPtr const& record, WriteId lease) noexcept {
    return is_held(record) && record->lease->id == lease;
}

/// The same content with another lease (null: none). On absence a lease in the state record is put into a removed one
/// that never had a content.
inline Change lease_step(RecordPtr const& base, Slot slot, Epoch epoch, LeasePtr lease) {
    Change change{.same_content = true, .epoch = epoch};
    change.tombstone = base ? base->stamp.tombstone : slot == Slot::current;
    if (base) {
        change.payload = base->payload;
        change.attributes = base->attributes;
    }
    change.lease_step = Change::LeaseStep::set;
    change.lease = std::move(lease);
    return change;
}

inline LeasePtr free_lease(Lease const& lease, bool dirty) {
    if (!lease.wanted && !dirty) return nullptr;
    return std::make_shared<Lease const>(Lease{.id = lease.id, .held = false, .wanted = lease.wanted, .dirty = dirty});
}

inline LockInfo info_of(Record const& record) {
    Lease const& lease = *record.lease;
    return {lease.holder, lease.purpose, lease.acquired, lease.id, record.stamp.epoch, lease.ttl, lease.renewed};
}

/// "user@host:pid (purpose) since …, lease …", of a lease that is held.
inline std::string describe_holder(Lease const& lease) {
    auto const since = to_rfc3339(lease.acquired);
    auto const id = lease.id.text();
    std::string text(lease.holder.view());
    if (!lease.purpose.empty()) text.append(" (").append(lease.purpose).append(")");
    text.append(" since ").append(since.data(), since.size());
    return text.append(", lease ").append(id.data(), id.size());
}

inline Error lost_to(RecordPtr const& now) {
    std::string text = "the lease is over, the section was interrupted: ";
    if (!now) text.append("its record was removed");
    else if (is_held(now)) text.append("held by ").append(describe_holder(*now->lease));
    else text.append("it was ended by force, or expired and others have held it since");
    return Error(Errc::lost, text.append("; stop and start over"));
}

inline Error unsure(std::string_view what, Commit const& done) {
    return Error::because(Errc::unknown_outcome, what, done.why);
}

/// `settle`, and once more on top of it where its sync failed: nobody acts on a lease or an epoch that a power loss may
/// take back, and no lease stays without a holder because a disk failed once.
template <LeasableStorage S>
Result<Commit> settle_lease(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                            Change const& step) {
    auto done = settle(storage, ctx, id, base, step);
    if (!done || done->kind != WriteOutcome::Kind::unknown || !done->write->at_rest) return done;
    auto const now = storage.read(ctx, id);
    if (!now || !*now || (*now)->stamp.ids.newest() != done->write->id) return done;
    auto again = settle(storage, ctx, id, *now, step);
    return again && again->kind == WriteOutcome::Kind::applied ? again : done;
}

/// Writes the next step of the lease `id` as long as the record carries it, again whenever others wrote the record.
/// `base`: the record as it is known, null if not. `next(Lease const&)` gives the lease's next form. `found`: what
/// stands there, on `lost`.
/// Errors: `lost`, also when it was made and others have the lease by now; `unknown_outcome` (it may still be made,
/// until the record changes); `timed_out`, `cancelled`.
template <LeasableStorage S, class Next>
Result<RecordPtr> step_own_lease(S& storage, Context const& ctx, RecordId const& id, WriteId lease, RecordPtr base,
                                 Epoch epoch, Next&& next, RecordPtr* found = nullptr) {
    Attempts<S> attempts(storage, ctx, id);
    if (base) attempts.know(std::move(base));
    for (;;) {
        auto now = attempts.look(ctx);
        if (!now) return std::move(now).error();
        base = *std::move(now);
        if (!carries(base, lease)) {
            if (found != nullptr) *found = base;
            return lost_to(base).on(to_string(id));
        }
        Epoch const raised = epoch > base->stamp.epoch ? epoch : base->stamp.epoch;
        LeasePtr form = next(*base->lease);
        bool const goes_on = form && form->held;
        auto done = settle_lease(storage, ctx, id, base, lease_step(base, id.slot, raised, std::move(form)));
        if (!done) return std::move(done).error();
        if (done->kind == WriteOutcome::Kind::applied) {
            if (!goes_on || !done->seen) return std::move(done->now);
            if (carries(*done->seen, lease)) return *std::move(done->seen);
            if (found != nullptr) *found = *done->seen;
            return lost_to(*done->seen).on(to_string(id));
        }
        if (done->kind == WriteOutcome::Kind::unknown)
            return unsure("a lease step may or may not have been made", *done).on(to_string(id));
        if (auto more = attempts.pause(ctx, std::move(base), std::move(done->seen)); !more)
            return std::move(more).error().on(to_string(id));
    }
}

}  // namespace holdfast::detail

#endif
