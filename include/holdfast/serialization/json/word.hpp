#ifndef HOLDFAST_SERIALIZATION_JSON_WORD_HPP
#define HOLDFAST_SERIALIZATION_JSON_WORD_HPP

#include <cstdint>
#include <cstring>

namespace holdfast::detail {

/// Eight bytes at a time.
class JsonWord {
public:
    explicit JsonWord(char const* at) noexcept { std::memcpy(&bytes_, at, sizeof bytes_); }

    /// Not zero if a byte is a quote or a backslash; which one is not exact.
    std::uint64_t quotes() const noexcept { return equal('"') | equal('\\'); }
    /// As `quotes`, and control characters too.
    std::uint64_t escapes() const noexcept { return quotes() | ((bytes_ - 0x20 * ones) & ~bytes_ & highs); }
    std::uint64_t high() const noexcept { return bytes_ & highs; }

private:
    static constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;

    std::uint64_t equal(char c) const noexcept {
        std::uint64_t const x = bytes_ ^ (ones * static_cast<unsigned char>(c));
        return (x - ones) & ~x & highs;
    }

    std::uint64_t bytes_;
};

}  // namespace holdfast::detail

#endif
