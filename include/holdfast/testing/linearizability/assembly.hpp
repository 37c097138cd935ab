#ifndef HOLDFAST_TESTING_LINEARIZABILITY_ASSEMBLY_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_ASSEMBLY_HPP

#include <holdfast/testing/linearizability/history_log.hpp>
#include <holdfast/testing/linearizability/recorded_history.hpp>

#include <map>

namespace holdfast::testing::detail {

/// Makes events of what a log is told, in the order of time.
class Assembly {
public:
    using Outcome = HistoryEvent::Outcome;
    using Value = HistoryLog::Value;

    RecordedHistory history;

    /// The index of the event. Until it ends, it says nothing.
    std::size_t begin(std::string_view actor, std::string_view key, HistoryEvent::Kind kind, Moment now) {
        history.add({.key = history.keys(key),
                     .actor = history.actors(actor),
                     .kind = kind,
                     .outcome = Outcome::failed,
                     .invoked = now});
        return history.events.size() - 1;
    }
    void intend(std::size_t call, HistoryLog::Intention const* intention) {
        HistoryEvent& event = history.events[call];
        event.outcome = intention != nullptr ? Outcome::unknown : Outcome::failed;
        if (intention == nullptr) return;
        event.conditional = intention->conditional;
        event.expected = intention->conditional ? token(intention->expected) : absent_token;
        event.value = token(intention->value);
    }
    void end(std::size_t call, Outcome outcome, Value const* value, WriteId handle, Moment now) {
        HistoryEvent& event = history.events[call];
        // A write that intended nothing made nothing, whatever is said of it.
        bool const intended = event.kind == HistoryEvent::Kind::read || event.outcome == Outcome::unknown;
        event.outcome = intended ? outcome : Outcome::failed;
        if (value != nullptr) event.value = token(*value);
        if (outcome != Outcome::unknown) event.returned = now;
        else if (handle) handles_.emplace(handle, call);
    }
    /// The first answer counts: another would be seen in what is read.
    void settle(WriteId handle, Fate fate, Moment now) {
        auto const at = handles_.find(handle);
        if (at == handles_.end() || (fate != Fate::applied && fate != Fate::never)) return;
        HistoryEvent& event = history.events[at->second];
        event.outcome = fate == Fate::applied ? Outcome::applied : Outcome::failed;
        event.returned = now;
        handles_.erase(at);
    }

private:
    Token token(Value const& value) { return value ? history.token(*value) : absent_token; }

    std::map<WriteId, std::size_t> handles_;
};

}  // namespace holdfast::testing::detail

#endif
