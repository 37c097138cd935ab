// What cannot hear how an operation ended is no observer.
//
// expect: an observer can be moved and has 'void ended\(StorageEvent const&\)', or 'Token started\(Operation const&\)' and 'void ended\(StorageEvent const&, Token\)'
// expect: every argument of Observers is an observer, a StorageObserver; one of these is not

#include "parts.hpp"

#include <holdfast/layer/observe/observers.hpp>
#include <holdfast/layer/observe/opentelemetry.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/testing/observer_archetype.hpp>

using namespace parts;

struct Deaf {
    void started(Operation const&) {}
};
struct OtherToken {
    int started(Operation const&) { return 1; }
    void ended(StorageEvent const&, char const*) {}
};
struct Immovable {
    Immovable() = default;
    Immovable(Immovable&&) = delete;
    void ended(StorageEvent const&) {}
};
struct Ends {
    void ended(StorageEvent const&) {}
};
struct Spans {
    int started(Operation const&) { return 1; }
    void ended(StorageEvent const& event, int span) {
        describe(event, [&](auto, auto) { ++span; });
    }
    OpenTelemetryAttributes describe;
};

static_assert(StorageObserver<Ends> && StorageObserver<Spans> && StorageObserver<Observers<Ends, Spans>>);
static_assert(StorageObserver<testing::StorageObserverArchetype> && StorageObserver<testing::TracingObserverArchetype>);
static_assert(StorageObserver<Observers<testing::StorageObserverArchetype, testing::TracingObserverArchetype>>);
static_assert(!StorageObserver<Deaf> && !StorageObserver<OtherToken> && !StorageObserver<Immovable>);
static_assert(!StorageObserver<int>);
template class holdfast::Observed<MemoryStorage, Observers<Ends, Spans>>;
template class holdfast::Observed<MemoryStorage, testing::StorageObserverArchetype>;
template class holdfast::Observed<MemoryStorage, testing::TracingObserverArchetype>;

int main() {
#ifndef HOLDFAST_ACCEPT
    Observed<MemoryStorage, Deaf> deaf{MemoryStorage()};
    (void)sizeof(Observers<Ends, Deaf>);
#endif
    Observers both{Ends(), Spans()};
    Store<Observed<MemoryStorage, Observers<Ends, Spans>>> store(Observed(MemoryStorage(), both));
    return store.create("k", "v") ? 0 : 1;
}
