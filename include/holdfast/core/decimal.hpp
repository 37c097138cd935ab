#ifndef HOLDFAST_CORE_DECIMAL_HPP
#define HOLDFAST_CORE_DECIMAL_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::detail {

/// The number that a text says by digits, without zeros before them, and of no more than `most`.
///
/// Here, since <charconv> would be a hundredth of every include of the library.
constexpr std::optional<std::uint64_t> parse_decimal(std::string_view text,
                                                     std::uint64_t most = ~std::uint64_t{0}) noexcept {
    std::uint64_t value = 0;
    for (char const c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        auto const digit = static_cast<std::uint64_t>(c - '0');
        if (value > most / 10 || value * 10 > most - digit || digit > most) return std::nullopt;
        value = value * 10 + digit;
    }
    if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
    return value;
}

/// A number as digits.
class Decimal {
public:
    explicit constexpr Decimal(std::uint64_t value) noexcept {
        do digits_[--begin_] = static_cast<char>('0' + value % 10);
        while ((value /= 10) != 0);
    }
    constexpr std::string_view view() const noexcept { return {digits_.data() + begin_, digits_.size() - begin_}; }

private:
    std::array<char, 20> digits_{};
    std::size_t begin_ = 20;
};

}  // namespace holdfast::detail

#endif
