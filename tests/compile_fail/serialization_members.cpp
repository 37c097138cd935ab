// expect: this serialization cannot code this state; it needs 'Result<void> encode\(CodingContext const&, State const&,
// Bu expect: \(RawBytes codes Bytes and std::string only\)

#include "parts.hpp"

using namespace parts;

struct Cursor {
    int position = 0;
};
struct WithoutDecode {
    static constexpr Family family = Family::serialization;
    Result<void> encode(CodingContext const&, std::string const&, Buffer&) { return {}; }
};

static_assert(!SerializationPolicy<RawBytes, Cursor> && !SerializationPolicy<WithoutDecode, std::string>);
static_assert(SerializationPolicy<RawBytes, std::string>);

int main() {
#ifndef HOLDFAST_ACCEPT
    StateStore<Cursor, RawBytes> a;
    StateStore<std::string, WithoutDecode> b;
#endif
    StateStore<std::string, RawBytes> store;
    return store.create("k", "v") ? 0 : 1;
}
