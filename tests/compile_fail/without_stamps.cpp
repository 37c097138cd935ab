// What takes stamps is refused over a storage that keeps none, each with its sentence; and what does without them is
// refused where they are.
//
// expect: this versioning policy needs a storage that keeps stamps; choose CompareContent
// expect: compares what is stored, for storages without stamps; this one keeps stamps: choose CompareAndSwap
// expect: LeaseLock needs a storage that keeps stamps
// expect: resolve\(\) finds a write by its id, and this storage keeps no stamps
// expect: seal\(\) leaves a write that later ones can be told from, and this storage keeps no stamps

#include "parts.hpp"

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/storage/object.hpp>
#include <holdfast/versioning/compare_content.hpp>
#include <holdfast/versioning/history.hpp>

#include <optional>
#include <string>
#include <string_view>

using namespace parts;

struct Bare {
    static constexpr bool framed = false;
    static std::string name(RecordId const& id) { return std::string(id.key.view()); }
    static std::string prefix(ListRequest const& request) { return std::string(request.prefix); }
    static std::optional<RecordName> parse(std::string_view) { return std::nullopt; }
};
using Exact = ObjectStorage<MemoryObjects, Bare>;

static_assert(!VersioningPolicy<CompareAndSwap, Exact> && !VersioningPolicy<History<>, Exact>);
static_assert(VersioningPolicy<CompareContent, Exact> && !VersioningPolicy<CompareContent, MemoryStorage>);
static_assert(!LockingPolicy<LeaseLock<>, Exact>);

template <class S>
concept Resolves = requires(S& s, UnknownWrite const& write) { s.resolve(write); };
template <class S>
concept Seals = requires(S& s, UnknownWrite const& write) { s.seal(write); };
using Right = Store<Exact, CompareContent>;
static_assert(!Resolves<Right> && !Seals<Right>);
static_assert(Resolves<Store<MemoryStorage>> && Seals<Store<MemoryStorage>>);

#ifndef HOLDFAST_ACCEPT
void asks(Right& store, UnknownWrite const& write) {
    (void)store.resolve(write);
    (void)store.seal(write);
}
#endif

int main() {
    Right store(Exact::open(MemoryObjects()).value());
#ifndef HOLDFAST_ACCEPT
    (void)sizeof(Store<Exact, CompareAndSwap>);
    (void)sizeof(Store<Exact, History<>>);
    (void)sizeof(Store<MemoryStorage, CompareContent>);
    (void)sizeof(Store<Exact, CompareContent, LeaseLock<>>);
    asks(store, {Key("k"), Slot::current, {}, {}, {}});
#endif
    return store.create("k", "v") ? 0 : 1;
}
