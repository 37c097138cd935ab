// What is compressed is guarded: no byte of it can change unnoticed.

#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/testing/archetypes.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>

namespace compressed_details_test {

using namespace holdfast;

/// `CompressionCodec`, and nothing else.
struct CodecArchetype {
    CodecArchetype() = delete;
    static bool recognizes(std::string_view) { testing::detail::never_called(); }
    static Result<void> compress(std::string_view, Buffer&) { testing::detail::never_called(); }
    static Result<Bytes> decompress(std::string_view) { testing::detail::never_called(); }
};
struct Infallible : CodecArchetype {
    static void compress(std::string_view, Buffer&) {}
};
struct Undecided : CodecArchetype {
    static void recognizes(std::string_view) {}
};
static_assert(CompressionCodec<CodecArchetype> && !CompressionCodec<Infallible> && !CompressionCodec<Undecided>);
// Compiled with what the concepts promise and nothing more; never called.
void use_everything(Compressed<CodecArchetype, testing::SerializationArchetype>& coder, CodingContext const& about,
                    testing::StateArchetype const& state, Buffer& out, RecordPtr const& record) {
    (void)coder.encode(about, state, out);
    (void)coder.decode<testing::StateArchetype>(about, record);
}

TEST_CASE("compressed: a changed byte is damage, wherever it is") {
    Compressed<Zstd, RawBytes> coder;
    CodingContext const about{RecordId("k"), 1, nullptr};
    std::string state(400, '-');
    for (std::size_t i = 0; i < 200; ++i) state[i] = static_cast<char>(i * 89 % 251);  // is kept as it is
    Buffer out;
    REQUIRE(coder.encode(about, state, out));
    std::string const payload(out.view());
    REQUIRE(payload.size() < state.size());
    for (std::size_t at = 4; at < payload.size(); ++at) {  // before that it would not be taken for compressed
        std::string damaged = payload;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        Record const record{Key(KeyView("k")), Bytes::copy(damaged), {}, {}, {}};
        auto const read = coder.decode<std::string>(about, std::make_shared<Record const>(record));
        INFO("byte " << at);
        CHECK((!read || *read == state));
        if (!read) CHECK(read.error() == Errc::malformed);
    }
}

}  // namespace compressed_details_test
