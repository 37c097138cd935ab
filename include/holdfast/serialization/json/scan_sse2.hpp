#ifndef HOLDFAST_SERIALIZATION_JSON_SCAN_SSE2_HPP
#define HOLDFAST_SERIALIZATION_JSON_SCAN_SSE2_HPP

#include <holdfast/serialization/json/scan_words.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>

namespace holdfast::detail {

/// What `JsonWordScan` does, by sixteen bytes: where files are compiled for processors with SSE2.
struct JsonSse2Scan {
    static char const* find_quote(char const* at) noexcept {
        for (;; at += 16) {
            __m128i const x = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
            __m128i const hits =
                _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
            if (int const mask = _mm_movemask_epi8(hits); mask != 0)
                return at + std::countr_zero(static_cast<unsigned>(mask));
        }
    }

    static std::size_t copy(char const* from, std::size_t n, char* to, std::uint64_t& high) noexcept {
        std::size_t i = 0;
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
        return JsonWordScan::copy_from(i, from, n, to, high);
    }
};

}  // namespace holdfast::detail
#endif

#endif
