#ifndef HOLDFAST_SERIALIZATION_JSON_NUMBER_HPP
#define HOLDFAST_SERIALIZATION_JSON_NUMBER_HPP

#include <simdjson.h>

#include <cfloat>
#include <charconv>
#include <climits>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string_view>
#include <system_error>

namespace holdfast::detail {

/// Appends the digits at `at` to `value`, which must have room for them. Returns where they end.
inline char const* json_digits(char const* at, char const* end, std::uint64_t& value) noexcept {
    for (; at != end && static_cast<unsigned char>(*at - '0') < 10; ++at)
        value = value * 10 + static_cast<std::uint64_t>(*at - '0');
    return at;
}

/// A decimal of few digits and without an exponent, which one exact division makes the nearest value. Returns where it
/// ends; null for any other text, of which nothing is known then.
template <std::floating_point T>
char const* read_json_decimal(char const* at, char const* end, T& value) noexcept {
    constexpr T powers[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
    bool const negative = at != end && *at == '-';
    std::uint64_t digits = 0;
    char const* const whole = at + negative;
    char const* stop = json_digits(whole, end, digits);
    auto count = stop - whole;
    if (count == 0 || (count > 1 && *whole == '0')) return nullptr;
    std::ptrdiff_t fraction = 0;
    if (stop != end && *stop == '.') {
        char const* const point = stop++;
        stop = json_digits(stop, end, digits);
        fraction = stop - point - 1;
        if (fraction == 0 || fraction >= std::ssize(powers)) return nullptr;
        count += fraction;
    }
    if (FLT_EVAL_METHOD != 0 || count > 18 || digits >> std::numeric_limits<T>::digits != 0) return nullptr;
    T const magnitude = static_cast<T>(static_cast<std::int64_t>(digits)) / powers[fraction];
    value = negative ? -magnitude : magnitude;
    return stop;
}

/// How many bytes at the beginning are a number by the grammar of RFC 8259; 0 if none.
inline std::size_t json_number_size(std::string_view text) noexcept {
    char const* at = text.data();
    char const* const end = at + text.size();
    auto const is = [&](char c) { return at != end && *at == c; };
    auto const digits = [&] {
        char const* const begin = at;
        while (at != end && static_cast<unsigned char>(*at - '0') < 10) ++at;
        return at != begin;
    };
    at += is('-');
    if (is('0')) ++at;
    else if (!digits()) return 0;
    if (is('.') && (++at, !digits())) return 0;
    if (at != end && (*at | 0x20) == 'e') {
        ++at;
        at += is('+') || is('-');
        if (!digits()) return 0;
    }
    return static_cast<std::size_t>(at - text.data());
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
    bool const tiny = json_magnitude(text) < 0;
    if (tiny) value = text.front() == '-' ? -T(0) : T(0);
    return tiny;
#else
    simdjson::padded_string const copy(text);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    double wide = 0;
    if (parser.iterate(copy).get(document) || document.get_double().get(wide)) return false;
    value = static_cast<T>(wide);
    return value >= std::numeric_limits<T>::lowest() && value <= (std::numeric_limits<T>::max)();
#endif
}

}  // namespace holdfast::detail

#endif
