#ifndef HOLDFAST_TESTS_UNIT_SERIALIZATION_ENCRYPTED_SUPPORT_HPP
#define HOLDFAST_TESTS_UNIT_SERIALIZATION_ENCRYPTED_SUPPORT_HPP

#include <holdfast/core/hex.hpp>
#include <holdfast/serialization/encrypted/key_ring.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

namespace encrypted_test {

using namespace holdfast;

inline std::string bytes_of(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(static_cast<char>(*detail::from_hex(hex.substr(i, 2))));
    return bytes;
}
inline std::string hex_of(std::string_view bytes) {
    std::string hex;
    for (char const c : bytes) {
        hex.push_back(detail::hex_digits[static_cast<unsigned char>(c) >> 4]);
        hex.push_back(detail::hex_digits[static_cast<unsigned char>(c) & 15]);
    }
    return hex;
}

/// The bytes of the key that tests have under an id: each made from the other bytes of "SECRET".
inline std::string key_bytes(std::string_view id) {
    std::string bytes = "SECRET-" + std::string(id) + "-";
    while (bytes.size() < 32) bytes.push_back(static_cast<char>('A' + bytes.size() % 26));
    return bytes;
}
inline SecretKey key(std::string_view id) { return SecretKey::from_bytes(key_bytes(id)).value(); }

/// The first is active.
template <class... Ids>
KeyRing ring(Ids const&... ids) {
    KeyRing all;
    (all.add(ids, key(ids)).value(), ...);
    return all;
}

/// No part of a key of the tests or of a state of theirs: neither as it is, nor in hexadecimal digits.
inline bool tells_no_secret(std::string_view text) {
    for (std::string const part : {"SECRET", "secret state", "attack at dawn"})
        if (text.find(part) != text.npos || text.find(hex_of(part)) != text.npos) return false;
    return text.find("U0VDUkVU") == text.npos;  // in base64
}

}  // namespace encrypted_test

#endif
