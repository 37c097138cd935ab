// expect: two storages are named; a StateStore has one \(OneOf<...> chooses among several at run time\)
// expect: two locking policies are named; a StateStore has one
// expect: two versioning policies are named; a StateStore has one
// expect: two serializations are named; a StateStore has one

#include "parts.hpp"

#include <holdfast/locking/mutex_lock.hpp>

#include <type_traits>

using namespace parts;

struct OtherBytes : RawBytes {};

// Order does not matter.
static_assert(
    std::is_same_v<Store<MemoryStorage, MutexLock, CompareAndSwap>, Store<CompareAndSwap, MutexLock, MemoryStorage>>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Store<MemoryStorage, Minimal> a;
    Store<NoLock, MutexLock> b;
    Store<CompareAndSwap, LastWriterWins> c;
    Store<OtherBytes> d;
#endif
    Store<MemoryStorage, MutexLock, CompareAndSwap> store;
    return store.create("k", "v") ? 0 : 1;
}
