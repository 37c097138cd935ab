// expect: every argument of StateStore after the state is a policy, a movable type with 'static constexpr holdfast::Family family'
// expect: not_a_policy.cpp:18:.*(required from here|requested here)

#include "parts.hpp"

using namespace parts;

struct Pinned : NoLock {
    Pinned(Pinned&&) = delete;
};

static_assert(Policy<NoLock>);
static_assert(!Policy<int>);
static_assert(!Policy<Pinned>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Store<MemoryStorage, int> a;
    Store<MemoryStorage, Pinned> b;
#endif
    Store<MemoryStorage, NoLock> store;
    return store.create("k", "v") ? 0 : 1;
}
