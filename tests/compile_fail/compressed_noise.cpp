// expect: Compressed around a serialization whose output is encrypted or compressed compresses noise; turn them around
// expect: the inner serialization is declared only
// expect: the inner serialization cannot code this state
// expect: this policy must be given to the store's constructor, it cannot be made by default

#include "parts.hpp"

#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>

using namespace parts;

template <class Inner>
using Sealed = Encrypted<Aes256Gcm, KeyRing, Inner>;

struct Cursor {
    int position = 0;
};

static_assert(SerializationPolicy<Sealed<Compressed<Zstd, RawBytes>>, std::string>);
static_assert(!SerializationPolicy<Sealed<Compressed<Zstd, RawBytes>>, Cursor>);

int main() {
    KeyRing ring;
    if (!ring.add("k1", SecretKey::generate())) return 1;
#ifndef HOLDFAST_ACCEPT
    StateStore<std::string, Compressed<Zstd, Sealed<RawBytes>>> a(
        Compressed<Zstd, Sealed<RawBytes>>(Sealed<RawBytes>(ring, {.store = "s"})));
    StateStore<std::string, Compressed<Zstd, Json>> b;
    StateStore<Cursor, Compressed<Zstd, RawBytes>> c;
    StateStore<std::string, Sealed<RawBytes>> d;
#endif
    StateStore<std::string, Sealed<Compressed<Zstd, RawBytes>>> store(
        Sealed<Compressed<Zstd, RawBytes>>(ring, {.store = "s"}));
    return store.create("k", "v") ? 0 : 1;
}
