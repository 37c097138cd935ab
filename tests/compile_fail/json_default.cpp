// link: json
// expect: holdfast: Json reads into a default-constructed value; give this type a default constructor
// expect: JsonRefuses<Cursor>

#include <holdfast/serialization/json.hpp>

#include <memory>

struct Cursor {
#ifdef HOLDFAST_ACCEPT
    Cursor() = default;
#endif
    explicit Cursor(int p) : position(p) {}
    int position = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cursor, position);

int main() {
    auto const record = std::make_shared<holdfast::Record>(
        holdfast::Record{holdfast::KeyView("k"), holdfast::Bytes::copy(R"({"position":3})"), {}, {}, {}});
    auto decode = [&](auto const& json) {
        return json.template decode<Cursor>({holdfast::KeyView("k"), 1, nullptr}, record);
    };
    using Decoded = decltype(decode(holdfast::Json()));
#ifdef HOLDFAST_ACCEPT
    static_assert(holdfast::SerializationPolicy<holdfast::Json, Cursor>);
    Decoded const cursor = decode(holdfast::Json());
    return cursor->position == 3 ? 0 : 1;
#else
    static_assert(!holdfast::SerializationPolicy<holdfast::Json, Cursor> && std::is_void_v<Decoded>);
    decode(holdfast::Json());
#endif
}
