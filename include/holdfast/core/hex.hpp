#ifndef HOLDFAST_CORE_HEX_HPP
#define HOLDFAST_CORE_HEX_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::detail {

inline constexpr std::string_view hex_digits = "0123456789abcdef";

/// 16 lowercase hexadecimal digits, most significant first.
constexpr std::array<char, 16> to_hex(std::uint64_t value) noexcept {
    std::array<char, 16> text{};
    for (std::size_t i = 0; i < 16; ++i) text[i] = hex_digits[value >> (60 - 4 * i) & 15];
    return text;
}

/// The two digits of a byte.
constexpr std::array<char, 2> hex_of(char c) noexcept {
    auto const byte = static_cast<unsigned char>(c);
    return {hex_digits[byte >> 4], hex_digits[byte & 15]};
}

/// The reverse for any number of digits up to 16; uppercase is refused, so that a value has one text.
constexpr std::optional<std::uint64_t> from_hex(std::string_view text) noexcept {
    if (text.empty() || text.size() > 16) return std::nullopt;
    std::uint64_t value = 0;
    for (char const c : text) {
        bool const decimal = c >= '0' && c <= '9';
        if (!decimal && (c < 'a' || c > 'f')) return std::nullopt;
        value = value << 4 | static_cast<std::uint64_t>(decimal ? c - '0' : c - 'a' + 10);
    }
    return value;
}

}  // namespace holdfast::detail

#endif
