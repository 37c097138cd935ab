// What Encrypted, Compressed and rewrap ask of their parts.
// expect: AuthenticatedCipher
// expect: KeySource
// expect: CompressionCodec
// expect: RewrappableStore
// expect: holdfast: zstd has the levels 1 to 22 and negative ones

#include "parts.hpp"

#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/encrypted/rewrap.hpp>

using namespace parts;

struct Untagged {
    static constexpr std::uint8_t id = 200;
    static constexpr std::size_t key_size = 32, nonce_size = 12;
    static constexpr std::string_view name = "mine";
    static bool seal(std::string_view, std::string_view, std::string_view, char*, std::size_t, char*) { return true; }
    static Opened open(std::string_view, std::string_view, std::string_view, char const*, std::size_t, char const*,
                       char*) {
        return Opened::whole;
    }
};
struct Tagged : Untagged {
    static constexpr std::size_t tag_size = 0;
};
struct Forgetful {
    NamedKeyPtr active() const { return ring.active(); }

    KeyRing ring;
};
struct Finding : Forgetful {
    NamedKeyPtr find(std::string_view id) const { return ring.find(id); }
};
struct Endless {  // its decompress has no way to say no
    static bool recognizes(std::string_view) { return false; }
    static Result<void> compress(std::string_view, Buffer&) { return {}; }
    static Bytes decompress(std::string_view) { return {}; }
};
struct Bounded : Endless {
    static Result<Bytes> decompress(std::string_view) { return Bytes(); }
};

static_assert(AuthenticatedCipher<Aes256Gcm> && AuthenticatedCipher<Tagged> && !AuthenticatedCipher<Untagged>);
static_assert(KeySource<KeyRing> && KeySource<Finding> && !KeySource<Forgetful>);
static_assert(sizeof(ZstdLevel<1>) + sizeof(ZstdLevel<22>) + sizeof(ZstdLevel<-1>) == 3);
static_assert(CompressionCodec<Zstd> && CompressionCodec<Bounded> && !CompressionCodec<Endless>);

int main() {
#ifndef HOLDFAST_ACCEPT
    (void)sizeof(Encrypted<Untagged, KeyRing, RawBytes>);
    (void)sizeof(Encrypted<Aes256Gcm, Forgetful, RawBytes>);
    (void)sizeof(Compressed<Endless, RawBytes>);
    (void)sizeof(ZstdLevel<0>);
    (void)sizeof(ZstdLevel<23>);
    Store<MemoryStorage> plain;
    (void)rewrap(plain, "k");
#endif
    Finding ring;
    if (!ring.ring.add("k1", SecretKey::generate())) return 1;
    using Sealed = Encrypted<Tagged, Finding, Compressed<Bounded, RawBytes>>;
    StateStore<std::string, Sealed> store(Sealed(ring, {.store = "s"}));
    return store.create("k", "v") && !rewrap(store, "k").value() ? 0 : 1;
}
