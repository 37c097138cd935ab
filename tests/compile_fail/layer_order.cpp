// expect: these layers are in the wrong order; from the outside in: Cached, Retrying, Observed, Traced, Faulty, storage

#include "parts.hpp"

#include <holdfast/layer/layer.hpp>

using namespace parts;

template <StoragePolicy Next, int Rank>
struct Passing : Layer<Passing<Next, Rank>, Next, Rank> {
    Passing() : Layer<Passing<Next, Rank>, Next, Rank>(Next()) {}
    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        return call();
    }
};

int main() {
#ifndef HOLDFAST_ACCEPT
    Passing<Passing<MemoryStorage, 5>, 4> wrong;
#endif
    Store<Passing<Passing<MemoryStorage, 4>, 5>> store;
    return store.create("k", "v") ? 0 : 1;
}
