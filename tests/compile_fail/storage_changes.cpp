// What is written for storages that revalidate or tell of changes refuses those that do not, or do it otherwise.
//
// expect: storage_changes.cpp:58:
// expect: RevalidatingStorage
// expect: storage_changes.cpp:59:
// expect: WatchableStorage

#include "parts.hpp"

#include <holdfast/layer/cached.hpp>
#include <holdfast/testing/archetypes.hpp>

using namespace parts;

/// Neither copies a record that is known, nor sleeps.
struct Telling : Minimal {
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known) {
        auto now = read(ctx, id);
        return now && *now && known && (*now)->revision == known->revision ? Result<RecordPtr>(known) : now;
    }
    Result<bool> wait_for_change(Context const&, RecordId const&, Revision const&) { return false; }
};

/// The answers are of other types.
struct Otherwise : Minimal {
    RecordPtr reread(Context const&, RecordId const&, RecordPtr const& known) { return known; }
    bool wait_for_change(Context const&, RecordId const&, Revision const&) { return true; }
};
/// No storages at all.
struct Alone {
    Result<RecordPtr> reread(Context const&, RecordId const&, RecordPtr const& known) { return known; }
    Result<bool> wait_for_change(Context const&, RecordId const&, Revision const&) { return true; }
};

using testing::RevalidatingStorageArchetype, testing::WatchableStorageArchetype;
static_assert(RevalidatingStorage<Telling> && WatchableStorage<Telling>);
static_assert(RevalidatingStorage<RevalidatingStorageArchetype> && WatchableStorage<WatchableStorageArchetype>);
static_assert(RevalidatingStorage<Cached<Telling>> && WatchableStorage<Cached<Telling>>);
static_assert(!RevalidatingStorage<Minimal> && !WatchableStorage<Minimal>);
static_assert(!RevalidatingStorage<Otherwise> && !WatchableStorage<Otherwise>);
static_assert(!RevalidatingStorage<Alone> && !WatchableStorage<Alone>);
static_assert(!RevalidatingStorage<Cached<Minimal>> && !WatchableStorage<Cached<Minimal>>);

Result<RecordPtr> refresh(RevalidatingStorage auto& storage, RecordPtr const& known) {
    return storage.reread(Context(Environment::system()), RecordId("k"), known);
}
Result<bool> watch(WatchableStorage auto& storage) {
    return storage.wait_for_change(Context(Environment::system()), RecordId("k"), Revision());
}

int main() {
#ifdef HOLDFAST_ACCEPT
    Telling storage;
#else
    Minimal storage;
#endif
    Cached<decltype(storage)> cached(storage);
    bool const fresh = refresh(cached, nullptr).has_value();
    bool const told = watch(cached).has_value();
    return fresh && told ? 0 : 1;
}
