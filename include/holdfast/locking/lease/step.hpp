#ifndef HOLDFAST_LOCKING_LEASE_STEP_HPP
#define HOLDFAST_LOCKING_LEASE_STEP_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/core/settle.hpp>
#include <holdfast/detail/rfc3339.hpp>

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
    return Error(Errc::unknown_outcome, std::string(what) + " (" + done.why.describe() + ")");
}

/// Writes the next step of the lease `id` as long as the record carries it, again whenever others wrote the record.
/// `base`: the record as it is known, null if not. `next(Lease const&)` gives the lease's next form. `found`: what
/// stands there, on `lost`.
/// Errors: `lost`; `unknown_outcome` (it may still be made, until the record changes); `timed_out`, `cancelled`.
template <LeasableStorage S, class Next>
Result<RecordPtr> step_own_lease(S& storage, Context const& ctx, RecordId const& id, WriteId lease, RecordPtr base,
                                 Epoch epoch, Next&& next, RecordPtr* found = nullptr) {
    bool known = base != nullptr;
    for (Backoff backoff = backoff_for<S>(ctx);;) {
        if (!known) {
            auto now = storage.read(ctx, id);
            if (!now) return std::move(now).error();
            base = *std::move(now);
        }
        if (!carries(base, lease)) {
            if (found != nullptr) *found = base;
            return lost_to(base).on(to_string(id));
        }
        Epoch const raised = epoch > base->stamp.epoch ? epoch : base->stamp.epoch;
        auto done = settle(storage, ctx, id, base, lease_step(base, id.slot, raised, next(*base->lease)));
        if (!done) return std::move(done).error();
        if (done->kind == WriteOutcome::Kind::applied) return std::move(done->now);
        if (done->kind == WriteOutcome::Kind::unknown)
            return unsure("a lease step may or may not have been made", *done).on(to_string(id));
        known = done->seen.has_value();
        if (known) base = *std::move(done->seen);
        if (auto more = backoff.wait(); !more) return std::move(more).error().on(to_string(id));
    }
}

}  // namespace holdfast::detail

#endif
