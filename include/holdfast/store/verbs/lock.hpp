#ifndef HOLDFAST_STORE_VERBS_LOCK_HPP
#define HOLDFAST_STORE_VERBS_LOCK_HPP

#include <holdfast/concepts/verbs.hpp>

#include <optional>
#include <utility>

namespace holdfast {

/// Locks that are held across several operations, and who holds them.
template <class Store>
class LockVerbs {
    using Locking = LockingOf<Store>;
    using Storage = StorageOf<Store>;
    using Engine = EngineOf<Store>;
    using Guard = typename StoreTypes<Store>::Guard;

public:
    /// Locks a key, waiting for its holder until the time limit. Errors: `busy`, `already_held`.
    Result<Locked<Store, Guard>> lock(KeyView key, CallOptions const& options = {}) {
        using R = Result<Locked<Store, Guard>>;
        return Inside::on(self(), key, "lock", options, [&](Engine engine, Context const& ctx) -> R {
            auto guard = self().locking().acquire(engine.storage(), ctx, key, options.purpose);
            if (!guard) return detail::place(std::move(guard).error(), "lock", key);
            return R(std::in_place, self(), Key(key), *std::move(guard));
        });
    }

    /// Locks a key if nobody holds it.
    Result<std::optional<Locked<Store, Guard>>> try_lock(KeyView key, CallOptions options = {}) {
        using R = Result<std::optional<Locked<Store, Guard>>>;
        options.timeout = Duration::zero();
        auto held = lock(key, options);
        if (held) return R(std::in_place, *std::move(held));
        if (held.error() == Errc::busy) return R(std::in_place);
        return std::move(held).error();
    }

    /// Who holds a key's lock, if anybody.
    Result<std::optional<LockInfo>> holder(KeyView key, CallOptions const& options = {})
        requires InspectableLocking<Locking, Storage>
    {
        return Inside::on(self(), key, "holder", options, [&](Engine engine, Context const& ctx) {
            return self().locking().inspect(engine.storage(), ctx, key);
        });
    }
    HOLDFAST_REFUSE(holder(KeyView, auto&&...), (InspectableLocking<Locking, Storage>),
                    "holdfast: holder() needs a locking policy that can be inspected; choose MutexLock, FileLock or "
                    "LeaseLock");

    /// Ends the lease that `holder(key)` showed, whoever has it. What its holder writes afterwards is refused as
    /// `fenced`. Errors: `lost` if it is another lease by now, or none. Cost: 1 read, 1 write.
    Result<void> force_unlock(KeyView key, WriteId lease, CallOptions const& options = {})
        requires BreakableLocking<Locking, Storage>
    {
        return Inside::on(self(), key, "force_unlock", options, [&](Engine engine, Context const& ctx) -> Result<void> {
            auto broken = self().locking().force_unlock(engine.storage(), ctx, key, lease);
            if (!broken) return detail::place(std::move(broken).error(), "force_unlock", key);
            return {};
        });
    }
    HOLDFAST_REFUSE(force_unlock(KeyView, auto&&...), (BreakableLocking<Locking, Storage>),
                    "holdfast: force_unlock() needs leases; choose LeaseLock (the system frees the other locks when "
                    "their holder dies)");

private:
    Store& self() noexcept { return static_cast<Store&>(*this); }
};

}  // namespace holdfast

#endif
