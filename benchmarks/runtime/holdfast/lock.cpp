#include "../harness.hpp"
#include "../relay.hpp"

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>

namespace {

using Storage = holdfast::FileStorage<holdfast::SlotFirst, holdfast::Durability::none>;
using Store = holdfast::StateStore<holdfast::Bytes, Storage, holdfast::FileLock, holdfast::RawBytes>;

constexpr holdfast::KeyView keys[] = {"pipelines/orders-0", "pipelines/orders-1", "pipelines/orders-2"};

Store open(bench::Run const& run) { return Store(Storage::open(run.directory() + "/store").value()); }

bench::Case const free_lock("lock-free", [](bench::Run& run) {
    Store store = open(run);
    run.measure([&] {
        auto guard = store.lock(keys[0]);
        bench::require(guard && guard->release(), "lock");
    });
});

/// `timeout`: with `endless` a waiter sleeps in the kernel, otherwise it looks again in growing steps.
void hand_off(bench::Run& run, holdfast::Duration timeout) {
    holdfast::CallOptions options;
    options.timeout = timeout;
    bench::relay(
        run, [&] { return open(run); }, [&](Store& store, int i) { return store.lock(keys[i], options).value(); });
}

bench::Case const blocking("lock-hand-off", [](bench::Run& run) { hand_off(run, holdfast::endless); });
bench::Case const limited("lock-hand-off-limited", [](bench::Run& run) { hand_off(run, std::chrono::seconds(30)); });

}  // namespace
