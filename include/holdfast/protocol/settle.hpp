#ifndef HOLDFAST_PROTOCOL_SETTLE_HPP
#define HOLDFAST_PROTOCOL_SETTLE_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/backoff.hpp>
#include <holdfast/core/batch.hpp>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace holdfast {

namespace detail {

/// The same bytes are sent at most this often when no reply comes and no deadline ends it.
inline constexpr unsigned most_sends = 8;
/// A storage that says "conflict" this often while the base is still current does not honour preconditions.
inline constexpr unsigned most_contradictions = 3;

inline Error fenced_by(Stamp const& later, Epoch ours) {
    return Error(Errc::fenced, "a later holder of the lock has written (epoch " + std::to_string(later.epoch) +
                                   ", ours is " + std::to_string(ours) + "); stop and start over");
}

/// Makes the stamp of the base that of the write that replaces it.
inline void advance(Stamp& stamp, bool first, Change const& change, Environment& env) {
    WriteId const mine = env.new_write_id();
    stamp.ids.push(mine);
    if (first) stamp.lineage = mine;
    if (!change.same_content && !change.tombstone) {
        ++stamp.sequence;
        stamp.previous = change.discipline == Discipline::history ? stamp.payload_id : WriteId();
        stamp.payload_id = mine;
        stamp.restored = change.restores;
    }
    if (change.epoch > stamp.epoch) stamp.epoch = change.epoch;
    // A lock or a seal does not decide which policy a record obeys.
    if (first || !change.same_content) stamp.discipline = change.discipline;
    if (!change.same_content) stamp.set_by.reset();
    else if (!first) stamp.set_by = stamp.author();
    stamp.tombstone = change.tombstone;
    stamp.when = env.wall();
    stamp.who = env.who();
}

/// Whether a removal may remove the bytes. Not where a write can land late on the absence that it leaves, where that would
/// be done blindly, and not when the record carries an epoch or a history that must go on.
template <StoragePolicy S>
bool may_vanish(Stamp const& stamp) noexcept {
    return !S::late_writes && can_remove_conditionally<S> && stamp.epoch == 0 && stamp.discipline != Discipline::history;
}

/// What is left of a lease that ends: that others wait.
inline LeasePtr ended(LeasePtr const& lease) {
    if (!lease || !lease->wanted) return nullptr;
    return std::make_shared<Lease const>(Lease{.id = lease->id, .held = false, .wanted = true});
}

inline LeasePtr next_lease(RecordPtr const& base, Change& change) {
    switch (change.lease_step) {
        case Change::LeaseStep::set: return std::move(change.lease);
        case Change::LeaseStep::end: return base ? ended(base->lease) : nullptr;
        case Change::LeaseStep::keep:
        default: return base ? base->lease : nullptr;
    }
}

/// One record on its way: what is sent, under which condition, and how it is recognized afterwards.
struct Sending {
    RecordPtr record;  ///< with tombstone and all
    Precondition when;
    bool vanish = false;

    template <StoragePolicy S>
    static Result<Sending> prepare(S const&, Context const& ctx, RecordId const& id, RecordPtr const& base,
                                   Change change) {
        if (base && change.epoch != 0 && base->stamp.epoch > change.epoch)
            return fenced_by(base->stamp, change.epoch).on(to_string(id));
        // A stamp is large: it is made where it stays.
        auto record = std::make_shared<Record>(Key(id.key), std::move(change.payload), base ? base->stamp : Stamp(),
                                               std::move(change.attributes), Revision(), next_lease(base, change));
        advance(record->stamp, base == nullptr, change, ctx.env);
        record->revision = Revision(record->stamp.ids.newest());
        // A seal, which writes the same once more, is to leave something that was written.
        bool const vanish = change.tombstone && !change.same_content && may_vanish<S>(record->stamp);
        return Result<Sending>(std::in_place, std::move(record), Precondition::unchanged_since(base), vanish);
    }

    /// The record as the storage holds it now, under the revision that it gave, if it gave one. Where nobody else has
    /// the record it takes no memory: a write that was applied must not end as an exception.
    RecordPtr stored(Revision const& revision) && {
        if (revision == record->revision || revision.empty()) return std::move(record);
        if (record.use_count() == 1) {
            const_cast<Record&>(*record).revision = revision;  // made by `prepare`, and not const there
            return std::move(record);
        }
        Record copy = *record;
        copy.revision = revision;
        return std::make_shared<Record const>(std::move(copy));
    }

    /// What to ask by for the fate of the write.
    UnknownWrite trace(Slot slot, bool at_rest = false) const { return trace_of(*record, slot, at_rest, vanish); }
    static UnknownWrite trace_of(Record const& sent, Slot slot, bool at_rest = false, bool vanish = false) {
        Stamp const& stamp = sent.stamp;
        bool const first = stamp.ids.size() < 2;
        WriteId const base = first ? WriteId() : stamp.ids[1], line = first ? WriteId() : stamp.lineage;
        return {sent.key, slot, stamp.ids.newest(), base, line, at_rest, vanish};
    }
};

template <ConditionalStorage S>
Result<RecordPtr> read_patiently(S& storage, Context const& ctx, RecordId const& id) {
    for (Backoff backoff = backoff_for<S>(ctx);;) {
        auto read = storage.read(ctx, id);
        if (read || backoff.attempts() >= most_sends || !backoff.wait()) return read;
    }
}

/// Of one record alone: nothing else can keep it from being written.
inline constexpr auto nothing_else = [] { return false; };

/// Sends until the fate of the write is known, or cannot become known in time. `send` makes the request, always with
/// the same bytes and condition: repeating those is harmless, whatever became of the earlier ones, where records never
/// vanish. Where they do nothing is sent again: a create that was made would undo its removal, and the success of a
/// second sync says nothing about the first, which has told of its failure once and for all. `beaten()`: whether
/// something else that is to be written with it has been overtaken for good.
template <ConditionalStorage S, class Send, class Beaten = decltype(nothing_else)>
Result<Commit> settle_sending(S& storage, Context const& ctx, RecordId const& id, Sending& sending, Send&& send,
                              Beaten&& beaten = {}) {
    using Kind = WriteOutcome::Kind;
    bool in_doubt = false;  // an earlier send may have arrived, or may yet
    unsigned contradictions = 0;
    Error why = Error(Errc::unknown_outcome);

    auto const fate = [&](RecordPtr const& now) { return decide(sending.trace(id.slot), now.get()); };
    auto const unknown = [&](Error doubt) { return Commit::unknown(sending.trace(id.slot), std::move(doubt)); };
    auto const ours = [&](RecordPtr const& now) {  // `now` may be a later record that has our id in its ring
        bool const newest = now && now->stamp.ids.newest() == sending.record->stamp.ids.newest();
        Commit done = Commit::applied(newest ? now : sending.record);
        if (!newest) done.seen = now;
        return done;
    };

    for (Backoff backoff = backoff_for<S>(ctx);;) {
        Result<WriteOutcome> const tried = send();
        if (tried && tried->kind() == Kind::applied) {
            return Commit::applied(sending.vanish ? nullptr : std::move(sending).stored(tried->revision()));
        }
        if (!tried && !in_doubt) return tried.error();
        if (tried && tried->kind() == Kind::unknown && tried->template is_at_rest<S>())
            return Commit::unknown(sending.trace(id.slot, true), tried->why());
        if (tried && tried->kind() == Kind::conflict) {
            // Where nothing arrives late or twice a first conflict is the whole truth. Elsewhere it may be the echo of
            // our own success: a proxy or a client library that sent the request again.
            if (tried->template is_at_rest<S>()) return Commit::conflict();
            auto const now = read_patiently(storage, ctx, id);
            if (!now) return unknown(now.error());
            switch (fate(*now)) {
                case Fate::applied: return ours(*now);
                case Fate::never: return Commit::conflict(*now);
                case Fate::unknown:
                    return unknown(
                        Error(Errc::unknown_outcome, "the record was removed or replaced beyond recognition"));
                case Fate::pending: break;
            }
            if (beaten()) return Commit::conflict();
            if (++contradictions == most_contradictions) {
                Error broken(Errc::store_violates_conditions,
                             "the storage refuses a write although its precondition holds; do not use it for "
                             "conditional writes");
                if (!in_doubt) return std::move(broken).on(to_string(id));
                return unknown(std::move(broken));
            }
        } else {
            in_doubt = true;
            why = tried ? tried->why() : tried.error();
        }
        if (backoff.attempts() + 1 < most_sends && backoff.wait()) continue;

        if (auto const now = storage.read(ctx, id)) {  // out of time
            Fate const last = fate(*now);
            if (last == Fate::applied) return ours(*now);
            if (last == Fate::never) return Commit::conflict(*now);
        }
        return unknown(std::move(why));
    }
}

}  // namespace detail

/// One conditional write whose fate is known, or said to be unknown. Every conditional write of the library is made
/// here: the stamp with its fresh write id, the ring, the fencing check and the decision table of `decide` live here.
///
/// `base` is the record that was read (null: there was none); the write takes effect only if that is still so. The
/// result is applied, conflict (known never to take effect) or unknown; an `Error` means known not applied, `fenced`
/// among them. Cost: 1 request; on a storage with late writes a conflict +1 read; a lost reply +1 send, +1 read if that
/// conflicts.
template <ConditionalStorage S>
    requires AttributedStorage<S>
Result<Commit> settle(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
    auto sending = detail::Sending::prepare(storage, ctx, id, base, std::move(change));
    if (!sending) return sending.error();
    return detail::settle_sending(storage, ctx, id, *sending, [&] {
        return sending->vanish ? storage.remove(ctx, id, sending->when)
                               : storage.write(ctx, id, sending->record, sending->when);
    });
}

/// `settle` for several records, all or none. A lost reply is decided by the ring of the first record that is
/// written, since the fate of one is the fate of all; on a storage with late writes a conflict reads the others, too,
/// as far as one that was overtaken.
template <TransactionalStorage S>
    requires AttributedStorage<S>
Result<BatchCommit> settle_all(S& storage, Context const& ctx, std::span<BatchChange> changes) {
    std::vector<Write> writes;
    std::vector<RecordPtr> records;
    std::optional<detail::Sending> witness;
    RecordId const* witness_id = nullptr;
    for (BatchChange& change : changes) {
        if (change.only_check) {
            writes.push_back({change.id, nullptr, Precondition::absent()});
            records.push_back(nullptr);
            continue;
        }
        auto sending = detail::Sending::prepare(storage, ctx, change.id, change.base, std::move(change.change));
        if (!sending) return sending.error();
        writes.push_back({change.id, sending->vanish ? nullptr : sending->record, sending->when});
        records.push_back(writes.back().record);
        if (witness_id == nullptr ||
            (witness->vanish && !sending->vanish)) {  // a record that stays is the better witness
            witness_id = &change.id;
            witness.emplace(std::move(*sending));
        }
    }
    auto const send = [&] { return storage.write_all(ctx, std::span<Write const>(writes)); };
    if (witness_id == nullptr) {  // nothing but checks
        auto const checked = send();
        if (!checked) return checked.error();
        if (checked->kind() == WriteOutcome::Kind::applied)
            return BatchCommit{Commit::applied(nullptr), std::move(records)};
        return BatchCommit{Commit::conflict(), {}};
    }
    // The base of the witness may be current, and that of another record not: then the batch can never be made.
    auto const beaten = [&] {
        for (Write const& one : writes) {
            auto const now = detail::read_patiently(storage, ctx, one.id);
            if (!now) continue;
            if (one.record ? decide(detail::Sending::trace_of(*one.record, one.id.slot), now->get()) == Fate::never
                           : *now != nullptr)
                return true;
        }
        return false;
    };
    auto commit = detail::settle_sending(storage, ctx, *witness_id, *witness, send, beaten);
    if (!commit) return commit.error();
    return BatchCommit{std::move(*commit), std::move(records)};
}

}  // namespace holdfast

#endif
