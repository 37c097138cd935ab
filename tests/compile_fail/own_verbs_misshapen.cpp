// What has the name of verbs that a policy brings, and another shape, would be used by nobody.
//
// expect: verbs that a policy brings are a base of stores: not final
// expect: two policies of a store bring one class as their verbs: derive another from it
// expect: nobody would use these 'Verbs'; a policy brings verbs as 'template <class Store> class Verbs'
// expect: nobody would use these 'KeyVerbs'; a policy brings what writes one key as 'template <class Self, class... At> class KeyVerbs'
// expect: own_verbs_misshapen.cpp:86:.*(required from here|requested here)
// expect: own_verbs_misshapen.cpp:87:.*(required from here|requested here)
// expect: own_verbs_misshapen.cpp:88:.*(required from here|requested here)
// expect: own_verbs_misshapen.cpp:89:.*(required from here|requested here)
// expect: own_verbs_misshapen.cpp:90:.*(required from here|requested here)

#include "parts.hpp"

#include <holdfast/locking/mutex_lock.hpp>

using namespace parts;

struct NoTemplate : CompareAndSwap {
    class Verbs {
    public:
        int one() { return 1; }
    };
};
struct TwoParameters : MutexLock {
    template <class Store, class Key>
    class Verbs {
    public:
        int one() { return 1; }
    };
};
struct NoTemplateOfKey : CompareAndSwap {
    class KeyVerbs {
    public:
        int one() { return 1; }
    };
};
/// Only `Locked` would have them.
struct WithoutPlace : CompareAndSwap {
    template <class Self>
    class KeyVerbs {
    public:
        int one() { return 1; }
    };
};
/// Only the store would have them.
struct OnePlace : CompareAndSwap {
    template <class Self, class At>
    class KeyVerbs {
    public:
        int one(At) { return 1; }
    };
};
struct Right : CompareAndSwap {
    template <class Store>
    class Verbs {
    public:
        int one() { return 1; }
    };
    template <class Self, class... At>
    class KeyVerbs {
    public:
        int two(At...) { return 2; }
    };
};
struct Final : CompareAndSwap {
    template <class Store>
    class Verbs final {
    public:
        int one() { return 1; }
    };
};
struct Twin : MutexLock {
    template <class Store>
    using Verbs = Right::Verbs<Store>;
};
/// What only has the name is the policy's own business.
struct OwnNames : CompareAndSwap {
    int Verbs = 0;
    int KeyVerbs() const { return 0; }
};

int main() {
#ifndef HOLDFAST_ACCEPT
    // clang-format off
    using A = parts::Use<Store<NoTemplate>>;
    using B = parts::Use<Store<TwoParameters>>;
    using C = parts::Use<Store<NoTemplateOfKey>>;
    using D = parts::Use<Store<WithoutPlace>>;
    using E = parts::Use<Store<OnePlace>>;
    using F = parts::Use<Store<Final>>;
    using G = parts::Use<Store<Right, Twin>>;
    // clang-format on
#endif
    Store<Right> store;
    Store<OwnNames> own;
    return store.one() + store.two("k") + store.lock("k").value().two() == 5 && own.create("k", "v") ? 0 : 1;
}
