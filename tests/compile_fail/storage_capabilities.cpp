// Members that need more of the storage or the lock than it has.
//
// expect: holdfast: keys\(\) needs a storage that can list its records
// expect: holdfast: transaction\(\) needs a storage that writes batches and CompareAndSwap; choose SqliteStorage or MemoryStorage
// expect: holdfast: holder\(\) needs a locking policy that can be inspected; choose MutexLock, FileLock or LeaseLock
// expect: storage_capabilities.cpp:40:.*(deleted|unavailable)
// expect: storage_capabilities.cpp:41:.*(deleted|unavailable)

#include "parts.hpp"

#include <holdfast/locking/mutex_lock.hpp>

#include <array>
#include <initializer_list>

using namespace parts;

void change(std::span<std::optional<std::string>> states) { states[0] = "v"; }

template <class S>
concept Lists = requires(S& s) { s.keys("a"); };
template <class S>
concept Transacts = requires(S& s, std::span<KeyView const> keys, std::initializer_list<KeyView> list) {
    s.transaction(keys, change);
    s.transaction(list, change);
};
template <class S>
concept SaysHolder = requires(S& s) { s.holder("k"); };

using Small = Store<Minimal>;
using Full = Store<MemoryStorage, MutexLock>;
static_assert(!Lists<Small> && !Transacts<Small> && !SaysHolder<Small>);
static_assert(Lists<Full> && Transacts<Full> && SaysHolder<Full>);
static_assert(!Transacts<Store<MemoryStorage, LastWriterWins>>);

std::array<KeyView, 1> const names{"k"};

template <class S>
int work(S& store) {
    auto const one = store.transaction({"k"}, change);
    auto const two = store.transaction(std::span<KeyView const>(names), change);
    auto const nobody = store.holder("k");
    for (auto const& key : store.keys())
        if (key.value() == "j") return 1;
    return 0;
}

int main() {
#ifdef HOLDFAST_ACCEPT
    Full store;
#else
    Small store;
#endif
    return work(store);
}
