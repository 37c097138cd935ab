#ifndef HOLDFAST_FORMAT_LITTLE_ENDIAN_HPP
#define HOLDFAST_FORMAT_LITTLE_ENDIAN_HPP

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace holdfast::detail {

/// The number in the first `N` bytes at `at`, least significant first.
template <std::size_t N = 8>
inline std::uint64_t load_little(char const* at) noexcept {
    std::uint64_t value = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, at, N);
    } else {
        for (std::size_t i = N; i-- > 0;) value = value << 8 | static_cast<unsigned char>(at[i]);
    }
    return value;
}

/// Writes eight bytes, least significant first. Returns what follows them.
inline char* store_little(char* at, std::uint64_t value) noexcept {
    if constexpr (std::endian::native == std::endian::big)
        for (std::size_t i = 0; i < 8; ++i, value >>= 8) at[i] = static_cast<char>(value & 0xff);
    else std::memcpy(at, &value, 8);
    return at + 8;
}

}  // namespace holdfast::detail

#endif
