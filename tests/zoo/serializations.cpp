// Broken serializations. No law sees:
// - one that reads bytes behind the padding and does not care what they are: that is for an address sanitizer;
// - one that remembers what it decoded by the address of a payload: the laws cannot have two payloads at one address
//   that its owner might not rightly have kept;
// - one whose bytes need what it drew when it was made: the other process that the laws ask was forked from this one;
// - one that takes a part of its bytes, or more than these, for a state: what is a value is its own business;
// - one that mixes up states of several threads in a moment shorter than a switch between them, now and then.

#include <zoo/serializations/bytes.hpp>
#include <zoo/serializations/states.hpp>

#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/migrating.hpp>
#include <holdfast/serialization/raw_bytes.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <set>

namespace zoo {

namespace in_serializations {

std::string reversed(std::string text) { return {text.rbegin(), text.rend()}; }
Bytes as_bytes(std::string const& text) { return Bytes::copy(text); }

std::set<std::string>& laws() {
    static std::set<std::string> all;
    static bool const once = [] {
        auto const take = [&](Findings const& found) {
            CHECK(found.text() == "");
            all.insert(found.checked().begin(), found.checked().end());
        };
        std::string const bytes("\0\xff\"\\\n", 5), large(5'000, 'x');
        std::initializer_list<std::string> const texts = {"", "x", "holdfast-schema:2\nx", bytes, large};
        RawBytes raw;
        take(check_serialization<std::string>(raw, texts));
        take(check_serialization<Bytes>(raw, {Bytes(), Bytes::copy("a"), Bytes::copy(bytes)}));
        take(check_serialization<std::vector<std::byte>>(raw, {{}, {std::byte{0}}, {std::byte{255}, std::byte{1}}}));
        Json json;
        take(check_serialization<std::string>(json, {"", "text", "\"\\\n\xc3\xa9", std::string(3, '\0'), large}));
        take(check_serialization<std::vector<std::optional<double>>>(json, {{}, {0.1}, {std::nullopt, -1e300}}));
        Compressed<Zstd, RawBytes> small;
        take(check_serialization<std::string>(small, texts));
        KeyRing ring;
        (void)ring.add("k1", SecretKey::from_bytes(std::string(32, 'k')).value());
        Encrypted<Aes256Gcm, KeyRing, Compressed<Zstd, Json>> secret(std::move(ring), {.store = "zoo"});
        take(check_serialization<std::string>(secret, {"", "text", large}));
        using Renewed =
            Migrating<RawBytes, Step<std::string, std::string, &reversed>, Step<std::string, Bytes, &as_bytes>>;
        Renewed renewed;
        take(check_serialization<Bytes>(renewed, {Bytes(), Bytes::copy("abc"), Bytes::copy("holdfast-schema:2\nx")}));
        return true;
    }();
    (void)once;
    return all;
}

}  // namespace in_serializations

Animals serializations() {
    using namespace in_serializations;
    CoderPen pen;
    of_states(pen);
    of_bytes(pen);
    return pen.take();
}
Laws laws_of_serializations() { return {in_serializations::laws().begin(), in_serializations::laws().end()}; }

TEST_CASE("zoo: serializations that are right obey every law", "[zoo]") { CHECK(laws_of_serializations().size() == 9); }
TEST_CASE("zoo: serializations", "[zoo]") { condemned(serializations()); }

}  // namespace zoo
