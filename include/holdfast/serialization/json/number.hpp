#ifndef HOLDFAST_SERIALIZATION_JSON_NUMBER_HPP
#define HOLDFAST_SERIALIZATION_JSON_NUMBER_HPP

#include <simdjson.h>

#include <charconv>
#include <climits>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace holdfast::detail {

/// How many bytes at the beginning are a number by the grammar of RFC 8259; 0 if none.
inline std::size_t json_number_size(std::string_view text) noexcept {
    std::size_t at = 0;
    auto const is = [&](char c) { return at < text.size() && text[at] == c; };
    auto const digits = [&] {
        std::size_t const begin = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at != begin;
    };
    if (is('-')) ++at;
    if (is('0')) ++at;
    else if (!digits()) return 0;
    if (is('.') && (++at, !digits())) return 0;
    if (is('e') || is('E')) {
        ++at;
        if (is('+') || is('-')) ++at;
        if (!digits()) return 0;
    }
    return at;
}

/// The power of ten of the first digit that is not zero.
inline long json_magnitude(std::string_view text) noexcept {
    std::size_t const mantissa = text.find_first_of("eE") < text.size() ? text.find_first_of("eE") : text.size();
    std::size_t const point = text.substr(0, mantissa).find('.') < mantissa ? text.find('.') : mantissa;
    std::size_t const first = text.find_first_of("123456789");
    long const digits = first < point ? static_cast<long>(point - first) - 1 : -static_cast<long>(first - point);
    if (mantissa == text.size()) return digits;
    bool const negative = text[mantissa + 1] == '-';
    long exponent = 0;
    for (char const c : text.substr(mantissa + 1)) {
        if (c >= '0' && c <= '9' && exponent < LONG_MAX / 100) exponent = exponent * 10 + (c - '0');
    }
    return digits + (negative ? -exponent : exponent);
}

/// Text that is a number by the grammar, to the nearest value. False if that is infinite.
template <std::floating_point T>
bool parse_json_number(std::string_view text, T& value) {
#if defined(__cpp_lib_to_chars)
    auto const [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{}) return true;
    // Out of range on either side: too small is nothing, too large is no number of this type.
    bool const small = json_magnitude(text) < 0;
    if (small) value = text.front() == '-' ? -T(0) : T(0);
    return small;
#else
    simdjson::padded_string const copy(text);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    double wide = 0;
    if (parser.iterate(copy).get(document) || document.get_double().get(wide)) return false;
    value = static_cast<T>(wide);
    return std::isfinite(value);
#endif
}

}  // namespace holdfast::detail

#endif
