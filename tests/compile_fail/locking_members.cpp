// expect: this locking policy cannot lock over this storage; it needs 'Result<Guard> acquire\(Storage&
// expect: with a movable Guard that has 'Epoch epoch\(\) const', 'Instant reliable_until\(\) const', and of 'Result<void>'
// expect: each 'confirm\(Context const&\)', 'renew\(Context const&\)' and 'release\(Context const&\)'

#include "parts.hpp"

using namespace parts;

struct WithoutAcquire {
    static constexpr Family family = Family::locking;
};
struct WithoutRelease {
    static constexpr Family family = Family::locking;
    struct Guard {
        Epoch epoch() const { return 0; }
        Instant reliable_until() const { return Instant::max(); }
        Result<void> confirm(Context const&) { return {}; }
        Result<void> renew(Context const&) { return {}; }
    };
    template <class S>
    Result<Guard> acquire(S&, Context const&, KeyView, std::string_view) {
        return Guard();
    }
};
/// As guards were before a store asked them whether they still hold.
struct WithoutConfirm {
    static constexpr Family family = Family::locking;
    struct Guard {
        Epoch epoch() const { return 0; }
        Result<void> renew(Context const&) { return {}; }
        Result<void> release(Context const&) { return {}; }
    };
    template <class S>
    Result<Guard> acquire(S&, Context const&, KeyView, std::string_view) {
        return Guard();
    }
};
struct Whole : NoLock {};

static_assert(!LockingPolicy<WithoutAcquire, MemoryStorage> && !LockingPolicy<WithoutRelease, MemoryStorage> &&
              !LockingPolicy<WithoutConfirm, MemoryStorage>);
static_assert(LockingPolicy<Whole, MemoryStorage>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Store<WithoutAcquire> a;
    Store<WithoutRelease> b;
    Store<WithoutConfirm> c;
#endif
    Store<Whole> store;
    return store.create("k", "v") ? 0 : 1;
}
