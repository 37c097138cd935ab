// The core with LLVM's standard library. The libraries of other components are built with that of the system, so they
// are compiled only.
//
// flags: -stdlib=libc++
// headers: -O3
// link: nothing

#include <holdfast/holdfast.hpp>
#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/versioning/history.hpp>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#if !defined(_LIBCPP_VERSION)
#error "this is to be compiled with libc++"
#endif

namespace {

int failures = 0;
void expect(bool good, char const* what) {
    if (good) return;
    ++failures;
    std::fprintf(stderr, "not so: %s\n", what);
}

template <class Store>
void use(Store& store) {
    auto const add = [](std::string& text) { text += "."; };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (unsigned n = 0; n < 10; ++n) expect(store.update("k", add).applied(), "an update");
        });
    for (auto& thread : threads) thread.join();
    expect((*store.get("k").value())->size() == 40, "no update is lost");
    {
        auto locked = store.lock("k").value();
        expect(locked.update(add).applied(), "an update under a lock");
    }
    unsigned keys = 0;
    for (auto const& key : store.keys()) keys += key ? 1 : 0;
    expect(keys == 1, "one key");
    bool thrown = false;
    try {
        (void)store.create("k", "x").value();
    } catch (holdfast::Exception const& error) {
        thrown = error.error() == holdfast::Errc::conflict;
    }
    expect(thrown, "value() throws");
    holdfast::Key key("k");
    holdfast::Key const taken = std::move(key);
    expect(store.get(key).error() == holdfast::Errc::invalid_argument, "a key that was moved from");
    expect(store.get(taken).has_value(), "a key that was moved");
}

}  // namespace

int main() {
    using namespace holdfast;
    StateStore<std::string, RawBytes, MutexLock> memory;
    use(memory);
    StateStore<std::string, RawBytes, LeaseLock<>, History<>, Cached<Retrying<MemoryStorage>>> layers(
        Cached<Retrying<MemoryStorage>>{Retrying<MemoryStorage>(MemoryStorage())});
    use(layers);
    StateStore<std::string, RawBytes, FileStorage<SlotFirst, Durability::none>, FileLock> files(
        FileStorage<SlotFirst, Durability::none>::open("states").value());
    use(files);
    return failures == 0 ? 0 : 1;
}
