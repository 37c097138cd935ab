// A policy of each kind and a layer, each as small as can be, and the laws of all: README.md in this folder says where
// such things stand in the library.

#include "layer.hpp"
#include "locking.hpp"
#include "serialization.hpp"
#include "storage.hpp"
#include "versioning.hpp"

#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/laws.hpp>

#include <cstdint>
#include <iostream>
#include <limits>

bool obeys(char const* name, testing::Findings const& found) {
    std::cout << name << ": " << found.checked().size() << " laws\n" << found.text();
    return found.empty();
}

bool all_laws_hold() {
    using Limits = std::numeric_limits<std::int64_t>;
    MapStorage storage;
    Counted<MutexLock> lock;
    Counting versioning;
    Decimal coder;
    std::atomic<Duration::rep> slowest{0};
    bool all = obeys("storage", testing::check_storage(storage));
    all &= obeys("lock", testing::check_locking(lock, storage));
    all &= obeys("versioning", testing::check_versioning(versioning, storage));
    all &= obeys("serialization",
                 testing::check_serialization<std::int64_t>(coder, {0, 7, -7, Limits::min(), Limits::max()}));
    all &= obeys("layer", testing::check_layer([&](auto next) { return Timed(std::move(next), slowest); }));
    return all;
}

int main() {
    bool const good = all_laws_hold();

    std::atomic<Duration::rep> slowest{0};
    StateStore<std::int64_t, Timed<MapStorage>, Counted<MutexLock>, Counting, Decimal> store(
        Timed(MapStorage(), slowest));
    store.create("n", 1).value();
    auto held = store.lock("n").value();
    held.touch().value();
    std::cout << store.count("n").value() << " states, " << store.waited_in_vain().value()
              << " waited in vain, the slowest call took " << slowest << " ns\n";
    return good && store.count("n").value() == 2 ? 0 : 1;
}
