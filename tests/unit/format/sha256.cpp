#include <holdfast/format/sha256.hpp>

#include <catch2/catch_test_macros.hpp>

#include <openssl/evp.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace sha256_test {

using holdfast::detail::Sha256;
using holdfast::detail::sha256_hex;

constexpr bool is(std::string_view text, std::string_view digest) {
    auto const hex = sha256_hex(text);
    return std::string_view(hex.data(), hex.size()) == digest;
}

// NIST, "Secure Hash Standard: examples with intermediate values" and the SHA256ShortMsg vectors of its validation
// suite.
static_assert(is("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
static_assert(is("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
static_assert(is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
static_assert(
    is("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
       "mnopqrstnopqrstu",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"));
static_assert(is("\xd3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"));
static_assert(is("\x11\xaf", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"));

std::string hex(Sha256::Digest const& digest) {
    std::string text;
    for (unsigned char const byte : digest) {
        text.push_back(holdfast::detail::hex_digits[byte >> 4]);
        text.push_back(holdfast::detail::hex_digits[byte & 15]);
    }
    return text;
}

TEST_CASE("SHA-256 of a million letters") {
    Sha256 hash;
    for (int i = 0; i < 1000; ++i) hash.update(std::string(1000, 'a'));
    CHECK(hex(hash.digest()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 is OpenSSL's for every length around the blocks, in any parts") {
    std::string text;
    for (std::size_t size = 0; size < 300; ++size) {
        Sha256::Digest expected{};
        REQUIRE(EVP_Digest(text.data(), text.size(), expected.data(), nullptr, EVP_sha256(), nullptr) == 1);
        for (std::size_t const part : {1u, 7u, 64u, 1000u}) {
            Sha256 hash;
            for (std::size_t at = 0; at < text.size(); at += part) hash.update(std::string_view(text).substr(at, part));
            REQUIRE(hash.digest() == expected);
            REQUIRE(hash.digest() == expected);  // asking changes nothing
        }
        text.push_back(static_cast<char>(size * 131 + 7));
    }
}

}  // namespace sha256_test
