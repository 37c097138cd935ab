#ifndef HOLDFAST_TESTING_LINEARIZABILITY_CHECK_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_CHECK_HPP

#include <holdfast/testing/linearizability/explanation.hpp>
#include <holdfast/testing/linearizability/verdict.hpp>

#include <optional>

namespace holdfast::testing {

/// Whether every register of the history behaved as if each call had taken effect at one instant between its beginning
/// and its end (M. Herlihy, J. Wing 1990), what is unknown at any instant after its beginning, or never.
///
/// Registers are judged one by one; that is exact, as linearizability is local. It proves nothing about several keys
/// together. Values may repeat; the more they differ, the more a history says.
///
/// The answer is exact, or `undecided` when a register takes more than `options.steps`. Cost: about 1 µs a call where
/// few calls overlap; the worst case is exponential in the calls that overlap, hence the limit. Exceptions: allocation.
inline LinearizabilityVerdict check_linearizability(RecordedHistory const& history,
                                                    LinearizabilityOptions const& options = {}) {
    using Kind = LinearizabilityVerdict::Kind;
    std::vector<std::vector<HistoryEvent>> by_key(history.keys.size());
    for (HistoryEvent const& event : history.events) by_key[event.key].push_back(event);

    LinearizabilityVerdict verdict;
    for (std::uint32_t key = 0; key < by_key.size(); ++key) {
        auto const& events = by_key[key];
        auto const first = history.initial.find(key);
        Token const initial = first == history.initial.end() ? absent_token : first->second;
        detail::Plan const plan(events, initial);
        detail::Search search(plan, options.steps);
        auto const found = search.run();
        verdict.steps += search.steps();
        if (found == detail::Search::Found::order) continue;
        std::string const name(history.keys.text(key));
        if (found == detail::Search::Found::undecided) {
            if (verdict.kind == Kind::undecided) continue;
            verdict.kind = Kind::undecided;
            verdict.key = name;
            verdict.text = "key \"" + name + "\": no answer after " + std::to_string(search.steps()) +
                           " steps; allow more of them, or record fewer calls at once\n";
            continue;
        }
        detail::Contradiction contradiction(events, initial, plan, search, options.steps);
        if (options.explain) contradiction.reduce();
        verdict.kind = Kind::violation;
        verdict.key = name;
        verdict.text = detail::Explanation(history, events).describe(contradiction);
        for (auto const& part : contradiction.parts())
            if (part.certain) verdict.contradiction.push_back(part.event);
        return verdict;
    }
    return verdict;
}

}  // namespace holdfast::testing

#endif
