#ifndef HOLDFAST_STORAGE_SQLITE_READABLE_HPP
#define HOLDFAST_STORAGE_SQLITE_READABLE_HPP

#include <holdfast/core/utf8.hpp>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace holdfast::detail::sqlite {

/// Whether the next 64 bytes are ASCII characters, none of them zero.
inline bool plain_64(char const* at) noexcept {
    using Sixteen [[gnu::vector_size(16)]] = signed char;
    Sixteen parts[4];
    std::memcpy(parts, at, sizeof parts);
    auto const bad = (parts[0] <= 0) | (parts[1] <= 0) | (parts[2] <= 0) | (parts[3] <= 0);
    std::uint64_t halves[2];
    static_assert(sizeof halves == sizeof bad);
    std::memcpy(halves, &bad, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

/// Whether a person can read it: UTF-8 without the zero bytes at which tools stop.
inline bool is_readable(std::string_view bytes) noexcept {
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t const left = bytes.size() - at;
        if (left >= 64 && plain_64(bytes.data() + at)) {
            at += 64;
            continue;
        }
        for (std::size_t const end = at + (left < 64 ? left : 64); at < end;) {
            char32_t const point = next_code_point(bytes, at);
            if (point == 0 || point == bad_utf8) return false;
        }
    }
    return true;
}

}  // namespace holdfast::detail::sqlite

#endif
