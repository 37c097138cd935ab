#ifndef HOLDFAST_FORMAT_TOMBSTONE_SIZE_HPP
#define HOLDFAST_FORMAT_TOMBSTONE_SIZE_HPP

#include <cstdint>

namespace holdfast::detail {

/// A frame is that of a tombstone exactly if its length is a multiple of this, and then not 0. So a listing, which tells
/// lengths and no contents, tells which keys are there. Every version of the format keeps this rule.
///
/// Of bytes that are not ours, or were cut, one in 1,024 is taken for a tombstone and left out of the listing of keys;
/// all others are listed, and who reads them is told.
inline constexpr std::uint64_t tombstone_unit = 1024;

constexpr bool is_tombstone_size(std::uint64_t size) noexcept { return size != 0 && size % tombstone_unit == 0; }

}  // namespace holdfast::detail

#endif
