#include <holdfast/format/frame.hpp>

#include <cstdlib>
#include <string>

using namespace holdfast;

namespace {

/// Whatever is accepted must come back the same when it is written and read again.
void check(std::string_view text) {
    auto const record = decode_frame(Bytes::copy(text));
    if (!record) {
        if (record.error().code() != Errc::malformed && record.error().code() != Errc::incompatible) std::abort();
        return;
    }
    auto const header = encode_frame_header(*record);
    if (!header) {
        if (header.error().code() != Errc::too_large) std::abort();
        return;
    }
    auto const again = decode_frame(Bytes::copy(std::string(header->view()).append(record->payload.view())));
    if (!again || again->key != record->key || again->payload != record->payload || again->stamp != record->stamp ||
        again->attributes != record->attributes)
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    std::string text(reinterpret_cast<char const*>(data), size);
    (void)detail::FrameReader::head(text);
    check(text);
    std::size_t const end = text.find('\n');  // also with a right checksum, which chance does not find
    if (end != text.npos && end >= 18) {
        detail::Xxh64 hash;
        hash.update(std::string_view(text).substr(0, end - 18));
        hash.update(std::string_view(text).substr(end + 1));
        auto const digits = detail::to_hex(hash.digest());
        check(text.replace(end - 18, 18, std::string(digits.data(), 16) + "\"}"));
    }
    return 0;
}
