// A policy that cannot be made by default is given to the store, and one of each is.
//
// expect: the store's constructor was given two objects for one of its policies, or two StoreOptions
// expect: this policy must be given to the store's constructor, it cannot be made by default

#include "parts.hpp"

using namespace parts;

struct Opened : Minimal {
    explicit Opened(MemoryStorage opened) : Minimal{std::move(opened)} {}
};

int main() {
#ifndef HOLDFAST_ACCEPT
    Store<Opened> a;
    Store<> b{MemoryStorage(), MemoryStorage()};
#endif
    Store<Opened> store(Opened{MemoryStorage()});
    return store.create("k", "v") ? 0 : 1;
}
