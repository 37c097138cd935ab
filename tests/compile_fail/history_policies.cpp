// What History is to keep must be a retention policy, and the storage must honour preconditions and keep stamps.
//
// expect: holdfast: what History is to keep needs 'Result<std::uint64_t> floor\(VersionList&\) const'
// expect: holdfast: this versioning policy needs a storage that honours preconditions
// expect: holdfast: this versioning policy needs a storage that keeps stamps
// expect: holdfast: the current state is always kept: KeepLast begins at 1
// expect: holdfast: every argument of KeepIfAny says what is kept, as KeepLast<N> does; one of these does not
// expect: holdfast: every argument of KeepIfEvery says what is kept, as KeepLast<N> does; one of these does not

#include "parts.hpp"

#include <holdfast/testing/archetypes.hpp>
#include <holdfast/versioning/history.hpp>

using namespace parts;

struct KeepsNothing {};
struct KeepsWithoutConst {
    Result<std::uint64_t> floor(VersionList&) { return std::uint64_t{0}; }
};
struct KeepsEvenOnes {
    Result<std::uint64_t> floor(VersionList& versions) const { return versions.newest() / 2 * 2; }
};
static_assert(!RetentionPolicy<KeepsNothing> && !RetentionPolicy<KeepsWithoutConst> && RetentionPolicy<KeepsEvenOnes>);
static_assert(RetentionPolicy<KeepAll> && RetentionPolicy<KeepLast<3>> && RetentionPolicy<KeepLimits>);
static_assert(RetentionPolicy<KeepIfAny<KeepLast<3>, KeepFor<60>>> && RetentionPolicy<KeepIfEvery<KeepBytes<9>>>);

/// `HistoryVersioning` minus one member.
struct WithoutRetention : CompareAndSwap {
    static constexpr Discipline discipline = Discipline::history;
    bool pin_is_stale(Environment&, WriteId, WriteId, Duration) { return false; }
};
struct WithoutMemory : CompareAndSwap {
    static constexpr Discipline discipline = Discipline::history;
    KeepAll retention() const { return {}; }
};
struct Whole : WithoutMemory {
    bool pin_is_stale(Environment&, WriteId, WriteId, Duration) { return false; }
};
struct OfAnotherDiscipline : Whole {
    static constexpr Discipline discipline = Discipline::compare_and_swap;
};
static_assert(!HistoryVersioning<WithoutRetention, MemoryStorage> && !HistoryVersioning<WithoutMemory, MemoryStorage>);
static_assert(!HistoryVersioning<OfAnotherDiscipline, MemoryStorage> && HistoryVersioning<Whole, MemoryStorage>);
static_assert(!HistoryVersioning<CompareAndSwap, MemoryStorage> && HistoryVersioning<History<>, MemoryStorage>);
static_assert(HistoryVersioning<History<>, testing::AttributedStorageArchetype>);
static_assert(HistoryVersioning<History<KeepsEvenOnes>, testing::ListableStorageArchetype>);

int main() {
#ifndef HOLDFAST_ACCEPT
    History<KeepsNothing> nothing;
    Use<Store<Unconditional, History<>>> a;
    Use<Store<Unstamped, History<>>> b;
    KeepLast<0> none;
    (void)sizeof(KeepIfAny<KeepAll, KeepsNothing>);
    (void)sizeof(KeepIfEvery<KeepsNothing, KeepAll>);
#endif
    Store<History<KeepsEvenOnes>> store;
    if (!store.create("k", "v")) return 1;
    return store.prune("k") ? 0 : 2;
}
