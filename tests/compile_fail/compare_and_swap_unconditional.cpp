// expect: this versioning policy needs a storage that honours preconditions; choose LastWriterWins
// expect: this versioning policy needs a storage that keeps stamps; choose CompareContent

#include "parts.hpp"

using namespace parts;

static_assert(!VersioningPolicy<CompareAndSwap, Unconditional> && !VersioningPolicy<CompareAndSwap, Unstamped>);
static_assert(VersioningPolicy<LastWriterWins, Unconditional> && VersioningPolicy<LastWriterWins, Unstamped>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Store<Unconditional> a;  // CompareAndSwap is the default
    Store<Unstamped, CompareAndSwap> b;
#endif
    Store<Unconditional, LastWriterWins> store;
    return store.put("k", "v") && **store.get("k").value() == "v" ? 0 : 1;
}
