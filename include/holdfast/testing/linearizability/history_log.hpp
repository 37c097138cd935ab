#ifndef HOLDFAST_TESTING_LINEARIZABILITY_HISTORY_LOG_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_HISTORY_LOG_HPP

#include <holdfast/core/fate.hpp>
#include <holdfast/testing/linearizability/event.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::testing {

/// Where calls are noted while they are made: `HistoryRecorder` keeps them in memory, `HistoryFile` in a file.
///
/// A call that never ends counts as unknown if it intended to write, and as nothing otherwise. Thread safety: every
/// member, from any thread.
class HistoryLog {
public:
    using Call = std::uint64_t;
    /// The text of a value; nothing for absence.
    using Value = std::optional<std::string_view>;

    struct Intention {
        bool conditional = true;
        Value expected{};  ///< if `conditional`
        Value value{};
    };

    virtual ~HistoryLog() = default;

    /// To be called before the call is made.
    virtual Call begin(std::string_view actor, std::string_view key, HistoryEvent::Kind kind) = 0;
    /// What a write is about to do, before it can take effect; null: nothing (any more). The last one counts: those
    /// before are known not to have been applied.
    virtual void intend(Call call, Intention const* intention) = 0;
    /// To be called after the call has returned. `value` is what was read, or what an applied write says that it wrote;
    /// null if there is nothing to say. `handle` names an unknown write for `settle`.
    virtual void end(Call call, HistoryEvent::Outcome outcome, Value const* value = nullptr, WriteId handle = {}) = 0;
    /// What was found out later about an unknown write, by whomever. `pending` and `unknown` say nothing.
    virtual void settle(WriteId handle, Fate fate) = 0;
};

}  // namespace holdfast::testing

#endif
