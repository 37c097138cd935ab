#include <holdfast/serialization/raw_bytes.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace raw_bytes {

using namespace holdfast;

static_assert(std::is_empty_v<RawBytes>);
static_assert(SerializationPolicy<RawBytes, Bytes> && SerializationPolicy<RawBytes, std::string>);
static_assert(SerializationPolicy<RawBytes, std::vector<std::byte>> &&
              SerializationPolicy<RawBytes, std::vector<char>>);
static_assert(!SerializationPolicy<RawBytes, int> && !SerializationPolicy<RawBytes, std::vector<int>>);
static_assert(!SerializationPolicy<RawBytes, char const*> && !SerializationPolicy<RawBytes, std::string_view>);

CodingContext const context{KeyView("k"), 1, nullptr};

template <class State>
void comes_back(State const& state) {
    Buffer out;
    out.append("x");
    REQUIRE(RawBytes().encode(context, state, out));
    auto const record = std::make_shared<Record>(Record{KeyView("k"), Bytes(std::move(out)).drop_front(1), {}, {}, {}});
    CHECK(record->payload.size() == state.size());
    CHECK(*RawBytes().decode<State>(context, record) == state);
}

TEST_CASE("RawBytes: whatever the bytes are, they come back") {
    std::string all;
    for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
    comes_back(all);
    comes_back(std::string());
    comes_back(Bytes::copy(all));
    comes_back(Bytes());
    comes_back(std::vector<char>(all.begin(), all.end()));
    comes_back(std::vector<unsigned char>{0, 255, 10});
    comes_back(std::vector<std::byte>{std::byte{1}, std::byte{254}});
    comes_back(std::vector<std::byte>());
}

TEST_CASE("RawBytes: Bytes are shared with the record, not copied") {
    auto const record = std::make_shared<Record>(Record{KeyView("k"), Bytes::copy("payload"), {}, {}, {}});
    CHECK(RawBytes().decode<Bytes>(context, record)->data() == record->payload.data());
}

}  // namespace raw_bytes
