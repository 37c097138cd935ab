// What would overwrite unseen is refused under CompareAndSwap.
//
// expect: holdfast: put\(\) overwrites what others wrote; use update\(\), create\(\) or replace\(\), or the versioning policy LastWriterWins
// expect: holdfast: remove\(key\) removes what others wrote; use remove\(entry\), or the versioning policy LastWriterWins

#include "parts.hpp"

using namespace parts;

template <class S>
concept Puts = requires(S& s, std::string v) { s.put("k", v); };
template <class S>
concept RemovesKeys = requires(S& s) { s.remove("k"); };

using Careless = Store<LastWriterWins>;
using Careful = Store<CompareAndSwap>;
static_assert(!Puts<Careful> && !RemovesKeys<Careful>);
static_assert(Puts<Careless> && RemovesKeys<Careless>);

int main() {
#ifdef HOLDFAST_ACCEPT
    Careless store;
#else
    Careful store;
#endif
    auto const put = store.put("k", "v");
    auto const removed = store.remove("k");
    return store.get("k").value() ? 1 : 0;
}
