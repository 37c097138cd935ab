#ifndef HOLDFAST_CORE_WRITE_ID_HPP
#define HOLDFAST_CORE_WRITE_ID_HPP

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast {

/// 128 random bits that name one write. Zero names none.
///
/// Its text is 22 characters of base64url (RFC 4648 §5, no padding), most significant bit first.
struct WriteId {
    std::uint64_t high = 0, low = 0;

    static constexpr std::size_t text_size = 22;

    constexpr explicit operator bool() const noexcept { return (high | low) != 0; }
    friend constexpr auto operator<=>(WriteId const&, WriteId const&) noexcept = default;

    constexpr std::array<char, text_size> text() const noexcept {
        std::array<char, text_size> out{};
        std::uint64_t const first = high >> 4, second = low >> 2;  // 60 bits each; what is between makes one digit
        for (std::size_t i = 0; i < 10; ++i) {
            out[i] = alphabet[first >> (54 - 6 * i) & 63];
            out[i + 11] = alphabet[second >> (54 - 6 * i) & 63];
        }
        out[10] = alphabet[(high << 2 | low >> 62) & 63];
        out[21] = alphabet[low << 4 & 63];
        return out;
    }

    static constexpr std::optional<WriteId> parse(std::string_view text) noexcept {
        if (text.size() != text_size) return std::nullopt;
        unsigned seen = 0;
        auto const digit = [&](std::size_t i) -> std::uint64_t {
            unsigned const value = digits[static_cast<unsigned char>(text[i])];
            seen |= value;
            return value;
        };
        std::uint64_t first = 0, second = 0;  // two chains that do not wait for each other
        for (std::size_t i = 0; i < 10; ++i) {
            first = first << 6 | digit(i);
            second = second << 6 | digit(i + 11);
        }
        std::uint64_t const middle = digit(10), last = digit(21);
        if (seen > 63 || last % 16 != 0) return std::nullopt;
        return WriteId{first << 4 | middle >> 2, middle << 62 | second << 2 | last >> 4};
    }

private:
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static constexpr std::array<unsigned char, 256> digits = [] {
        std::array<unsigned char, 256> values{};
        for (auto& value : values) value = 0xff;
        for (std::size_t i = 0; i < alphabet.size(); ++i)
            values[static_cast<unsigned char>(alphabet[i])] = static_cast<unsigned char>(i);
        return values;
    }();
};

}  // namespace holdfast

#endif
