// A verb that a policy brings has a name of its own: those of the library's verbs are taken, and of what `Locked` can.
//
// expect: a verb that a policy brings has the name of one of the library's, 'keys': give it another
// expect: a verb that a policy brings has the name of one of the library's, 'update': give it another
// expect: a verb that a policy brings has the name of one of the library's, 'prune': give it another
// expect: a verb that a policy brings has the name of one of the library's, 'storage': give it another
// expect: a verb that a policy brings has the name of one of the library's, 'watchful': give it another
// expect: a verb that a policy brings has the name of one of the library's, 'engine': give it another
// expect: a verb that a policy brings has the name of one of the library's, 'rollback': give it another
// expect: a verb that a policy brings has the name of one of the library's, 'put': give it another
// expect: a verb that a policy brings has the name of one of the library's, 'remove': give it another
// expect: a verb that a policy brings has the name of one of the library's, 'release': give it another
// expect: a verb that a policy brings has the name of one of the library's, 'epoch': give it another

#include "parts.hpp"

#include <holdfast/locking/mutex_lock.hpp>

using namespace parts;

#ifdef HOLDFAST_ACCEPT
#define NAME(name) my_##name
#else
#define NAME(name) name
#endif

struct OfVersioning : CompareAndSwap {
    template <class Store>
    class Verbs {
    public:
        int NAME(keys)() { return 1; }
        int NAME(update)() { return 1; }
        int NAME(update)(int) { return 2; }
        template <class T>
        int NAME(prune)(T) {
            return 1;
        }
        bool NAME(watchful)() { return true; }
        int NAME(engine)(int) { return 1; }
        int epoch() { return 1; }  // on a store it is free
    };
};
struct OfStorage : MemoryStorage {
    template <class Store>
    class Verbs {
    public:
        int NAME(storage)() { return 1; }
    };
};
struct OfLock : MutexLock {
    template <class Self, class... At>
    class KeyVerbs {
    public:
        int NAME(rollback)(At...) { return 1; }
        int NAME(put)(At...) { return 1; }
        int NAME(put)(At..., int) { return 2; }
        template <class T>
        int NAME(remove)(At..., T) {
            return 1;
        }
    };
};
struct OfBytes : RawBytes {
    template <class Self, class... At>
    class KeyVerbs {
    public:
        int NAME(release)(At...) { return 1; }
        template <class T>
        int NAME(epoch)(At..., T) {
            return 1;
        }
    };
};

int main() {
    Store<OfVersioning> versioning;
    Store<OfStorage> storage;
    Store<OfLock> lock;
    StateStore<std::string, OfBytes> bytes;
    int sum = 0;
#ifdef HOLDFAST_ACCEPT
    sum = versioning.my_update() + versioning.my_update(1) + versioning.my_prune(1) + versioning.epoch() - 5;
    auto held = lock.lock("k").value();
    sum += held.my_put() + held.my_put(1) + held.my_remove(1) + lock.my_rollback("k") - 5;
    sum += bytes.lock("k").value().my_release() - 1;
#endif
    return sum;
}
