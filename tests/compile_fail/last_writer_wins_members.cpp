// What would have to notice other writers is refused under LastWriterWins.
//
// expect: holdfast: update\(\) could lose updates under LastWriterWins; use put\(\), or the versioning policy CompareAndSwap
// expect: holdfast: create\(\) must notice other writers; use put\(\), or the versioning policy CompareAndSwap
// expect: holdfast: replace\(\) must notice other writers; use put\(\), or the versioning policy CompareAndSwap
// expect: holdfast: seal\(\) must notice other writers, and under LastWriterWins a write that lands late overwrites what it finds
// expect: holdfast: remove\(entry\) must notice other writers; use remove\(key\), or the versioning policy CompareAndSwap

#include "parts.hpp"

using namespace parts;

void change(std::string& text) { text += "."; }

template <class S>
concept Updates = requires(S& s) { s.update("k", change); };
template <class S>
concept Creates = requires(S& s, std::string v) { s.create("k", v); };
template <class S>
concept Replaces = requires(S& s, Entry<std::string> const& e, std::string v) { s.replace(e, v); };
template <class S>
concept Removes = requires(S& s, Entry<std::string> const& e) { s.remove(e); };

template <class S>
concept Seals = requires(S& s, UnknownWrite const& w) { s.seal(w); };

using Careless = Store<LastWriterWins>;
using Careful = Store<CompareAndSwap>;
static_assert(!Updates<Careless> && !Creates<Careless> && !Replaces<Careless> && !Removes<Careless> &&
              !Seals<Careless>);
static_assert(Updates<Careful> && Creates<Careful> && Replaces<Careful> && Removes<Careful> && Seals<Careful>);

int main() {
#ifdef HOLDFAST_ACCEPT
    Careful store;
#else
    Careless store;
#endif
    auto const created = store.create("k", "v");
    auto const updated = store.update("k", change);
    auto const entry = store.get("k").value().value();
    auto const replaced = store.replace(entry, "v");
    auto const removed = store.remove(store.get("k").value().value());
    auto const sealed = store.seal(UnknownWrite{Key("k"), Slot::current, {}, {}, {}});
    return 0;
}
