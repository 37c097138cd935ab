// expect: a versioning policy needs 'static constexpr Discipline discipline' and 'Result<Commit> commit\(Storage&
// expect: the discipline of this versioning policy has no row in 'detail::all_disciplines'

#include "parts.hpp"

using namespace parts;

struct WithoutCommit {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;
};
struct WithoutDiscipline : CompareAndSwap {
    using discipline = void;
};
struct OfNoKnownDiscipline : CompareAndSwap {
    static constexpr Discipline discipline = static_cast<Discipline>(200);
};
struct Whole : CompareAndSwap {};

static_assert(!VersioningPolicy<WithoutCommit, MemoryStorage> && !VersioningPolicy<WithoutDiscipline, MemoryStorage>);
static_assert(VersioningPolicy<Whole, MemoryStorage>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Store<WithoutCommit> a;
    Store<WithoutDiscipline> b;
    Store<OfNoKnownDiscipline> c;
#endif
    Store<Whole> store;
    return store.create("k", "v") ? 0 : 1;
}
