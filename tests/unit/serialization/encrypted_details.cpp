// Which records are to be encrypted anew, and what becomes of one that goes meanwhile.

#include "encrypted_support.hpp"

#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/encrypted/aes_256_gcm.hpp>
#include <holdfast/serialization/encrypted/rewrap.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/archetypes.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/history_storages.hpp>

#include <memory>
#include <string>
#include <utility>

namespace encrypted_details_test {

using namespace holdfast;
using encrypted_test::key;
using encrypted_test::ring;
using holdfast_tests::Hooked;
using Sealed = Encrypted<Aes256Gcm, KeyRing, RawBytes>;
template <class S>
using Store = StateStore<std::string, S, Sealed>;

/// `AuthenticatedCipher`, and nothing else.
struct CipherArchetype {
    CipherArchetype() = delete;
    static constexpr std::uint8_t id = 128;
    static constexpr std::size_t key_size = 32, nonce_size = 12, tag_size = 1;
    static constexpr std::string_view name = "archetype";
    static bool seal(std::string_view, std::string_view, std::string_view, char*, std::size_t, char*) {
        testing::detail::never_called();
    }
    static Opened open(std::string_view, std::string_view, std::string_view, char const*, std::size_t, char const*,
                       char*) {
        testing::detail::never_called();
    }
};
struct LongNonce : CipherArchetype {
    static constexpr std::size_t nonce_size = 24;
};
struct ShortKey : CipherArchetype {
    static constexpr std::size_t key_size = 16;
};
struct SaysNothing : CipherArchetype {
    static void seal(std::string_view, std::string_view, std::string_view, char*, std::size_t, char*) {}
};
static_assert(AuthenticatedCipher<CipherArchetype> && !AuthenticatedCipher<LongNonce> &&
              !AuthenticatedCipher<ShortKey> && !AuthenticatedCipher<SaysNothing>);

/// `KeySource`.
struct KeySourceArchetype : testing::Archetype<KeySourceArchetype> {
    NamedKeyPtr active() const { testing::detail::never_called(); }
    NamedKeyPtr find(std::string_view) const { testing::detail::never_called(); }
};
struct FindsByText : KeySourceArchetype {
    NamedKeyPtr find(std::string const&) const { testing::detail::never_called(); }
};
struct Immovable : KeySourceArchetype {
    Immovable(Immovable&&) = delete;
};
static_assert(KeySource<KeySourceArchetype> && !KeySource<FindsByText> && !KeySource<Immovable>);
// Compiled with what the concepts promise and nothing more; never called.
void use_everything(Encrypted<CipherArchetype, KeySourceArchetype, testing::SerializationArchetype>& coder,
                    CodingContext const& about, testing::StateArchetype const& state, Buffer& out,
                    RecordPtr const& record) {
    (void)coder.encode(about, state, out);
    (void)coder.decode<testing::StateArchetype>(about, record);
    (void)coder.needs_rewrap(*record);
}

TEST_CASE("encrypted: a payload under another key of the same id is to be encrypted anew", "[encrypted]") {
    Store<MemoryStorage> store(Sealed(ring("k1"), {"orders"}));
    REQUIRE(store.create("a", "secret state"));
    auto const record = (*store.get("a").value()).record();
    CHECK_FALSE(Sealed(ring("k1"), {"orders"}).needs_rewrap(*record));
    KeyRing other;
    REQUIRE(other.add("k1", key("k2")));  // as after a rotation that forgot to take a new id
    CHECK(Sealed(other, {"orders"}).needs_rewrap(*record));
    CHECK(Sealed(ring("k2", "k1"), {"orders"}).needs_rewrap(*record));
}

TEST_CASE("encrypted: a state that is removed while it is to be encrypted anew is none that failed", "[encrypted]") {
    MemoryStorage const memory;
    auto const hooks = std::make_shared<Hooked<MemoryStorage>::Hooks>();
    Store<MemoryStorage> rival(memory, Sealed(ring("k1"), {"orders"}));
    Store<Hooked<MemoryStorage>> store(Hooked(memory, hooks), Sealed(ring("k2", "k1"), {"orders"}));
    REQUIRE(rival.create("a", "secret state"));
    unsigned reads = 0;
    hooks->before = [&](Operation const& operation) {
        if (operation.kind == Operation::Kind::read && ++reads == 2) REQUIRE(rival.remove(*rival.get("a").value()));
    };
    auto const done = rewrap(store, "a");
    CHECK(reads == 2);
    REQUIRE(done);
    CHECK_FALSE(*done);
    CHECK_FALSE(rival.get("a").value());
}

}  // namespace encrypted_details_test
