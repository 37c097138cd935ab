// Each member that an object store or a layout lacks is named.
//
// expect: object store needs 'Result<Fetched> get\(Context const&, ObjectRead const&\)'
// expect: object store needs 'Result<WriteOutcome> put\(Context const&, std::string_view name, BodyParts
// expect: object store needs 'Result<WriteOutcome> remove\(Context const&, std::string_view name
// expect: object store needs 'Result<ObjectPage> list\(Context const&, ObjectQuery const&\)'
// expect: object store says with 'static constexpr bool' conditional_put, conditional_remove and late_writes
// expect: object store is moved to where it is used
// expect: layout of objects says with 'static constexpr bool framed'

#include "parts.hpp"

#include <holdfast/object/memory_objects.hpp>
#include <holdfast/storage/object.hpp>

using namespace parts;

struct NoGet : MemoryObjects {
    void get();
};
struct NoPut : MemoryObjects {
    void put();
};
struct NoRemove : MemoryObjects {
    void remove();
};
struct NoList : MemoryObjects {
    void list();
};
struct SaysNothing : MemoryObjects {
    using late_writes = void;
};
struct Fixed : MemoryObjects {
    Fixed() = default;
    Fixed(Fixed&&) = delete;
};
struct NoLayout {};

static_assert(ObjectStore<MemoryObjects> && ObjectLayout<SlotFirst> && !ObjectLayout<NoLayout>);
static_assert(!ObjectStore<NoGet> && !ObjectStore<NoPut> && !ObjectStore<NoRemove> && !ObjectStore<NoList>);
static_assert(!ObjectStore<SaysNothing> && !ObjectStore<Fixed>);

int main() {
#ifndef HOLDFAST_ACCEPT
    (void)sizeof(ObjectStorage<NoGet>);
    (void)sizeof(ObjectStorage<NoPut>);
    (void)sizeof(ObjectStorage<NoRemove>);
    (void)sizeof(ObjectStorage<NoList>);
    (void)sizeof(ObjectStorage<SaysNothing>);
    (void)sizeof(ObjectStorage<Fixed>);
    (void)sizeof(ObjectStorage<MemoryObjects, NoLayout>);
#endif
    Store<ObjectStorage<MemoryObjects>> store(ObjectStorage<MemoryObjects>::open(MemoryObjects()).value());
    return store.create("k", "v") && **store.get("k").value() == "v" ? 0 : 1;
}
