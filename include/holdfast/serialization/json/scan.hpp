#ifndef HOLDFAST_SERIALIZATION_JSON_SCAN_HPP
#define HOLDFAST_SERIALIZATION_JSON_SCAN_HPP

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace holdfast::detail {

/// Eight bytes at a time, for short text and for machines without SSE2.
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

inline bool json_escapes(char c) noexcept { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

/// The first quote or backslash. There is one, and 16 bytes from there can be read.
inline char const* find_json_quote(char const* at) noexcept {
#if defined(__SSE2__)
    for (;; at += 16) {
        __m128i const x = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
        __m128i const hits =
            _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
        if (int const mask = _mm_movemask_epi8(hits); mask != 0)
            return at + std::countr_zero(static_cast<unsigned>(mask));
    }
#else
    while (JsonWord(at).quotes() == 0) at += 8;
    while (*at != '"' && *at != '\\') ++at;
    return at;
#endif
}

/// Copies up to the first byte that a JSON string must escape, and says how many that were. `to` has room for `n`.
/// `high` gets a bit when a byte is not ASCII.
inline std::size_t copy_json_text(char const* from, std::size_t n, char* to, std::uint64_t& high) noexcept {
    std::size_t i = 0;
#if defined(__SSE2__)
    for (; n - i >= 16; i += 16) {
        __m128i const x = _mm_loadu_si128(reinterpret_cast<__m128i const*>(from + i));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), x);
        __m128i const quotes =
            _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
        __m128i const controls = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);
        high |= static_cast<unsigned>(_mm_movemask_epi8(x));
        if (int const mask = _mm_movemask_epi8(_mm_or_si128(quotes, controls)); mask != 0)
            return i + static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(mask)));
    }
#endif
    for (; n - i >= 8; i += 8) {
        JsonWord const word(from + i);
        std::memcpy(to + i, from + i, 8);
        high |= word.high();
        if (auto const marks = word.escapes(); marks != 0) break;
    }
    for (; i < n; ++i) {
        if (json_escapes(from[i])) return i;
        high |= static_cast<unsigned char>(from[i]) & 0x80;
        to[i] = from[i];
    }
    return i;
}

}  // namespace holdfast::detail

#endif
