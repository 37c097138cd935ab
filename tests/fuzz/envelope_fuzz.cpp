#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/raw_bytes.hpp>

#include <cstdlib>
#include <memory>
#include <string>

using namespace holdfast;

namespace {

using Small = Compressed<Zstd, RawBytes>;
using Sealed = Encrypted<Aes256Gcm, KeyRing, Small>;

template <class Coder>
Coder make(bool accept_plain) {
    KeyRing ring;
    if (!ring.add("k1", SecretKey::from_bytes("the key of this fuzzer, 32 bytes"))) std::abort();
    return Coder(ring, {.store = "s", .accept_plain = accept_plain});
}

CodingContext const about{RecordId("a"), 3, nullptr};

RecordPtr record(std::string_view payload) {
    auto made = std::make_shared<Record>(Record{Key("a"), Bytes::copy(payload), {}, {}, {}});
    made->stamp.sequence = 3;
    return made;
}

/// What is read is read the same when it is written anew; what is refused is refused by a code that says what to do.
template <class Coder>
void check(Coder& coder, std::string_view payload) {
    auto const state = coder.template decode<std::string>(about, record(payload));
    if (!state) {
        Errc const code = state.error().code();
        if (code != Errc::malformed && code != Errc::incompatible && code != Errc::not_found &&
            code != Errc::permission_denied)
            std::abort();
        return;
    }
    Buffer out;
    if (!coder.encode(about, *state, out)) std::abort();
    auto const again = coder.template decode<std::string>(about, record(out.view()));
    if (!again || *again != *state) std::abort();
    auto const same = coder.same_content(about, Bytes::copy(payload), about, Bytes(std::move(out)));
    if (!same || !*same) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    static auto sealed = make<Sealed>(false), moving = make<Sealed>(true);
    static auto raw = make<Encrypted<Aes256Gcm, KeyRing, RawBytes>>(false);
    static Small small;
    std::string text(reinterpret_cast<char const*>(data), size);
    check(small, text);
    check(sealed, text);
    check(moving, text);
    // The same with a right checksum of the head, which chance does not find.
    using detail::Envelope;
    if (size >= Envelope::fixed_size + 8 && Envelope::recognizes(text)) {
        auto const lengths = detail::load_little<8>(text.data() + 8);
        std::size_t const head =
            Envelope::fixed_size + (lengths >> 8 & 0xff) + (lengths >> 16 & 0xff) + (lengths >> 32 & 0xffff);
        if (head + 8 <= size) {
            (void)detail::store_little(text.data() + head, detail::xxh64(std::string_view(text).substr(0, head)));
            check(sealed, text);
        }
    }
    // And what was encrypted by the right key: only the inner decoder can refuse it.
    Buffer out;
    if (!raw.encode(about, std::string(reinterpret_cast<char const*>(data), size), out)) std::abort();
    check(sealed, out.view());
    return 0;
}
