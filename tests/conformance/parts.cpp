#include <holdfast/testing/laws.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <conformance/product.hpp>

namespace conformance::parts {

using boost::mp11::mp_size;

// What is refused by design, and nothing else: file locks over what is not a directory of this host.
static_assert(!LockingPolicy<FileLock, MemoryStorage>);
static_assert(!LockingPolicy<FileLock, Faultless>);
static_assert(!LockingPolicy<FileLock, LateStorage>);
static_assert(LockingPolicy<FileLock, Files> && LockingPolicy<FileLock, SqliteStorage> &&
              LockingPolicy<FileLock, Either>);
static_assert(mp_size<Product<Json>>::value - mp_size<AllowedProduct<Json>>::value == 3 * 3);

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
    CompareAndSwap cas;
    CHECK(check_versioning(cas, storage).text() == "");
    LastWriterWins last;
    CHECK(check_versioning(last, storage).text() == "");
    History<> history;
    CHECK(check_versioning(history, storage).text() == "");
    CHECK(check_history(history, storage).text() == "");
}

TEST_CASE("conformance: locks", "[conformance]") {
    Scratch const scratch;
    auto files = make<Files>(scratch);
    MutexLock threads;
    CHECK(check_locking(threads, files).text() == "");
    FileLock processes;
    CHECK(check_locking(processes, files).text() == "");
    auto database = make<SqliteStorage>(scratch);
    CHECK(check_locking(processes, database).text() == "");
}

TEST_CASE("conformance: serializations", "[conformance]") {
    Json json;
    CHECK(check_serialization<std::string>(json, {"", "text", "\"\\\n\xc3\xa9", std::string(3, '\0')}).text() == "");
    RawBytes raw;
    CHECK(check_serialization<std::string>(raw, {"", "text", std::string("\0\xff", 2)}).text() == "");
}

}  // namespace conformance::parts
