// What stands on object stores leans on nothing that the concepts do not promise, and what lacks a part is none.

#include <holdfast/testing/object_archetypes.hpp>

#include <holdfast/object/directory_objects.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/testing/late_objects.hpp>
#include <holdfast/versioning/compare_content.hpp>
#include <holdfast/versioning/history.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/exact_layout.hpp>

namespace object_archetypes_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(ObjectStore<ObjectsArchetype> && !BulkObjectStore<ObjectsArchetype> && !LargeObjectStore<ObjectsArchetype>);
static_assert(ObjectStore<UnconditionalObjectsArchetype>);
static_assert(BulkObjectStore<BulkObjectsArchetype> && !LargeObjectStore<BulkObjectsArchetype>);
static_assert(LargeObjectStore<LargeObjectsArchetype> && !BulkObjectStore<LargeObjectsArchetype>);
static_assert(BulkObjectStore<LateObjects<BulkObjectsArchetype>> && !BulkObjectStore<LateObjects<ObjectsArchetype>>);
static_assert(LargeObjectStore<LateObjects<LargeObjectsArchetype>> && !LargeObjectStore<LateObjects<ObjectsArchetype>>);
static_assert(BulkObjectStore<MemoryObjects> && !LargeObjectStore<MemoryObjects>);
static_assert(!BulkObjectStore<DirectoryObjects<>> && LargeObjectStore<DirectoryObjects<>>);

// What the storage over one can is what the object store can.
using Plain = ObjectStorage<ObjectsArchetype>;
static_assert(ConditionalStorage<Plain> && AttributedStorage<Plain> && ListableStorage<Plain> && RevalidatingStorage<Plain> &&
              AgingStorage<Plain> && PurgeableStorage<Plain> && !BulkStorage<Plain> && !TransactionalStorage<Plain>);
static_assert(BulkStorage<ObjectStorage<BulkObjectsArchetype>>);
using Blind = ObjectStorage<UnconditionalObjectsArchetype>;
static_assert(StoragePolicy<Blind> && AttributedStorage<Blind> && !ConditionalStorage<Blind> && !PurgeableStorage<Blind>);
static_assert(VersioningPolicy<LastWriterWins, Blind> && !VersioningPolicy<CompareAndSwap, Blind>);
using Exact = ObjectStorage<ObjectsArchetype, holdfast_tests::ExactLayout>;
static_assert(ConditionalStorage<Exact> && !AttributedStorage<Exact> && !PurgeableStorage<Exact>);
static_assert(VersioningPolicy<CompareContent, Exact> && !VersioningPolicy<CompareAndSwap, Exact> &&
              !VersioningPolicy<History<>, Exact> && !VersioningPolicy<CompareContent, Plain>);

// Each minus one member models nothing.
enum class Without : unsigned char { nothing, get, put, remove, list };
template <Without w>
struct Crippled {
    static constexpr bool conditional_put = true, conditional_remove = true, late_writes = true;
    Result<Fetched> get(Context const&, ObjectRead const&)
        requires(w != Without::get);
    Result<WriteOutcome> put(Context const&, std::string_view, BodyParts, Precondition const&)
        requires(w != Without::put);
    Result<WriteOutcome> remove(Context const&, std::string_view, Precondition const&)
        requires(w != Without::remove);
    Result<ObjectPage> list(Context const&, ObjectQuery const&)
        requires(w != Without::list);
};
static_assert(ObjectStore<Crippled<Without::nothing>> && !ObjectStore<Crippled<Without::get>> &&
              !ObjectStore<Crippled<Without::put>> && !ObjectStore<Crippled<Without::remove>> &&
              !ObjectStore<Crippled<Without::list>>);
struct SaysNoPut : Crippled<Without::nothing> {
    using conditional_put = void;
};
struct SaysNoRemove : Crippled<Without::nothing> {
    using conditional_remove = void;
};
struct SaysNotLate : Crippled<Without::nothing> {
    using late_writes = void;
};
static_assert(!ObjectStore<SaysNoPut> && !ObjectStore<SaysNoRemove> && !ObjectStore<SaysNotLate>);
struct Fixed : Crippled<Without::nothing> {
    Fixed(Fixed&&) = delete;
};
static_assert(!ObjectStore<Fixed>);

struct BulkWithoutNumber : BulkObjectsArchetype {
    void at_once() const;
};
struct BulkWithoutRemovals : BulkObjectsArchetype {
    void remove_many() const;
};
struct LargeWithoutPuts : LargeObjectsArchetype {
    void put_from() const;
};
static_assert(!BulkObjectStore<BulkWithoutNumber> && !BulkObjectStore<BulkWithoutRemovals> &&
              !LargeObjectStore<LargeWithoutPuts>);

struct NotFramed : SlotFirst {
    using framed = void;
};
struct Nameless : SlotFirst {
    void name() const;
};
struct WithoutMark : SlotFirst {
    using layout_name = void;
};
static_assert(ObjectLayout<SlotFirst> && ObjectLayout<holdfast_tests::ExactLayout>);
static_assert(!ObjectLayout<NotFramed> && !ObjectLayout<Nameless> && !ObjectLayout<WithoutMark>);

/// Every member that there is, compiled.
template <class Store>
void touch(Store& store, KeyView key) {
    (void)store.get(key);
    (void)store.get_many({key});
    (void)store.update(key, [](std::string& state) { state += "+"; });
    for (auto const& one : store.keys()) (void)one;
}

TEST_CASE("objects: what stands on them compiles with the least that the concepts promise", "[object]") {
    (void)&touch<StateStore<std::string, Plain, RawBytes>>;
    (void)&touch<StateStore<std::string, ObjectStorage<BulkObjectsArchetype>, RawBytes>>;
    (void)&touch<StateStore<std::string, Plain, History<>, RawBytes>>;
    (void)&touch<StateStore<std::string, Exact, CompareContent, RawBytes>>;
    SUCCEED();
}

}  // namespace object_archetypes_test
