// expect: this locking policy cannot lock over this storage; it needs 'Result<Guard> acquire\(Storage&

#include "parts.hpp"

using namespace parts;

struct WithoutAcquire {
    static constexpr Family family = Family::locking;
};
struct WithoutRelease {
    static constexpr Family family = Family::locking;
    struct Guard {
        Epoch epoch() const { return 0; }
        Result<void> renew(Context const&) { return {}; }
    };
    template <class S>
    Result<Guard> acquire(S&, Context const&, KeyView, std::string_view) {
        return Guard();
    }
};
struct Whole : NoLock {};

static_assert(!LockingPolicy<WithoutAcquire, MemoryStorage> && !LockingPolicy<WithoutRelease, MemoryStorage>);
static_assert(LockingPolicy<Whole, MemoryStorage>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Store<WithoutAcquire> a;
    Store<WithoutRelease> b;
#endif
    Store<Whole> store;
    return store.create("k", "v") ? 0 : 1;
}
