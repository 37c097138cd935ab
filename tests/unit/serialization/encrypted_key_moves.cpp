// SecretKey: what is moved from is none, also where it is moved to itself.

#include <holdfast/serialization/encrypted/secret_key.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>

namespace encrypted_key_moves_test {

using namespace holdfast;

TEST_CASE("secret keys: one that is assigned to itself stays", "[encrypted]") {
    std::string const bytes(32, 'k');
    SecretKey key = SecretKey::from_bytes(bytes).value();
    SecretKey& same = key;
    key = std::move(same);
    CHECK(key);
    CHECK(key.expose() == bytes);
    SecretKey other = SecretKey::from_bytes(std::string(32, 'o')).value();
    other = std::move(key);
    CHECK(other);
    CHECK(other.expose() == bytes);
    CHECK_FALSE(key);  // NOLINT(bugprone-use-after-move)
    CHECK(key.expose() == std::string(32, '\0'));
}

}  // namespace encrypted_key_moves_test
