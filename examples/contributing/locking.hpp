#pragma once

#include <holdfast/concepts/verbs.hpp>

#include <atomic>
#include <memory>
#include <utility>

using namespace holdfast;

/// Another lock that counts who has waited for it in vain; copies count together.
template <class Inner>
class Counted {
public:
    static constexpr Family family = Family::locking;

    template <StoragePolicy S>
        requires LockingPolicy<Inner, S>
    auto acquire(S& storage, Context const& ctx, KeyView key, std::string_view purpose) {
        auto guard = inner_.acquire(storage, ctx, key, purpose);
        if (!guard && guard.error() == Errc::busy) ++*in_vain_;
        return guard;
    }

    int in_vain() const noexcept { return *in_vain_; }

    /// Every store with this lock has these.
    template <class Store>
    class Verbs {
    public:
        /// How often somebody gave up.
        Result<int> waited_in_vain(CallOptions const& options = {}) {
            auto& store = static_cast<Store&>(*this);
            return Inside::on(store, "waited_in_vain", options, [&](EngineOf<Store>, Context const&) {
                return Result<int>(store.locking().in_vain());
            });
        }
    };

private:
    Inner inner_;
    std::shared_ptr<std::atomic<int>> in_vain_ = std::make_shared<std::atomic<int>>(0);
};
