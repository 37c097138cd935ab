#ifndef HOLDFAST_SERIALIZATION_COMPRESSED_ZSTD_HPP
#define HOLDFAST_SERIALIZATION_COMPRESSED_ZSTD_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/format/limits.hpp>
#include <holdfast/fwd.hpp>
#include <holdfast/process/loan.hpp>

#include <memory>
#include <string>
#include <string_view>

#include <zstd.h>
#include <zstd_errors.h>

namespace holdfast {

namespace detail {

struct ZstdFree {
    void operator()(ZSTD_CCtx* context) const noexcept { (void)ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const noexcept { (void)ZSTD_freeDCtx(context); }
};

/// A context that the thread keeps, so that a call allocates none. Null where memory is out.
class ZstdCompressor {
public:
    ZSTD_CCtx* get() noexcept {
        if (!*kept_) (*kept_).reset(ZSTD_createCCtx());
        return (*kept_).get();
    }

private:
    Loan<std::unique_ptr<ZSTD_CCtx, ZstdFree>> kept_;
};
class ZstdDecompressor {
public:
    ZSTD_DCtx* get() noexcept {
        if (!*kept_) (*kept_).reset(ZSTD_createDCtx());
        return (*kept_).get();
    }

private:
    Loan<std::unique_ptr<ZSTD_DCtx, ZstdFree>> kept_;
};

inline Error zstd_unusable(char const* why) {
    return Error(Errc::unavailable, std::string("zstd cannot work (").append(why).append("); free memory and repeat"));
}

inline Error zstd_damage(std::string_view what) {
    return Error(Errc::malformed,
                 std::string("this zstd frame ")
                     .append(what)
                     .append("; restore the record (if it was stored before compression was, and is itself a "
                             "zstd frame, read it without)"));
}

inline Result<Bytes> zstd_decompress(std::string_view frame) {
    auto const size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (size == ZSTD_CONTENTSIZE_ERROR) return zstd_damage("is damaged in its first bytes, or was cut off there");
    if (size == ZSTD_CONTENTSIZE_UNKNOWN) return zstd_damage("does not say its size, so it is not one of ours");
    if (size > max_payload_size)
        return zstd_damage("says that it holds " + std::to_string(size) + " bytes, and a value has at most 64 MiB");
    auto const whole = ZSTD_findFrameCompressedSize(frame.data(), frame.size());
    if (ZSTD_isError(whole)) return zstd_damage("was cut off or is damaged");
    if (whole != frame.size())
        return zstd_damage("is followed by " + std::to_string(frame.size() - whole) + " bytes that are no part of it");

    ZstdDecompressor decompressor;
    ZSTD_DCtx* const context = decompressor.get();
    if (context == nullptr) return zstd_unusable("no memory for its context");
    Buffer out(static_cast<std::size_t>(size));
    char* const begin = out.extend(static_cast<std::size_t>(size));
    auto const got = ZSTD_decompressDCtx(context, begin, out.size(), frame.data(), frame.size());
    if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation) return zstd_unusable(ZSTD_getErrorName(got));
    if (ZSTD_isError(got)) return zstd_damage("is damaged (" + std::string(ZSTD_getErrorName(got)) + ")");
    if (got != size) return zstd_damage("holds another number of bytes than it says");
    return Bytes(std::move(out));
}

}  // namespace detail

/// Zstandard at a level: 1 is fastest, 19 smallest, negative levels are faster still; 20 to 22 take much memory. What
/// one level has written every other reads.
///
/// Writes one frame with its content size and its checksum, and nothing else, so that `zstd -d` reads it too. A frame
/// without its size, of more than 64 MiB, or with anything behind it is refused before memory is taken for it.
///
/// Cost: no allocation but that of the result; a compressor and a decompressor a thread, which keep the memory of the
/// level (about 1 MiB at level 3, 80 MiB at 19). Equal bytes give equal bytes under one version of zstd.
/// Source of the format: RFC 8878.
template <int Level>
struct ZstdLevel {
    static_assert(Level >= -131072 && Level <= 22 && Level != 0,
                  "holdfast: zstd has the levels 1 to 22 and negative ones");

    static bool recognizes(std::string_view bytes) noexcept { return bytes.starts_with("\x28\xb5\x2f\xfd"); }

    static Result<void> compress(std::string_view bytes, Buffer& out) {
        detail::ZstdCompressor compressor;
        ZSTD_CCtx* const context = compressor.get();
        if (context == nullptr) return detail::zstd_unusable("no memory for its context");
        // The context is shared by the levels of a thread, so it is told every time; it costs next to nothing.
        struct {
            ZSTD_cParameter name;
            int value;
        } constexpr parameters[] = {
            {ZSTD_c_compressionLevel, Level}, {ZSTD_c_checksumFlag, 1}, {ZSTD_c_contentSizeFlag, 1}};
        for (auto const& parameter : parameters)
            if (auto const set = ZSTD_CCtx_setParameter(context, parameter.name, parameter.value); ZSTD_isError(set))
                return detail::zstd_unusable(ZSTD_getErrorName(set));
        std::size_t const before = out.size(), bound = ZSTD_compressBound(bytes.size());
        char* const at = out.extend(bound);
        auto const size = ZSTD_compress2(context, at, bound, bytes.data(), bytes.size());
        out.truncate(before + (ZSTD_isError(size) ? 0 : size));
        if (ZSTD_isError(size)) return detail::zstd_unusable(ZSTD_getErrorName(size));
        return {};
    }

    static Result<Bytes> decompress(std::string_view frame) { return detail::zstd_decompress(frame); }
};

/// Zstandard at its default level.
using Zstd = ZstdLevel<3>;

}  // namespace holdfast

#endif
