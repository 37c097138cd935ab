// Each member that a storage lacks, or has with another signature, is named.
//
// expect: storage needs 'Result<RecordPtr> read\(Context const&, RecordId const&\)'
// expect: storage needs 'Result<WriteOutcome> write\(Context const&, RecordId const&, RecordPtr const&, Precondition
// expect: storage needs 'Result<WriteOutcome> remove\(Context const&, RecordId const&, Precondition const&\)'
// expect: storage says with 'static constexpr bool conditional' whether it honours preconditions
// expect: storage says with 'static constexpr bool attributed' whether it keeps stamps
// expect: storage says with 'static constexpr bool late_writes' whether a write whose reply was lost

#include "parts.hpp"

using namespace parts;

struct NoRead : Minimal {
    void read();
};
struct NoWrite : Minimal {
    void write();
};
struct NoRemove : Minimal {
    void remove();
};
struct NotConditional : Minimal {
    using conditional = void;
};
struct NotAttributed : Minimal {
    using attributed = void;
};
struct NotLate : Minimal {
    using late_writes = void;
};

static_assert(StoragePolicy<Minimal>);
static_assert(!StoragePolicy<NoRead> && !StoragePolicy<NoWrite> && !StoragePolicy<NoRemove>);
static_assert(!StoragePolicy<NotConditional> && !StoragePolicy<NotAttributed> && !StoragePolicy<NotLate>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Store<NoRead> a;
    Store<NoWrite> b;
    Store<NoRemove> c;
    Store<NotConditional> d;
    Store<NotAttributed> e;
    Store<NotLate> f;
#endif
    Store<Minimal> store;
    return store.create("k", "v") && **store.get("k").value() == "v" ? 0 : 1;
}
