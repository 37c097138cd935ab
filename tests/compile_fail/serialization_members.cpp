// expect: this serialization cannot code this state; it needs 'Result<void> encode
// expect: \(RawBytes codes Bytes, std::string and vectors of char
// expect: this state is none of mine

#include "parts.hpp"

#include <type_traits>

using namespace parts;

struct Cursor {
    int position = 0;
};
struct WithoutDecode {
    static constexpr Family family = Family::serialization;
    Result<void> encode(CodingContext const&, std::string const&, Buffer&) { return {}; }
};
// One that says itself why not is heard, instead of the general sentence.
template <class State>
struct OfMine : std::false_type {};
struct Explaining : WithoutDecode {
    template <class State>
    static constexpr void explain() {
        static_assert(OfMine<State>::value, "this state is none of mine");
    }
};

static_assert(!SerializationPolicy<RawBytes, Cursor> && !SerializationPolicy<WithoutDecode, std::string>);
static_assert(SerializationPolicy<RawBytes, std::string>);

int main() {
#ifndef HOLDFAST_ACCEPT
    StateStore<Cursor, RawBytes> a;
    StateStore<std::string, WithoutDecode> b;
    StateStore<std::string, Explaining> c;
#endif
    StateStore<std::string, RawBytes> store;
    return store.create("k", "v") ? 0 : 1;
}
