#ifndef HOLDFAST_TESTING_LINEARIZABILITY_PLAN_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_PLAN_HPP

#include <holdfast/testing/linearizability/event.hpp>

#include <gsl/assert>

#include <algorithm>
#include <map>
#include <span>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace holdfast::testing::detail {

/// The calls on one register, made ready for the search: a time line, and the unknown writes in classes.
struct Plan {
    static constexpr std::uint32_t no_class = ~0u;
    /// Stands for every value that nobody ever saw or expected: one is as good as another.
    static constexpr Token unseen = ~Token(0);

    struct Call {
        HistoryEvent::Kind kind;
        HistoryEvent::Outcome outcome;
        bool conditional;
        Token expected, value;
        std::uint32_t unknown_class;

        bool writes() const noexcept {
            return kind == HistoryEvent::Kind::write && outcome == HistoryEvent::Outcome::applied;
        }
        bool allowed_in(Token state) const noexcept { return !conditional || expected == state; }
        /// The value in which it can take its place; `unseen` if that is any.
        Token needs() const noexcept {
            return kind == HistoryEvent::Kind::read ? value : conditional ? expected : unseen;
        }
        /// Whether it can take its place while the register is `state`, and leaves it so.
        bool changes_nothing_in(Token state) const noexcept {
            if (kind == HistoryEvent::Kind::read) return value == state;
            if (outcome == HistoryEvent::Outcome::conflict) return expected != state;
            return conditional && expected == value && value == state;
        }
    };
    /// Unknown writes of which one is as good as another.
    struct Class {
        Token value;
        std::vector<std::size_t> begins;  ///< in the time line

        std::size_t begun_before(std::size_t at) const noexcept {
            return static_cast<std::size_t>(std::lower_bound(begins.begin(), begins.end(), at) - begins.begin());
        }
    };
    struct Step {
        std::uint32_t call;
        bool returns;
    };

    Token initial;
    std::vector<Call> calls;  ///< as the events that were given
    std::vector<Step> steps;  ///< in the order of time; of equal moments the beginnings first
    std::vector<Class> classes;
    std::map<Token, std::uint32_t> unconditional;  ///< the class that sets a value whatever is there
    std::unordered_map<Token, std::vector<std::uint32_t>> expecting;

    std::span<std::uint32_t const> classes_expecting(Token value) const {
        auto const at = expecting.find(value);
        if (at == expecting.end()) return {};
        return at->second;
    }

    Plan(std::span<HistoryEvent const> events, Token first) {
        std::unordered_set<Token> seen{absent_token};
        for (HistoryEvent const& event : events) {
            if (event.kind == HistoryEvent::Kind::read) seen.insert(event.value);
            else if (event.conditional) seen.insert(event.expected);
        }
        auto const name = [&](Token token) { return seen.contains(token) ? token : unseen; };
        initial = name(first);

        std::vector<std::pair<Moment, Step>> line;
        for (HistoryEvent const& event : events) {
            Expects(event.outcome == HistoryEvent::Outcome::unknown || event.invoked <= event.returned);
            auto const number = static_cast<std::uint32_t>(calls.size());
            calls.push_back(
                {event.kind, event.outcome, event.conditional, event.expected, name(event.value), no_class});
            if (says_nothing(event)) continue;
            line.push_back({event.invoked, {number, false}});
            if (event.outcome != HistoryEvent::Outcome::unknown && event.returned != never)
                line.push_back({event.returned, {number, true}});
        }
        std::stable_sort(line.begin(), line.end(), [](auto const& a, auto const& b) {
            return std::tuple(a.first, a.second.returns) < std::tuple(b.first, b.second.returns);
        });

        std::map<std::tuple<bool, Token, Token>, std::uint32_t> numbers;
        for (auto const& [moment, step] : line) {
            Call& call = calls[step.call];
            if (call.outcome == HistoryEvent::Outcome::unknown) {
                Token const expected = call.conditional ? call.expected : absent_token;
                auto const [at, fresh] = numbers.try_emplace({call.conditional, expected, call.value},
                                                             static_cast<std::uint32_t>(classes.size()));
                call.unknown_class = at->second;
                if (fresh) {
                    classes.push_back({call.value, {}});
                    if (call.conditional) expecting[expected].push_back(call.unknown_class);
                    else unconditional.emplace(call.value, call.unknown_class);
                }
                classes[call.unknown_class].begins.push_back(steps.size());
            }
            steps.push_back(step);
        }
    }

    static bool says_nothing(HistoryEvent const& event) noexcept {
        if (event.outcome == HistoryEvent::Outcome::failed) return true;
        if (event.kind == HistoryEvent::Kind::read) return event.outcome != HistoryEvent::Outcome::applied;
        return event.outcome == HistoryEvent::Outcome::conflict && !event.conditional;
    }
};

}  // namespace holdfast::testing::detail

#endif
