#ifndef HOLDFAST_TESTS_UNIT_SUPPORT_HISTORIES_HPP
#define HOLDFAST_TESTS_UNIT_SUPPORT_HISTORIES_HPP

#include <holdfast/testing/linearizability.hpp>

#include <string>

namespace holdfast_tests {

inline std::string violation(holdfast::testing::RecordedHistory const& history) {
    return holdfast::testing::check_linearizability(history).text;
}

/// The events as short lines: `actor kind expected>value outcome`.
inline std::string summary(holdfast::testing::RecordedHistory const& history) {
    std::string text;
    for (holdfast::testing::HistoryEvent const& event : history.events) {
        text += std::string(history.actors.text(event.actor)) + " " + std::string(history.keys.text(event.key)) + " ";
        if (event.kind == holdfast::testing::HistoryEvent::Kind::write) {
            text += event.conditional ? std::string(history.text(event.expected)) : std::string("any");
            text += ">";
        }
        text += std::string(history.text(event.value)) + " ";
        text += "acfu"[static_cast<unsigned>(event.outcome)];
        text += event.returned == holdfast::testing::never ? "? " : event.returned > event.invoked ? " " : "! ";
    }
    return text;
}

}  // namespace holdfast_tests

#endif
