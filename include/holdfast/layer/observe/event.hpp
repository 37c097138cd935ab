#ifndef HOLDFAST_LAYER_OBSERVE_EVENT_HPP
#define HOLDFAST_LAYER_OBSERVE_EVENT_HPP

#include <holdfast/layer/layer.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace holdfast {

/// An operation of a storage that ended. What it refers to lives as long as the call that hands it out. It holds no
/// payload, only how large that was.
struct StorageEvent {
    enum class Outcome : unsigned char {
        ok,        ///< of a read, a listing or a wait
        applied,   ///< of a write, as are the next two
        conflict,  ///< the precondition did not hold: an answer, not a failure
        unknown,   ///< it may have been made: `error` says what went wrong
        failed,    ///< `error` says why; a write was not made
    };

    Operation const& operation;
    Context const& context;  ///< its environment tells the time of day
    Outcome outcome = Outcome::ok;
    Error const* error = nullptr;  ///< if it failed or is unknown
    Duration duration{};           ///< by the monotonic clock
    std::size_t bytes_out = 0;     ///< of the payloads that were to be written
    std::size_t bytes_in = 0;      ///< of the payload that was read; none if the record was still the known one
    std::size_t records = 0;       ///< read: 0 or 1, listing: found, batch: in it, write: 1, wait: changed

    /// A word from a small set: `ok`, `applied`, `conflict`, `unknown`, or the name of the error's code.
    std::string_view outcome_name() const noexcept {
        switch (outcome) {
            case Outcome::ok: return "ok";
            case Outcome::applied: return "applied";
            case Outcome::conflict: return "conflict";
            case Outcome::unknown: return "unknown";
            case Outcome::failed:
            default: return name(error->code());
        }
    }
};

namespace detail {

template <class T>
void note_result(StorageEvent& event, Result<T> const& result) noexcept;

inline std::size_t payload_size(RecordPtr const& record) noexcept { return record ? record->payload.size() : 0; }

/// What is known before the operation begins.
inline void note_request(StorageEvent& event) noexcept {
    Operation const& operation = event.operation;
    if (operation.record != nullptr) {
        event.bytes_out = payload_size(*operation.record);
        event.records = 1;
    }
    for (Write const& write : operation.writes) event.bytes_out += payload_size(write.record);
    event.records += operation.writes.size() + operation.removals.size();
}

inline void note_answer(StorageEvent& event, RecordPtr const& record) noexcept {
    bool const known = event.operation.known != nullptr && *event.operation.known == record;
    event.bytes_in = known ? 0 : payload_size(record);
    event.records = record ? 1 : 0;
}
inline void note_answer(StorageEvent& event, ListPage const& page) noexcept { event.records = page.records.size(); }
inline void note_answer(StorageEvent& event, bool changed) noexcept { event.records = changed ? 1 : 0; }
/// Of many the first that failed is told, else that there was a conflict.
template <class One>
void note_answer(StorageEvent& event, std::vector<Result<One>> const& all) noexcept {
    for (std::size_t i = 0; i < all.size(); ++i) {
        Operation one{.kind = event.operation.kind};
        if (i < event.operation.reads.size()) one.known = &event.operation.reads[i].known;
        StorageEvent part{.operation = one, .context = event.context};
        note_result(part, all[i]);
        event.bytes_in += part.bytes_in;
        event.records += part.records;
        bool const first = event.error == nullptr && (part.error != nullptr || event.outcome != StorageEvent::Outcome::conflict);
        if (!first) continue;
        event.outcome = part.outcome;
        event.error = part.error;
    }
}
inline void note_answer(StorageEvent& event, Aged const& aged) noexcept { note_answer(event, aged.record); }
inline void note_answer(StorageEvent& event, WriteOutcome const& outcome) noexcept {
    using Kind = WriteOutcome::Kind;
    using Outcome = StorageEvent::Outcome;
    event.outcome = outcome.kind() == Kind::applied    ? Outcome::applied
                    : outcome.kind() == Kind::conflict ? Outcome::conflict
                                                       : Outcome::unknown;
    if (event.outcome == Outcome::unknown) event.error = &outcome.why();
}

template <class T>
void note_result(StorageEvent& event, Result<T> const& result) noexcept {
    if (result) return note_answer(event, *result);
    event.outcome = StorageEvent::Outcome::failed;
    event.error = &result.error();
}

}  // namespace detail

}  // namespace holdfast

#endif
