#ifndef HOLDFAST_TESTS_UNIT_STORE_ASKING_LOCK_HPP
#define HOLDFAST_TESTS_UNIT_STORE_ASKING_LOCK_HPP

#include <holdfast/concepts/verbs.hpp>
#include <holdfast/locking/mutex_lock.hpp>

namespace holdfast_tests {

/// `MutexLock` with a verb of its own.
struct AskingLock : holdfast::MutexLock {
    template <class Store>
    class Verbs {
    public:
        /// Whether nobody holds the lock of a key.
        holdfast::Result<bool> is_free(holdfast::KeyView key, holdfast::CallOptions const& options = {}) {
            auto& store = static_cast<Store&>(*this);
            auto const ask = [&](holdfast::EngineOf<Store> engine, holdfast::Context const& ctx) {
                auto const holder = store.locking().inspect(engine.storage(), ctx, key);
                return holder ? holdfast::Result<bool>(!*holder) : holdfast::Result<bool>(holder.error());
            };
            return holdfast::Inside::on(store, key, "is_free", options, ask);
        }
    };
};

}  // namespace holdfast_tests

#endif
