// What the laws cannot check is said by the compiler: what is no policy yet, a state that cannot be compared, and a
// capability that no store would use, since it has another shape.
//
// expect: holdfast: a storage says with 'static constexpr bool late_writes' whether a write whose reply was lost
// expect: with a movable Guard that has 'Epoch epoch\(\) const', 'Instant reliable_until\(\) const', and of 'Result<void>'
// expect: this serialization cannot code this state; it needs 'Result<void> encode\(CodingContext const&, State const&
// expect: the laws compare states; give the state 'bool operator==\(State const&\) const = default'
// expect: this 'list' is of no use; a storage that lists has 'Result<ListPage> list\(Context const&, ListRequest const&\)'
// expect: this 'write_all' is of no use; a storage that writes batches has 'Result<WriteOutcome> write_all\(Context
// expect: this 'read_aged' is of no use; a storage that knows ages has 'Result<Aged> read_aged\(Context const&
// expect: this 'read_many' or 'remove_many' is of no use; a storage that does many things at once has 'std::vector
// expect: object store needs 'Result<ObjectPage> list\(Context const&, ObjectQuery const&\)'
// expect: this 'inspect' is of no use; a lock whose holder can be looked up has 'Result<std::optional<LockInfo>> inspect

#include "parts.hpp"

#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/testing/laws/locking.hpp>
#include <holdfast/testing/laws/objects.hpp>
#include <holdfast/testing/laws/serialization.hpp>
#include <holdfast/testing/laws/storage.hpp>

#include <vector>

using namespace parts;

struct NotLate : Minimal {
    using late_writes = void;
};
struct OddList : Minimal {
    ListPage list(Context const&, ListRequest const&) const { return {}; }
};
struct OddBatches : Minimal {
    Result<WriteOutcome> write_all(Context const&, std::vector<Write> const&) { return WriteOutcome::conflict(); }
};
struct OddAge : Minimal {
    Result<Duration> read_aged(Context const&, RecordId const&) noexcept { return Duration(); }
};
struct OddMany : Minimal {
    std::vector<Result<RecordPtr>> read_many(Context const&, std::vector<RecordId> const&) { return {}; }
};
struct NoList : MemoryObjects {
    void list();
};
/// What only has the name is the storage's own business.
struct OwnNames : Minimal {
    std::vector<std::string> list() const { return {}; }
    int read_aged = 0;
};

struct OddGuard {
    static constexpr Family family = Family::locking;
    struct Guard {
        Epoch epoch() const { return 0; }
        Instant reliable_until() { return Instant::max(); }
        Result<void> confirm(Context const&) { return {}; }
        Result<void> renew(Context const&) { return {}; }
        Result<void> release(Context const&) { return {}; }
    };
    Result<Guard> acquire(Minimal&, Context const&, KeyView, std::string_view) { return Guard(); }
};
struct OddInspect : MutexLock {
    template <class S>
    Result<LockInfo> inspect(S&, Context const&, KeyView) {
        return LockInfo();
    }
};

struct Place {
    int x = 0;
#ifdef HOLDFAST_ACCEPT
    bool operator==(Place const&) const = default;
#endif
};
struct Digits {
    static constexpr Family family = Family::serialization;
    Result<void> encode(CodingContext const&, Place const& place, Buffer& out) {
        return out.append(std::to_string(place.x)), Result<void>();
    }
    template <class State>
    Result<State> decode(CodingContext const&, RecordPtr const&) {
        return State();
    }
};
struct OddDecode : Digits {
    Result<Place> decode(CodingContext const&, RecordPtr const&) { return Place(); }
};

template <class S>
bool storage() {
    S storage;
    return testing::check_storage(storage).empty();
}
template <class L>
bool lock() {
    L lock;
    Minimal storage;
    return testing::check_locking(lock, storage).empty();
}
template <class Z>
bool serialization() {
    Z coder;
    return testing::check_serialization<Place>(coder, {Place{1}, Place{2}}).empty();
}

int main(int argc, char**) {
#ifndef HOLDFAST_ACCEPT
    (void)storage<NotLate>();
    (void)storage<OddList>();
    (void)storage<OddBatches>();
    (void)storage<OddAge>();
    (void)storage<OddMany>();
    NoList objects;
    (void)testing::check_objects(objects);
    (void)lock<OddGuard>();
    (void)lock<OddInspect>();
    (void)serialization<OddDecode>();
#endif
    if (argc == 1) return 0;
    return storage<OwnNames>() && lock<MutexLock>() && serialization<Digits>() ? 0 : 1;
}
