#include <holdfast/testing/laws.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <conformance/product.hpp>

#include <concepts>

namespace conformance::parts {

namespace mp11 = boost::mp11;

// What is refused by design, and nothing else: file locks over what is not in a directory of this host; without stamps
// leases, and what tells writes apart by them; with stamps what compares content instead.
static_assert(!LockingPolicy<FileLock, MemoryStorage>);
static_assert(!LockingPolicy<FileLock, Faultless>);
static_assert(!LockingPolicy<FileLock, LateStorage>);
static_assert(LockingPolicy<FileLock, Files> && LockingPolicy<FileLock, SqliteStorage> &&
              LockingPolicy<FileLock, Either>);
template <class L>
inline constexpr bool is_lease = false;
template <class P>
inline constexpr bool is_lease<LeaseLock<P>> = true;
template <class C, class S = typename C::storage, class L = typename C::locking, class V = typename C::versioning>
using RefusedByDesign =
    mp11::mp_bool<(std::same_as<L, FileLock> && !HostStorage<S>) ||
                  (AttributedStorage<S> ? std::same_as<V, CompareContent>
                                        : is_lease<L> || std::same_as<V, CompareAndSwap> || std::same_as<V, History<>>)>;
static_assert(std::same_as<mp11::mp_remove_if<Product, Allowed>, mp11::mp_copy_if<Product, RefusedByDesign>>,
              "a composition is refused, and RefusedByDesign does not say why, or the other way round");

// No part is left out: the laws of each are checked over some storage.
template <class Parts>
using PartsOf = mp11::mp_unique<mp11::mp_transform<mp11::mp_first, Parts>>;
static_assert(std::same_as<PartsOf<VersioningsOver>, Versionings>, "no storage here has this versioning");
template <class L>
using IsChecked = mp11::mp_contains<PartsOf<mp11::mp_append<LeasesOver, LocksOver>>, L>;
static_assert(mp11::mp_all_of<Lockings, IsChecked>::value,
              "a lock is over neither Files nor SqliteStorage, and no lease: name its storage in LocksOver");

template <class Store>
concept CanUpdate = requires(Store& store) { store.update("k", [](std::string&) {}); };
template <class Store>
concept CanPut = requires(Store& store) { store.put("k", "v"); };
template <class Store>
concept CanRemoveKey = requires(Store& store) { store.remove(KeyView("k")); };
template <class Store>
concept CanTransact = requires(Store& store) {
    store.transaction({KeyView("a"), KeyView("b")}, [](std::span<std::optional<std::string>>) {});
};
using Watching = StateStore<std::string, MemoryStorage, RawBytes>;
using Putting = StateStore<std::string, MemoryStorage, LastWriterWins, RawBytes>;
static_assert(CanUpdate<Watching> && !CanPut<Watching> && !CanRemoveKey<Watching> && CanTransact<Watching>);
static_assert(!CanUpdate<Putting> && CanPut<Putting> && CanRemoveKey<Putting> && !CanTransact<Putting>);

TEMPLATE_LIST_TEST_CASE("conformance: storages", "[conformance]", Storages) {
    Scratch const scratch;
    auto storage = make<TestType>(scratch);
    CHECK(check_storage(storage).text() == "");
}

TEMPLATE_LIST_TEST_CASE("conformance: versionings over every storage", "[conformance]", VersioningsOver) {
    using V = typename TestType::part;
    using S = typename TestType::storage;
    Scratch const scratch;
    auto storage = make<S>(scratch);
    V versioning;
    CHECK(check_versioning(versioning, storage).text() == "");
    if constexpr (HistoryVersioning<V, S>) CHECK(check_history(versioning, storage).text() == "");
}

TEMPLATE_LIST_TEST_CASE("conformance: locks beside the records", "[conformance]", LocksOver) {
    Scratch const scratch;
    auto storage = make<typename TestType::storage>(scratch);
    typename TestType::part lock;
    CHECK(check_locking(lock, storage).text() == "");
}

TEMPLATE_LIST_TEST_CASE("conformance: serializations", "[conformance]", Serializations) {
    TestType coder;
    CHECK(check_serialization<std::string>(coder, {"", "text", "\"\\\n\xc3\xa9", std::string(3, '\0')}).text() == "");
}

TEST_CASE("conformance: any bytes are a state of RawBytes", "[conformance]") {
    RawBytes raw;
    CHECK(check_serialization<std::string>(raw, {"", "text", std::string("\0\xff", 2)}).text() == "");
}

}  // namespace conformance::parts
