// Versions are asked for where they are kept, and pruned where they can be listed.
//
// expect: holdfast: history\(\) needs a versioning policy that keeps versions; choose History<>
// expect: holdfast: get\(key, version\) needs a versioning policy that keeps versions
// expect: holdfast: version\(\) needs a versioning policy that keeps versions
// expect: holdfast: rollback\(\) needs a versioning policy that keeps versions
// expect: holdfast: pin\(\) needs a versioning policy that keeps versions
// expect: holdfast: pins\(\) needs a versioning policy that keeps versions
// expect: holdfast: renew\(pin\) needs a versioning policy that keeps versions
// expect: holdfast: unpin\(\) needs a versioning policy that keeps versions
// expect: holdfast: get\(pin\) needs a versioning policy that keeps versions
// expect: holdfast: prune\(\) needs a versioning policy that keeps versions \(History<>\) and a storage that
// expect: holdfast: purge\(\) needs a storage with preconditions and stamps that can tell how old a record is

#include "parts.hpp"

#include <holdfast/versioning/history.hpp>

using namespace parts;

struct Far : Minimal {
    static constexpr bool late_writes = true;
};
/// Says how old a record is, by its own clock.
struct Aging : Far {
    Result<Aged> read_aged(Context const&, RecordId const&) { return Aged{nullptr, std::chrono::hours(48)}; }
};

template <class S>
concept ShowsVersions = requires(S& s, VersionId v) {
    s.history("k");
    s.get("k", v);
    s.version("k", 1);
    s.rollback("k", v);
    s.pin("k");
    s.pin("k", v);
    s.pins("k");
};
template <class S>
concept Pins = requires(S& s, Pin const& p) {
    s.get(p);
    s.renew(p);
    s.unpin(p);
};
template <class S>
concept Prunes = requires(S& s) {
    s.prune("k");
    s.prune("k", KeepLast<1>());
};
template <class S>
concept Purges = requires(S& s) { s.purge("k"); };

using Kept = Store<History<>>;
static_assert(Pins<Kept> && !Pins<Store<>>);
static_assert(ShowsVersions<Kept> && Prunes<Kept> && Purges<Kept>);
static_assert(!ShowsVersions<Store<>> && !Prunes<Store<>> && Purges<Store<>>);
using Unlisted = Store<Minimal, History<>>;
static_assert(ShowsVersions<Unlisted> && !Prunes<Unlisted> && !Purges<Unlisted>);
static_assert(Purges<Store<Minimal>> && !Purges<Store<Far>> && Purges<Store<Aging>>);
static_assert(AgingStorage<Aging> && !AgingStorage<Far>);

int main() {
    Kept kept;
    if (!kept.create("k", "one") || !kept.update("k", [](std::string& text) { text = "two"; })) return 1;
    VersionId const version = kept.version("k", 1).value();
    Pin const pinned = kept.pin("k").value();
    Store<Aging> aging;
    if (!aging.purge("k")) return 2;
#ifdef HOLDFAST_ACCEPT
    Kept& store = kept;
    Kept& unlisted = kept;
    Store<Aging>& far = aging;
#else
    Store<> store;
    Unlisted unlisted;
    Store<Far> far;
#endif
    auto const history = store.history("k");
    auto const one = store.get("k", version);
    auto const same = store.version("k", 1);
    auto const back = store.rollback("k", version);
    auto const pin = store.pin("k");
    auto const pins = store.pins("k");
    auto const longer = store.renew(pinned);
    auto const state = store.get(pinned);
    auto const freed = store.unpin(pinned);
    auto const pruned = unlisted.prune("k");
    auto const purged = far.purge("k");
    return 0;
}
