#ifndef HOLDFAST_TESTING_LINEARIZABILITY_TRACE_RECORDER_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_TRACE_RECORDER_HPP

#include <holdfast/format/xxh64.hpp>
#include <holdfast/layer/traced.hpp>
#include <holdfast/testing/linearizability/history_log.hpp>

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// Notes what a storage was asked and answered, as a history of its record ids: proves the storage itself.
///
///     HistoryRecorder log;
///     TraceRecorder trace(log, "A");
///     Traced storage(MemoryStorage(), trace);
///
/// The value of a record is the id of its newest write (of a foreign record, which has none, the hash of its payload),
/// so that a write whose outcome is unknown is recognized. What is recorded:
/// - a read that succeeded; a write, removal or batch with its precondition; an `Error` as known not applied;
/// - a conflict, and that the precondition did not hold then. Where writes can land late or twice, a conflict may be
///   the echo of an own success: there the write counts as unknown;
/// - a batch as a write for each of its records; that they happen together is not checked, and a conflict of a batch
///   says nothing of a single record.
///
/// Listings and waits are not recorded. A read that may be stale is judged like any other. A storage whose revisions
/// are not write ids must have given a revision through the same recorder before it is used in a precondition.
/// Thread safety: every member, from any thread. One recorder for each store that counts as an actor of its own.
class TraceRecorder final : public TraceSink {
public:
    TraceRecorder(HistoryLog& log, std::string actor) : log_(&log), actor_(std::move(actor)) {}

    void begin(TracedCall& call) override {
        Operation const& operation = call.operation;
        switch (operation.kind) {
            case Operation::Kind::read:
            case Operation::Kind::read_aged:
                call.tickets.push_back(log_->begin(actor_, register_of(*operation.id), HistoryEvent::Kind::read));
                break;
            case Operation::Kind::write: begin_write(call, *operation.id, *operation.record, *operation.when); break;
            case Operation::Kind::remove: begin_write(call, *operation.id, nullptr, *operation.when); break;
            case Operation::Kind::write_all:
                for (Write const& write : operation.writes) begin_write(call, write.id, write.record, write.when);
                break;
            case Operation::Kind::read_many:
                for (KnownRecord const& read : operation.reads)
                    call.tickets.push_back(log_->begin(actor_, register_of(read.id), HistoryEvent::Kind::read));
                break;
            case Operation::Kind::remove_many:
                for (Removal const& one : operation.removals) begin_write(call, one.id, nullptr, one.when);
                break;
            case Operation::Kind::list:
            case Operation::Kind::wait:
            default: break;
        }
    }

    void end_read(TracedCall const& call, Result<RecordPtr> const& read) override { end_read(call.tickets.front(), read); }
    void end_read_aged(TracedCall const& call, Result<Aged> const& read) override {
        end_read(call, read ? Result<RecordPtr>(read->record) : Result<RecordPtr>(read.error()));
    }
    void end_read_many(TracedCall const& call, Result<std::vector<Result<RecordPtr>>> const& read) override {
        for (std::size_t i = 0; i < call.tickets.size(); ++i)
            end_read(call.tickets[i], read ? (*read)[i] : Result<RecordPtr>(read.error()));
    }

    void end_write(TracedCall const& call, Result<WriteOutcome> const& wrote) override {
        if (wrote && wrote->kind() == WriteOutcome::Kind::applied && call.operation.record != nullptr)
            learn(wrote->revision(), **call.operation.record);
        end_write(call, call.tickets, wrote);
    }
    void end_remove_many(TracedCall const& call, Result<std::vector<Result<WriteOutcome>>> const& done) override {
        std::size_t const count = call.operation.removals.size();
        std::size_t const each = count == 0 ? 0 : call.tickets.size() / count;
        for (std::size_t i = 0; i < count; ++i)
            end_write(call, std::span(call.tickets).subspan(i * each, each),
                      done ? (*done)[i] : Result<WriteOutcome>(done.error()));
    }

private:
    void end_read(std::uint64_t ticket, Result<RecordPtr> const& read) {
        if (!read) return log_->end(ticket, HistoryEvent::Outcome::failed);
        if (*read) learn((*read)->revision, **read);
        std::string const text = *read ? name_of(**read) : std::string();
        HistoryLog::Value const value = *read ? HistoryLog::Value(text) : std::nullopt;
        log_->end(ticket, HistoryEvent::Outcome::applied, &value);
    }

    void end_write(TracedCall const& call, std::span<std::uint64_t const> tickets, Result<WriteOutcome> const& wrote) {
        using Outcome = HistoryEvent::Outcome;
        bool const conflict = wrote && wrote->kind() == WriteOutcome::Kind::conflict;
        bool const batch = call.operation.kind == Operation::Kind::write_all;
        Outcome const outcome = !wrote                                         ? Outcome::failed
                                : wrote->kind() == WriteOutcome::Kind::applied ? Outcome::applied
                                : !conflict                                    ? Outcome::unknown
                                : call.late_writes                             ? Outcome::unknown
                                : batch                                        ? Outcome::failed
                                                                               : Outcome::conflict;
        bool const witness = call.late_writes && !batch;  // the second ticket: that the precondition did not hold
        if (!tickets.empty() && witness) log_->end(tickets.back(), conflict ? Outcome::conflict : Outcome::failed);
        for (std::size_t i = 0; i + (witness ? 1 : 0) < tickets.size(); ++i) log_->end(tickets[i], outcome);
    }

    void begin_write(TracedCall& call, RecordId const& id, RecordPtr const& record, Precondition const& when) {
        std::string const old_text = when.kind() == Precondition::Kind::matches ? name_of(when.revision()) : "";
        std::string const new_text = record ? name_of(*record) : "";
        HistoryLog::Intention intention{when.kind() != Precondition::Kind::none, {}, {}};
        if (when.kind() == Precondition::Kind::matches) intention.expected = old_text;
        if (record) intention.value = new_text;
        bool const witness = call.late_writes && call.operation.kind != Operation::Kind::write_all;
        for (int i = 0; i < (witness ? 2 : 1); ++i) {
            auto const ticket = log_->begin(actor_, register_of(id), HistoryEvent::Kind::write);
            call.tickets.push_back(ticket);
            if (i == 0) log_->intend(ticket, &intention);
        }
        if (witness) log_->intend(call.tickets.back(), &intention);
    }

    /// The key; for all but the current slot followed by a tab, which no key has, and the rest of the id.
    static std::string register_of(RecordId const& id) {
        std::string text(id.key.view());
        if (id.slot != Slot::current) text.append("\t").append(name(id.slot));
        if (id.slot == Slot::version) text.append(" ").append(to_string(id.version));
        return text;
    }

    static std::string name_of(Record const& record) {
        if (WriteId const id = record.stamp.ids.newest()) return name_of(id);
        holdfast::detail::Xxh64 hash;
        hash.update(record.payload.view());
        auto const text = holdfast::detail::to_hex(hash.digest());
        return "payload " + std::string(text.data(), text.size());
    }
    static std::string name_of(WriteId id) {
        auto const text = id.text();
        return std::string(text.data(), text.size());
    }
    std::string name_of(Revision const& revision) {
        {
            std::lock_guard const lock(mutex_);
            auto const at = names_.find(revision.view());
            if (at != names_.end()) return at->second;
        }
        return name_of(revision.write_id());
    }

    /// Remembers of which record a revision is, unless it says so itself.
    void learn(Revision const& revision, Record const& record) {
        WriteId const id = record.stamp.ids.newest();
        if (id && revision == Revision(id)) return;
        std::lock_guard const lock(mutex_);
        names_.insert_or_assign(std::string(revision.view()), name_of(record));
    }

    HistoryLog* log_;
    std::string actor_;
    std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> names_;
};

}  // namespace holdfast::testing

#endif
