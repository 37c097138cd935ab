// A history of one's own has the verbs of histories, if its author includes their header. The message names it.
//
// expect: this versioning policy keeps versions, and the verbs for them are declared only; include <holdfast/versioning/history/verbs.hpp>

#include "parts.hpp"
#ifdef HOLDFAST_ACCEPT
#include <holdfast/versioning/history/verbs.hpp>
#endif

using namespace parts;

struct Keeps {
    Result<std::uint64_t> floor(VersionList&) const { return std::uint64_t{0}; }
};
struct OwnHistory : CompareAndSwap {
    static constexpr Discipline discipline = Discipline::history;

    Keeps retention() const { return {}; }
    bool pin_is_stale(Environment&, WriteId, WriteId, Duration) const { return false; }
};
static_assert(HistoryVersioning<OwnHistory, MemoryStorage>);

int main() {
    Store<OwnHistory> store;
    return store.history("k") ? 0 : 1;
}
