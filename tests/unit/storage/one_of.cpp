#include <holdfast/concepts/openable.hpp>
#include <holdfast/storage/one_of.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/testing/archetypes.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

namespace one_of_test {

using namespace holdfast;
using namespace holdfast::testing;

// It can do what all can, whichever is chosen.
template <class... S>
constexpr bool conditional = ConditionalStorage<OneOf<S...>>;
template <class... S>
constexpr bool attributed = AttributedStorage<OneOf<S...>>;
static_assert(StoragePolicy<OneOf<StorageArchetype>> && !conditional<StorageArchetype>);
static_assert(conditional<AttributedStorageArchetype, ConditionalStorageArchetype> &&
              !conditional<AttributedStorageArchetype, StorageArchetype>);
static_assert(attributed<AttributedStorageArchetype, MemoryStorage> &&
              !attributed<AttributedStorageArchetype, ConditionalStorageArchetype>);
static_assert(ListableStorage<OneOf<ListableStorageArchetype, MemoryStorage>> &&
              !ListableStorage<OneOf<ListableStorageArchetype, TransactionalStorageArchetype>>);
static_assert(TransactionalStorage<OneOf<TransactionalStorageArchetype, MemoryStorage>> &&
              !TransactionalStorage<OneOf<TransactionalStorageArchetype, ListableStorageArchetype>>);
static_assert(HostStorage<OneOf<HostStorageArchetype>> && !HostStorage<OneOf<HostStorageArchetype, MemoryStorage>>);
static_assert(OpenableStorage<OneOf<OpenableStorageArchetype, MemoryStorage>> &&
              !OpenableStorage<OneOf<ListableStorageArchetype, MemoryStorage>>);
static_assert(OneOf<MemoryStorage, StorageArchetype>::late_writes && !OneOf<MemoryStorage>::late_writes);  // the worst

/// Openable, under a name of its own, and never willing.
struct Closed : MemoryStorage {
    static constexpr std::string_view scheme = "closed";
    static Result<Closed> open(Locator const&) { return Error(Errc::permission_denied, "it is closed"); }
};
using Either = OneOf<MemoryStorage, Closed>;

Locator of_scheme(std::string scheme) {
    Locator locator;
    locator.scheme = std::move(scheme);
    return locator;
}

TEST_CASE("OneOf: opens by scheme, and says which there are", "[one_of]") {
    auto opened = Either::open(of_scheme("memory"));
    REQUIRE(opened);
    CHECK(opened->get_if<MemoryStorage>() != nullptr);
    CHECK(opened->get_if<Closed>() == nullptr);
    auto const closed = Either::open(of_scheme("closed"));
    REQUIRE(!closed);
    CHECK(closed.error() == Errc::permission_denied);
    auto const other = Either::open(of_scheme("other"));
    REQUIRE(!other);
    CHECK(other.error() == Errc::invalid_argument);
    std::string const text = other.error().describe();
    INFO(text);
    CHECK(text.find("'other'") != text.npos);
    CHECK(text.find("memory") != text.npos);
    CHECK(text.find("closed") != text.npos);
}

TEST_CASE("OneOf: is the storage that was chosen", "[one_of]") {
    LateStorage far;
    OneOf<MemoryStorage, LateStorage> chosen(far);
    BasicStateStore<std::string, decltype(chosen), NoLock, CompareAndSwap, holdfast_tests::PlainText> store(chosen);
    REQUIRE(store.create("k", "1"));
    REQUIRE(store.transaction({"k", "l"}, [](std::span<std::optional<std::string>> states) { states[1] = "2"; }));
    unsigned listed = 0;
    for (auto const& key : store.keys()) listed += key ? 1u : 0u;
    CHECK(listed == 2);
    CHECK(chosen.get_if<LateStorage>()->world().effects().size() == 3);  // a handle: the copies share the world
    auto const entry = store.get("l");
    REQUIRE((entry && *entry));
    REQUIRE(store.remove(**entry));
    CHECK((*far.read(Context(Environment::system()), RecordId("l")))->stamp.tombstone);
    chosen = MemoryStorage();
    CHECK(chosen.get_if<LateStorage>() == nullptr);
    CHECK(*chosen.read(Context(Environment::system()), RecordId("k")) == nullptr);
}

}  // namespace one_of_test
