// Each member that an object store or a layout lacks is named.
//
// expect: object store needs 'Result<Fetched> get\(Context const&, ObjectRead const&\)'
// expect: object store needs 'Result<WriteOutcome> put\(Context const&, std::string_view name, BodyParts
// expect: object store needs 'Result<WriteOutcome> remove\(Context const&, std::string_view name
// expect: object store needs 'Result<ObjectPage> list\(Context const&, ObjectQuery const&\)'
// expect: object store says with 'static constexpr bool' conditional_put, conditional_remove and late_writes
// expect: object store is moved to where it is used
// expect: layout of objects says with 'static constexpr bool framed'
// expect: 'removes_conditionally' is there, and nobody would ask it
// expect: 'get_many' or 'remove_many' is there, and nobody would use it
// expect: 'get_to' or 'put_from' is there, and nobody would use it
// expect: layout of a directory names in 'areas'

#include "parts.hpp"

#include <holdfast/object/directory_objects.hpp>
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
struct AskedInVain : MemoryObjects {
    bool removes_conditionally() { return false; }
};
struct SaysLater : MemoryObjects {
    bool conditional_put = true;
};
struct HalfBulk : MemoryObjects {
    std::vector<Fetched> get_many(Context const&, std::span<ObjectRead const>) const;
};
struct HalfLarge : MemoryObjects {
    Result<Fetched> get_to(Context const&, ObjectRead const&, int) const;
};
struct NoLayout {};
struct NoPrefix : SlotFirst {
    static void prefix(ListRequest const&);
};
struct NoParse : SlotFirst {
    static void parse(std::string_view);
};
struct NoAreas {
    static constexpr bool framed = true;
    static constexpr std::string_view layout_name = "mine";
    static std::string name(RecordId const& id) { return SlotFirst::name(id); }
    static std::string prefix(ListRequest const& request) { return SlotFirst::prefix(request); }
    static std::optional<RecordName> parse(std::string_view text) { return SlotFirst::parse(text); }
};

static_assert(ObjectStore<MemoryObjects> && ObjectLayout<SlotFirst> && !ObjectLayout<NoLayout>);
static_assert(!ObjectStore<NoGet> && !ObjectStore<NoPut> && !ObjectStore<NoRemove> && !ObjectStore<NoList>);
static_assert(!ObjectStore<SaysNothing> && !ObjectStore<Fixed> && !ObjectStore<AskedInVain> && !ObjectStore<SaysLater>);
static_assert(ObjectStore<HalfBulk> && !BulkObjectStore<HalfBulk> && !LargeObjectStore<HalfLarge>);
static_assert(!ObjectLayout<NoPrefix> && !ObjectLayout<NoParse> && ObjectLayout<NoAreas>);

int main() {
#ifndef HOLDFAST_ACCEPT
    (void)sizeof(ObjectStorage<NoGet>);
    (void)sizeof(ObjectStorage<NoPut>);
    (void)sizeof(ObjectStorage<NoRemove>);
    (void)sizeof(ObjectStorage<NoList>);
    (void)sizeof(ObjectStorage<SaysNothing>);
    (void)sizeof(ObjectStorage<Fixed>);
    (void)sizeof(ObjectStorage<AskedInVain>);
    (void)sizeof(ObjectStorage<HalfBulk>);
    (void)sizeof(ObjectStorage<HalfLarge>);
    (void)sizeof(ObjectStorage<MemoryObjects, NoLayout>);
    (void)DirectoryObjects<>::open_for<NoAreas>("d");
#endif
    Store<ObjectStorage<MemoryObjects>> store(ObjectStorage<MemoryObjects>::open(MemoryObjects()).value());
    return store.create("k", "v") && **store.get("k").value() == "v" ? 0 : 1;
}
