// expect: holdfast: LeaseLock needs a storage that honours preconditions
// expect: holdfast: LeaseLock needs a storage that keeps stamps; exact foreign layouts have no place for a lease
// expect: holdfast: a lease lives in the state record
// expect: holdfast: force_unlock\(\) needs leases; choose LeaseLock

#include "parts.hpp"

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>

using namespace parts;

static_assert(LockingPolicy<LeaseLock<>, Minimal> && BreakableLocking<LeaseLock<OwnSlot>, Minimal>);
static_assert(!LockingPolicy<LeaseLock<>, Unconditional> && !LockingPolicy<LeaseLock<OwnSlot>, Unstamped>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Use<Store<LeaseLock<>, Unconditional, LastWriterWins>>* a = nullptr;
    Use<Store<LeaseLock<OwnSlot>, Unstamped, LastWriterWins>>* b = nullptr;
    LeaseLock<int> c;
    (void)a, (void)b;
    Store<MutexLock> store;
#else
    Store<LeaseLock<>, Minimal> store;
#endif
    auto const nobody = store.force_unlock("k", WriteId());
    return !nobody && store.create("k", "v") ? 0 : 1;
}
