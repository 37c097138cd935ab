#ifndef HOLDFAST_TESTING_LINEARIZABILITY_RECORDED_HISTORY_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_RECORDED_HISTORY_HPP

#include <holdfast/testing/linearizability/event.hpp>

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// Texts and the numbers that stand for them: 0, 1, 2, … in the order in which they were first named.
class Names {
public:
    std::uint32_t operator()(std::string_view text) {
        auto const [at, fresh] = numbers_.try_emplace(std::string(text), static_cast<std::uint32_t>(texts_.size()));
        if (fresh) texts_.push_back(at->first);
        return at->second;
    }
    std::string_view text(std::uint32_t number) const { return texts_[number]; }
    std::size_t size() const noexcept { return texts_.size(); }

private:
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<std::string> texts_;
};

/// What many callers did to many registers. Made by `HistoryRecorder`, by `read_history`, or by hand; judged by
/// `check_linearizability`. The order of `events` means nothing, their moments do.
struct RecordedHistory {
    Names keys, actors, values;
    std::vector<HistoryEvent> events;
    std::unordered_map<std::uint32_t, Token> initial;  ///< of keys that were not absent when the history began
    bool nanoseconds = false;                          ///< the unit of the moments, for people; otherwise they count

    /// The token of a text; the same text is the same token, and none is `absent_token`.
    Token token(std::string_view text) { return Token(values(text)) + 1; }
    /// The text of a token.
    std::string_view text(Token token) const {
        if (token == absent_token || token > values.size()) return "absent";
        return values.text(static_cast<std::uint32_t>(token - 1));
    }

    HistoryEvent& read(std::string_view key, std::string_view actor, Token saw, Moment invoked, Moment returned) {
        return add({.key = keys(key), .actor = actors(actor), .value = saw, .invoked = invoked, .returned = returned});
    }
    /// A write whatever is there.
    HistoryEvent& write(std::string_view key, std::string_view actor, Token value, Moment invoked, Moment returned,
                        HistoryEvent::Outcome outcome = HistoryEvent::Outcome::applied) {
        return add({.key = keys(key),
                    .actor = actors(actor),
                    .kind = HistoryEvent::Kind::write,
                    .outcome = outcome,
                    .value = value,
                    .invoked = invoked,
                    .returned = returned});
    }
    /// A write that needs `expected`.
    HistoryEvent& swap(std::string_view key, std::string_view actor, Token expected, Token value, Moment invoked,
                       Moment returned, HistoryEvent::Outcome outcome = HistoryEvent::Outcome::applied) {
        HistoryEvent& event = write(key, actor, value, invoked, returned, outcome);
        event.conditional = true;
        event.expected = expected;
        return event;
    }
    HistoryEvent& add(HistoryEvent event) { return events.emplace_back(event); }
};

}  // namespace holdfast::testing

#endif
