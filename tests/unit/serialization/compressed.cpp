#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/laws/serialization.hpp>

#include <boost/hana/adapt_struct.hpp>
#include <catch2/catch_test_macros.hpp>

#include <map>
#include <string>
#include <thread>
#include <vector>

namespace compressed_test {

using namespace holdfast;

struct Old {
    std::string text;
};
struct New {
    std::string text;
    std::string more;
};

}  // namespace compressed_test

BOOST_HANA_ADAPT_STRUCT(compressed_test::Old, text);
BOOST_HANA_ADAPT_STRUCT(compressed_test::New, text, more);

namespace compressed_test {

using Raw = Compressed<Zstd, RawBytes>;
constexpr std::string_view magic = "\x28\xb5\x2f\xfd";
CodingContext const about{RecordId("k"), 1, nullptr};

std::string text_of(std::size_t n) {
    std::string text;
    for (std::size_t i = 0; text.size() < n; ++i) text.append("line ").append(std::to_string(i % 97)).append("\n");
    text.resize(n);
    return text;
}
std::string noise(std::size_t n) {
    std::string text(n, '\0');
    Environment::system().random(text.data(), n);
    return text;
}
template <class Z>
std::string encoded(Z& coder, std::string const& state) {
    Buffer out;
    REQUIRE(coder.encode(about, state, out));
    return std::string(out.view());
}
template <class Z>
Result<std::string> decoded(Z& coder, std::string_view payload) {
    return coder.template decode<std::string>(about, testing::law::make_record("k", payload));
}
std::string refusal(std::string_view payload) {
    Raw coder;
    auto const read = decoded(coder, payload);
    if (read) return "a value";
    CHECK(read.error() == Errc::malformed);
    return read.error().describe();
}

TEST_CASE("compressed: laws", "[compressed]") {
    Raw raw;
    CHECK(testing::check_serialization<std::string>(
              raw, {"", "x", text_of(127), text_of(128), text_of(70'000), noise(300), std::string(magic)})
              .text() == "");
    Compressed<ZstdLevel<-5>, Json> json;
    CHECK(testing::check_serialization<std::vector<std::string>>(json, {{}, {"a"}, {text_of(5'000), "b"}}).text() ==
          "");
}

TEST_CASE("compressed: what shrinks is a zstd frame with size and checksum, what does not is as it is",
          "[compressed]") {
    Raw coder;
    CHECK(encoded(coder, text_of(127)) == text_of(127));
    auto const small = encoded(coder, text_of(10'000));
    CHECK(small.starts_with(magic));
    CHECK(small.size() < 1'000);
    CHECK(ZSTD_getFrameContentSize(small.data(), small.size()) == 10'000);
    CHECK((static_cast<unsigned char>(small[4]) & 4) != 0);  // RFC 8878, 3.1.1.1.1: Content_Checksum_flag
    auto const random = noise(5'000);
    CHECK(encoded(coder, random) == random);

    // A state that begins like a frame would be taken for one: it is always put into one.
    for (std::string const& state : {std::string(magic), std::string(magic) + noise(5'000), small}) {
        auto const payload = encoded(coder, state);
        CHECK(payload != state);
        CHECK(decoded(coder, payload).value() == state);
    }
}

TEST_CASE("compressed: a record holds no more memory than its payload", "[compressed]") {
    Raw coder;
    Buffer out(100'000);
    out.append("before");
    REQUIRE(coder.encode(about, text_of(90'000), out));
    CHECK(out.view().starts_with("before"));
    char const* const at = out.data();
    (void)out.extend(1);  // there is no room left
    CHECK(out.data() != at);
}

TEST_CASE("compressed: bombs, cuts, flips and additions are malformed", "[compressed]") {
    Raw coder;
    auto const whole = encoded(coder, text_of(10'000));
    CHECK(refusal(whole.substr(0, 5)).find("first bytes") != std::string::npos);
    CHECK(refusal(whole.substr(0, whole.size() - 1)).find("cut off") != std::string::npos);
    CHECK(refusal(whole + "x").find("followed by 1 bytes") != std::string::npos);
    CHECK(refusal(whole + whole).find("followed by") != std::string::npos);
    auto flipped = whole;
    flipped[flipped.size() - 2] ^= 1;  // the checksum
    CHECK(refusal(flipped).find("damaged") != std::string::npos);

    // 65 MiB in a few kilobytes, and a frame that claims 2^60 bytes.
    std::string const zeros((std::size_t{64} << 20) + 1, '\0');
    std::string bomb(ZSTD_compressBound(zeros.size()), '\0');
    bomb.resize(ZSTD_compress(bomb.data(), bomb.size(), zeros.data(), zeros.size(), 1));
    REQUIRE(bomb.size() < 20'000);
    CHECK(refusal(bomb).find("67108865 bytes, and a value has at most 64 MiB") != std::string::npos);
    std::string claim(magic);
    claim.append("\xe0").append("\0\0\0\0\0\0\0\x10", 8).append("\x01\0\0", 3);
    CHECK(refusal(claim).find("at most 64 MiB") != std::string::npos);

    // Without its size there is no bound: refused, though zstd could read it.
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    std::string unsized(1'000, '\0');
    unsized.resize(ZSTD_compress2(context, unsized.data(), unsized.size(), "text", 4));
    ZSTD_freeCCtx(context);
    CHECK(refusal(unsized).find("does not say its size") != std::string::npos);

    Buffer out;
    out.append("before");
    auto const large = coder.encode(about, zeros, out);
    REQUIRE_FALSE(large);
    CHECK(large.error() == Errc::too_large);
    CHECK(out.view() == "before");
}

TEST_CASE("compressed: a store that was in use is compressed write by write", "[compressed]") {
    MemoryStorage const shared;
    StateStore<New, Json> before(shared);
    StateStore<New, Compressed<Zstd, Json>> after(shared);
    StateStore<Old, Compressed<ZstdLevel<1>, Json>> older(shared);

    auto const plain = before.create("k", {text_of(1'000), "kept"}).value();
    CHECK(plain.record()->payload.view().starts_with("{"));
    CHECK((*after.get("k").value())->more == "kept");
    auto const written = older.update("k", [](Old& state) { state.text += "!"; }).value();
    CHECK(written.record()->payload.view().starts_with(magic));
    CHECK(written.record()->payload.size() < 300);
    // The member that the older program does not know went through a compressed previous record, too.
    REQUIRE(older.update("k", [](Old& state) { state.text += "?"; }));
    auto const now = *after.get("k").value();
    CHECK(now->more == "kept");
    CHECK(now->text == text_of(1'000) + "!?");
    CHECK(before.get("k").error() == Errc::malformed);
}

TEST_CASE("compressed: a previous record that is damaged is not overwritten", "[compressed]") {
    Compressed<Zstd, Json> coder;
    auto payload = encoded(coder, text_of(1'000));
    payload.back() ^= 1;
    auto const previous = testing::law::make_record("k", payload);
    Buffer out;
    auto const done = coder.encode(CodingContext{RecordId("k"), 2, previous.get()}, std::string("x"), out);
    REQUIRE_FALSE(done);
    CHECK(done.error() == Errc::malformed);
    CHECK(done.error().describe().find("would be replaced") != std::string::npos);
    CHECK(out.size() == 0);
}

TEST_CASE("compressed: content is compared, not bytes", "[compressed]") {
    Compressed<ZstdLevel<1>, Json> fast;
    Compressed<ZstdLevel<19>, Json> small;
    auto const a = Bytes::copy(encoded(fast, text_of(3'000))), b = Bytes::copy(encoded(small, text_of(3'000)));
    auto const c = Bytes::copy(encoded(small, text_of(3'001)));
    REQUIRE(a != b);
    CodingContext const later{RecordId("k"), 2, nullptr};
    CHECK(fast.same_content(about, a, later, b).value());
    CHECK_FALSE(fast.same_content(about, a, later, c).value());
    auto const cut = Bytes::copy(b.view().substr(0, 20));
    CHECK(fast.same_content(about, a, later, cut).error() == Errc::malformed);
}

TEST_CASE("compressed: Bytes are a state, and threads do not meet", "[compressed]") {
    Raw coder;
    std::vector<std::thread> threads;
    std::vector<int> good(4, 0);
    for (std::size_t t = 0; t < good.size(); ++t)
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < 50; ++i) {
                auto const state = Bytes::copy(text_of(200 * (t + 1) + i));
                Buffer out;
                if (!coder.encode(about, state, out)) continue;
                auto const record = testing::law::make_record("k", out.view());
                auto const read = coder.decode<Bytes>(about, record);
                good[t] += read && *read == state && read->data()[read->size()] == 0;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(good == std::vector<int>(4, 50));
}

}  // namespace compressed_test
