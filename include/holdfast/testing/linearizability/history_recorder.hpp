#ifndef HOLDFAST_TESTING_LINEARIZABILITY_HISTORY_RECORDER_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_HISTORY_RECORDER_HPP

#include <holdfast/testing/linearizability/assembly.hpp>

#include <mutex>

namespace holdfast::testing {

/// Notes calls of one process in memory. Their moments are numbers of one sequence, so that it works where a clock is
/// coarse or virtual. Cost: less than a microsecond a call, and a
/// lock for a moment at its beginning and end.
class HistoryRecorder final : public HistoryLog {
public:
    Call begin(std::string_view actor, std::string_view key, HistoryEvent::Kind kind) override {
        std::lock_guard const lock(mutex_);
        return assembly_.begin(actor, key, kind, ++now_);
    }
    void intend(Call call, Intention const* intention) override {
        std::lock_guard const lock(mutex_);
        assembly_.intend(call, intention);
    }
    void end(Call call, HistoryEvent::Outcome outcome, Value const* value = nullptr, WriteId handle = {}) override {
        std::lock_guard const lock(mutex_);
        assembly_.end(call, outcome, value, handle, ++now_);
    }
    void settle(WriteId handle, Fate fate) override {
        std::lock_guard const lock(mutex_);
        assembly_.settle(handle, fate, ++now_);
    }

    /// All calls so far.
    RecordedHistory history() const {
        std::lock_guard const lock(mutex_);
        return assembly_.history;
    }

private:
    mutable std::mutex mutex_;
    detail::Assembly assembly_;
    Moment now_ = 0;
};

}  // namespace holdfast::testing

#endif
