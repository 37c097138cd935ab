#ifndef HOLDFAST_SERIALIZATION_COMPRESSED_CODEC_HPP
#define HOLDFAST_SERIALIZATION_COMPRESSED_CODEC_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/result.hpp>

#include <concepts>
#include <string_view>

namespace holdfast {

/// A way to make bytes smaller, for `Compressed`.
///
/// *Minimal complete definition*
/// - `static bool recognizes(std::string_view)`: whether bytes may be its output; true for all that is.
/// - `static Result<void> compress(std::string_view, Buffer&)`: appends.
/// - `static Result<Bytes> decompress(std::string_view)`: at most `max_payload_size` bytes, whatever the input says.
///
/// *Laws*: decompress(compress(x)) == x; equal bytes give equal bytes; decompress of any other bytes is a value or
/// `malformed`, never a crash.
/// *Models*: `Zstd`, `ZstdLevel<n>`.
///
/// Thread safety: all members may be called from any thread at any time.
template <class C>
concept CompressionCodec = requires(std::string_view bytes, Buffer& out) {
    { C::recognizes(bytes) } -> std::same_as<bool>;
    { C::compress(bytes, out) } -> std::same_as<Result<void>>;
    { C::decompress(bytes) } -> std::same_as<Result<Bytes>>;
};

}  // namespace holdfast

#endif
