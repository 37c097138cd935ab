#pragma once

#include <holdfast/concepts/serialization.hpp>

#include <charconv>
#include <concepts>
#include <string>
#include <system_error>

using namespace holdfast;

/// A number as decimal digits.
struct Decimal {
    static constexpr Family family = Family::serialization;

    template <std::integral State>
    Result<void> encode(CodingContext const&, State state, Buffer& out) const {
        std::string const text = std::to_string(state);
        out.append(text.data(), text.size());
        return {};
    }
    template <std::integral State>
    Result<State> decode(CodingContext const&, RecordPtr const& record) const {
        std::string_view const text = record->payload.view();
        State state{};
        auto const [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), state);
        if (wrong == std::errc() && end == text.data() + text.size()) return state;
        return Error(Errc::malformed, "the payload is no whole number in decimal digits, or too large a one");
    }
};
