// expect: holdfast: LeaseLock needs a storage that honours preconditions
// expect: holdfast: LeaseLock needs a storage that keeps stamps; exact foreign layouts have no place for a lease
// expect: holdfast: a lease lives in the state record

#include "parts.hpp"

#include <holdfast/locking/lease_lock.hpp>

using namespace parts;

static_assert(LockingPolicy<LeaseLock<>, Minimal> && BreakableLocking<LeaseLock<OwnSlot>, Minimal>);
static_assert(!LockingPolicy<LeaseLock<>, Unconditional> && !LockingPolicy<LeaseLock<OwnSlot>, Unstamped>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Use<Store<LeaseLock<>, Unconditional, LastWriterWins>>* a = nullptr;
    Use<Store<LeaseLock<OwnSlot>, Unstamped, LastWriterWins>>* b = nullptr;
    LeaseLock<int> c;
    (void)a, (void)b;
#endif
    Store<LeaseLock<>, Minimal> store;
    return store.create("k", "v") ? 0 : 1;
}
