#ifndef HOLDFAST_TESTS_UNIT_SUPPORT_PLAIN_TEXT_HPP
#define HOLDFAST_TESTS_UNIT_SUPPORT_PLAIN_TEXT_HPP

#include <holdfast/concepts/serialization.hpp>

#include <string>

namespace holdfast_tests {

/// The smallest serialization of text: the tests of the core lean on no other component.
struct PlainText {
    static constexpr holdfast::Family family = holdfast::Family::serialization;

    holdfast::Result<void> encode(holdfast::CodingContext const&, std::string const& state, holdfast::Buffer& out) {
        out.append(state);
        return {};
    }
    template <class State>
    holdfast::Result<State> decode(holdfast::CodingContext const&, holdfast::RecordPtr const& record) {
        return State(record->payload.view());
    }
};

}  // namespace holdfast_tests

#endif
