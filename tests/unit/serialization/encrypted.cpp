#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/testing/laws/serialization.hpp>

#include <boost/hana/adapt_struct.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/serialization/encrypted_support.hpp>

#include <set>
#include <thread>

namespace encrypted_test {

struct Old {
    std::string text;
};
struct New {
    std::string text, more;
};

}  // namespace encrypted_test

BOOST_HANA_ADAPT_STRUCT(encrypted_test::Old, text);
BOOST_HANA_ADAPT_STRUCT(encrypted_test::New, text, more);

namespace encrypted_test {

using Sealed = Encrypted<Aes256Gcm, KeyRing, RawBytes>;
CodingContext const third{RecordId("a"), 3, nullptr};

template <class Z, class State = std::string>
std::string sealed(Z& coder, State const& state, CodingContext const& about = third) {
    Buffer out;
    auto const done = coder.encode(about, state, out);
    INFO((done ? std::string() : done.error().describe()));
    REQUIRE(done);
    return std::string(out.view());
}
template <class Z>
Result<std::string> opened(Z& coder, std::string_view payload, CodingContext const& about = third) {
    return coder.template decode<std::string>(about, testing::law::make_record("a", payload));
}
/// What decoding says, which is free of secrets.
template <class Z>
std::string refusal(Z& coder, Errc code, std::string_view payload, CodingContext const& about = third) {
    auto const read = opened(coder, payload, about);
    if (read) return "a value";
    CHECK(name(read.error().code()) == name(code));
    auto const text = read.error().describe();
    CHECK(tells_no_secret(text));
    return text;
}

TEST_CASE("encrypted: AES-256-GCM as NIST has it", "[encrypted]") {
    // gcmEncryptExtIV256.rsp of the CAVP vectors: with and without text; and test case 16 of the GCM specification.
    struct {
        std::string_view key, nonce, associated, text, cipher, tag;
    } const vectors[] = {
        {"b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4", "516c33929df5a3284ff463d7", "", "", "",
         "bdc1ac884d332457a1d2664f168c76f0"},
        {"31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22", "0d18e06c7c725ac9e362e1ce", "",
         "2db5168e932556f8089a0622981d017d", "fa4362189661d163fcd6a56d8bf0405a", "d636ac1bbedd5cc3ee727dc2ab4a9489"},
        {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
         "feedfacedeadbeeffeedfacedeadbeefabaddad2",
         "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de"
         "65"
         "7ba637b39",
         "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7"
         "a0"
         "abcc9f662",
         "76fc6ece0f4e1768cddf8853bb2d551b"}};
    for (auto const& v : vectors) {
        auto text = bytes_of(v.text);
        std::string tag(16, '\0');
        REQUIRE(Aes256Gcm::seal(bytes_of(v.key), bytes_of(v.nonce), bytes_of(v.associated), text.data(), text.size(),
                                tag.data()));
        CHECK(text == bytes_of(v.cipher));
        CHECK(tag == bytes_of(v.tag));
        std::string back(text.size(), '\0');
        auto const open = [&](std::string const& nonce) {
            return Aes256Gcm::open(bytes_of(v.key), nonce, bytes_of(v.associated), text.data(), text.size(), tag.data(),
                                   back.data());
        };
        CHECK(open(bytes_of(v.nonce)) == Opened::whole);
        CHECK(back == bytes_of(v.text));
        auto nonce = bytes_of(v.nonce);
        nonce[0] ^= 1;
        CHECK(open(nonce) == Opened::altered);
    }
}

TEST_CASE("encrypted: the envelope is what is written down, and its head is the associated data", "[encrypted]") {
    Sealed coder(ring("k1"), {.store = "orders"});
    auto const payload = sealed(coder, std::string("state"));
    REQUIRE(payload.size() == 52 + 2 + 6 + 1 + 8 + 5 + 16);
    CHECK(payload.substr(0, 8) == "\x89HFENC\n\x01");
    CHECK(payload.substr(8, 8) == std::string("\1\2\6\0\1\0\0\0", 8));
    CHECK(detail::load_little<8>(payload.data() + 16) == 3);
    CHECK(detail::load_little<8>(payload.data() + 24) == 5);
    CHECK(detail::load_little<8>(payload.data() + 32) == key("k1").fingerprint());
    CHECK(payload.substr(52, 9) == "k1ordersa");
    CHECK(detail::load_little<8>(payload.data() + 61) == detail::xxh64(payload.substr(0, 61)));
    std::string text(5, '\0');
    CHECK(Aes256Gcm::open(key("k1").expose(), payload.substr(40, 12), payload.substr(0, 69), payload.data() + 69, 5,
                          payload.data() + 74, text.data()) == Opened::whole);
    CHECK(text == "state");
    CHECK(payload.find("state") == std::string::npos);
}

TEST_CASE("encrypted: laws", "[encrypted]") {
    Sealed raw(ring("k1"), {.store = "s"});
    CHECK(testing::check_serialization<std::string>(raw, {"", "x", std::string(5'000, 'x')}).text() == "");
    Encrypted<Aes256Gcm, KeyRing, Compressed<Zstd, Json>> json(ring("k1"), {.store = "s"});
    CHECK(testing::check_serialization<std::vector<std::string>>(json, {{}, {std::string(2'000, 'x'), "b"}}).text() ==
          "");
    Sealed plain(ring("k1"), {.store = "s", .accept_plain = true});
    CHECK(testing::check_serialization<std::string>(plain, {"", "x"}).text() == "");
    CHECK(sealed(json, std::vector<std::string>(100, "the same")).size() < 200);  // compressed before encrypted
}

TEST_CASE("encrypted: no bit can be changed, no byte be taken away or added", "[encrypted]") {
    Sealed coder(ring("k1"), {.store = "s"});
    auto const payload = sealed(coder, std::string("attack at dawn"));
    for (std::size_t i = 0; i < payload.size() * 8; ++i) {
        auto changed = payload;
        changed[i / 8] = static_cast<char>(changed[i / 8] ^ 1 << i % 8);
        auto const read = opened(coder, changed);
        REQUIRE_FALSE(read);
        bool const said = read.error() == Errc::malformed || (i < 64 && read.error() == Errc::incompatible);
        CHECK(said);
    }
    for (std::size_t n = 1; n < payload.size(); ++n)
        REQUIRE(refusal(coder, Errc::malformed, payload.substr(0, n)).find("cut off") != std::string::npos);
    CHECK(refusal(coder, Errc::malformed, payload.substr(0, payload.size() - 3)).find("by 3 bytes") !=
          std::string::npos);
    CHECK(refusal(coder, Errc::malformed, payload + "x").find("added behind") != std::string::npos);
    auto changed = payload;
    changed.back() ^= 1;
    CHECK(refusal(coder, Errc::malformed, changed).find("was changed after it was written under the key 'k1'") !=
          std::string::npos);
    changed = payload;
    changed[20] ^= 1;
    CHECK(refusal(coder, Errc::malformed, changed).find("head of the encrypted payload is damaged") !=
          std::string::npos);
    changed = payload;
    changed[7] = 2;
    CHECK(refusal(coder, Errc::incompatible, changed).find("format of version 2") != std::string::npos);
    CHECK(refusal(coder, Errc::incompatible, "{}").find("not encrypted") != std::string::npos);
    CHECK(refusal(coder, Errc::incompatible, "").find("accept_plain") != std::string::npos);
}

TEST_CASE("encrypted: a head that was forged with its checksum is not believed", "[encrypted]") {
    Sealed coder(ring("k1"), {.store = "s"});
    auto const payload = sealed(coder, std::string("attack at dawn"));
    std::size_t const head = 52 + 2 + 1 + 1;
    auto const forged = [&](std::size_t at, char byte) {
        auto changed = payload;
        changed[at] = byte;
        (void)detail::store_little(changed.data() + head, detail::xxh64(std::string_view(changed).substr(0, head)));
        return changed;
    };
    CHECK(refusal(coder, Errc::malformed, forged(16, 4)).find("was changed after") != std::string::npos);  // sequence
    CHECK(refusal(coder, Errc::malformed, forged(40, payload[40] == 0 ? 1 : 0)).find("was changed after") !=
          std::string::npos);                                                                                // nonce
    CHECK(refusal(coder, Errc::malformed, forged(54, 't')).find("was changed after") != std::string::npos);  // store
    CHECK(refusal(coder, Errc::malformed, forged(55, 'b')).find("was changed after") != std::string::npos);  // key
    CHECK(refusal(coder, Errc::malformed, forged(53, '\n')).find("damaged") != std::string::npos);  // no id at all
    CHECK(refusal(coder, Errc::incompatible, forged(8, 2)).find("cipher (number 2) than AES-256-GCM") !=
          std::string::npos);
    CHECK(refusal(coder, Errc::not_found, forged(53, '2')).find("'k2', which the ring does not have") !=
          std::string::npos);
}

TEST_CASE("encrypted: a payload that belongs elsewhere is named", "[encrypted]") {
    Sealed orders(ring("k1"), {.store = "orders"}), bills(ring("k1"), {.store = "bills"});
    auto const payload = sealed(orders, std::string("state"));
    CHECK(opened(orders, payload).value() == "state");
    CHECK(refusal(bills, Errc::malformed, payload).find("for the store 'orders', and this is 'bills'") !=
          std::string::npos);
    CHECK(
        refusal(orders, Errc::malformed, payload, {RecordId("b"), 3, nullptr}).find("for the key \"a\" (sequence 3)") !=
        std::string::npos);
    CHECK(refusal(orders, Errc::malformed, payload, {RecordId("a"), 5, nullptr})
              .find("is that of sequence 3 of this key and was put into the record of sequence 5") !=
          std::string::npos);
    // What a version slot holds is the payload that the key had.
    CHECK(opened(orders, payload, {RecordId("a", Slot::version, {3, {}}), 3, nullptr}).value() == "state");
    // A storage without stamps knows no sequences.
    CHECK(opened(orders, payload, {RecordId("a"), 0, nullptr}).value() == "state");
}

TEST_CASE("encrypted: keys that are missing, wrong or none are named", "[encrypted]") {
    Sealed writer(ring("k1"), {.store = "s"});
    auto const payload = sealed(writer, std::string("state"));
    Sealed without(ring("k2"), {.store = "s"});
    CHECK(refusal(without, Errc::not_found, payload).find("under the key 'k1', which the ring does not have; add it") !=
          std::string::npos);
    KeyRing other;
    REQUIRE(other.add("k1", key("another")));
    Sealed wrong(other, {.store = "s"});
    CHECK(refusal(wrong, Errc::permission_denied, payload)
              .find("under another key than that which the ring has as "
                    "'k1'") != std::string::npos);
    Buffer out;
    out.append("before");
    Sealed none(KeyRing(), {.store = "s"});
    CHECK(none.encode(third, std::string("x"), out).error() == Errc::invalid_argument);
    Sealed nameless(ring("k1"), {.store = "no name"});
    CHECK(nameless.encode(third, std::string("x"), out).error() == Errc::invalid_argument);
    std::string const large((std::size_t{64} << 20) + 1, 'x');
    CHECK(writer.encode(third, large, out).error() == Errc::too_large);
    CHECK(out.view() == "before");
}

TEST_CASE("encrypted: every payload has a nonce of its own, in every thread", "[encrypted]") {
    Sealed coder(ring("k1"), {.store = "s"});
    std::vector<std::vector<std::string>> found(4);
    std::vector<std::thread> threads;
    for (auto& mine : found)
        threads.emplace_back([&coder, &mine] {
            for (int i = 0; i < 200; ++i) {
                Buffer out;
                if (!coder.encode(third, std::string("state"), out)) continue;
                auto const back = opened(coder, out.view());
                if (back && *back == "state") mine.emplace_back(out.view().substr(40, 12));
            }
        });
    for (auto& thread : threads) thread.join();
    std::set<std::string> nonces;
    for (auto const& mine : found) nonces.insert(mine.begin(), mine.end());
    CHECK(nonces.size() == 800);
}

TEST_CASE("encrypted: the inner serialization sees the previous record in clear", "[encrypted]") {
    Encrypted<Aes256Gcm, KeyRing, Json> coder(ring("k1"), {.store = "s"});
    auto const before = sealed(coder, New{"text", "kept"});
    auto record = *testing::law::make_record("a", before);
    record.stamp.sequence = 3;
    CodingContext const fourth{RecordId("a"), 4, &record};
    auto const after = sealed(coder, Old{"other"}, fourth);
    auto const now = coder.decode<New>({RecordId("a"), 4, nullptr}, testing::law::make_record("a", after)).value();
    CHECK(now.text == "other");
    CHECK(now.more == "kept");

    // What cannot be read is not written over, whatever the inner one would do with it.
    Sealed raw(ring("k2"), {.store = "s"});
    Buffer out;
    auto const refused = raw.encode(fourth, std::string("x"), out);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Errc::not_found);
    CHECK(refused.error().describe().find("reading the record that would be replaced") != std::string::npos);
    CHECK(out.size() == 0);
    record.stamp.sequence = 2;
    CHECK(coder.encode(fourth, Old{"x"}, out).error() == Errc::malformed);
}

TEST_CASE("encrypted: content is compared, not bytes", "[encrypted]") {
    Encrypted<Aes256Gcm, KeyRing, Compressed<ZstdLevel<1>, Json>> fast(ring("k1", "k2"), {.store = "s"});
    Encrypted<Aes256Gcm, KeyRing, Compressed<ZstdLevel<19>, Json>> small(ring("k2"), {.store = "s"});
    std::string text;
    for (int i = 0; i < 300; ++i) text += std::to_string(i * i) + ",";
    CodingContext const fourth{RecordId("a"), 4, nullptr};
    auto const a = Bytes::copy(sealed(fast, text)), b = Bytes::copy(sealed(small, text, fourth));
    auto const c = Bytes::copy(sealed(small, text + "!", fourth));
    CHECK(fast.same_content(third, a, fourth, b).value());
    CHECK_FALSE(fast.same_content(third, a, fourth, c).value());
    CHECK(fast.same_content(third, a, third, b).error() == Errc::malformed);  // each under its own sequence
    CHECK(small.same_content(third, a, fourth, b).error() == Errc::not_found);
}

TEST_CASE("encrypted: Bytes are a state", "[encrypted]") {
    Sealed coder(ring("k1"), {.store = "s"});
    auto const payload = sealed(coder, Bytes::copy("state"));
    auto const back = coder.decode<Bytes>(third, testing::law::make_record("a", payload)).value();
    CHECK(back.view() == "state");
    for (std::size_t i = 0; i < read_padding; ++i) CHECK(back.data()[back.size() + i] == 0);
}

}  // namespace encrypted_test
