// A locked key says of verbs that it has not what its store says of them.
//
// expect: locked_members.cpp:55:[0-9]+: error: .*holdfast: update\(\) could lose updates under LastWriterWins; use put\(\), or the versioning policy CompareAndSwap
// expect: locked_members.cpp:56:[0-9]+: error: .*holdfast: create\(\) must notice other writers; use put\(\), or the versioning policy CompareAndSwap
// expect: locked_members.cpp:57:[0-9]+: error: .*holdfast: replace\(\) must notice other writers; use put\(\), or the versioning policy CompareAndSwap
// expect: locked_members.cpp:58:[0-9]+: error: .*holdfast: remove\(entry\) must notice other writers; use remove\(key\), or the versioning policy CompareAndSwap
// expect: locked_members.cpp:59:[0-9]+: error: .*holdfast: put\(\) overwrites what others wrote; use update\(\), create\(\) or replace\(\), or the versioning policy LastWriterWins
// expect: locked_members.cpp:60:[0-9]+: error: .*holdfast: remove\(key\) removes what others wrote; use remove\(entry\), or the versioning policy LastWriterWins
// expect: locked_members.cpp:61:[0-9]+: error: .*holdfast: rollback\(\) needs a versioning policy that keeps versions; choose History<>

#include "parts.hpp"

#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/versioning/history.hpp>

using namespace parts;

void change(std::string& text) { text += "."; }

template <class L>
concept Updates = requires(L& l) { l.update(change); };
template <class L>
concept Creates = requires(L& l, std::string v) { l.create(v); };
template <class L>
concept Replaces = requires(L& l, Entry<std::string> const& e, std::string v) { l.replace(e, v); };
template <class L>
concept Removes = requires(L& l, Entry<std::string> const& e) { l.remove(e); };
template <class L>
concept Puts = requires(L& l, std::string v) { l.put(v); };
template <class L>
concept RemovesAll = requires(L& l) { l.remove(); };
template <class L>
concept RollsBack = requires(L& l, VersionId v) { l.rollback(v); };

template <class Versioning, class S = Store<MutexLock, Versioning>>
using LockedBy = Locked<S, typename S::Guard>;
using Careless = LockedBy<LastWriterWins>;
using Careful = LockedBy<CompareAndSwap>;
using Kept = LockedBy<History<>>;
static_assert(!Updates<Careless> && !Creates<Careless> && !Replaces<Careless> && !Removes<Careless>);
static_assert(Updates<Careful> && Creates<Careful> && Replaces<Careful> && Removes<Careful>);
static_assert(Puts<Careless> && RemovesAll<Careless> && !Puts<Careful> && !RemovesAll<Careful>);
static_assert(RollsBack<Kept> && !RollsBack<Careful> && !RollsBack<Careless>);

int main() {
    Store<MutexLock, LastWriterWins> careless_store;
    Store<MutexLock> careful_store;
    auto careless = careless_store.lock("k").value();
    auto careful = careful_store.lock("k").value();
    auto const entry = careless.put("v").value();
    VersionId const version{};
    bool good = careless.remove() && careful.create("v");
#ifndef HOLDFAST_ACCEPT
    // clang-format off
    (void)careless.update(change);
    (void)careless.create("v");
    (void)careless.replace(entry, "v");
    (void)careless.remove(entry);
    (void)careful.put("v");
    (void)careful.remove();
    (void)careful.rollback(version);
    // clang-format on
#endif
    Store<MutexLock, History<>> kept;
    auto held = kept.lock("k").value();
    return good && held.create("v") && held.rollback(kept.version("k", 1).value()) && version == VersionId() ? 0 : 1;
}
