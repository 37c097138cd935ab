#ifndef HOLDFAST_STORE_VERBS_PURGE_HPP
#define HOLDFAST_STORE_VERBS_PURGE_HPP

#include <holdfast/concepts/verbs.hpp>
#include <holdfast/protocol/purge.hpp>

#include <string>
#include <utility>

namespace holdfast {

/// Of a store whose storage can tell how old a record is.
template <class Store>
class PurgeVerbs {
    using Storage = StorageOf<Store>;
    using Locking = LockingOf<Store>;
    using Engine = EngineOf<Store>;
    static constexpr bool purgeable = StoreTypes<Store>::purgeable;

public:
    /// Forgets a removed key for good: its versions, what is kept of them, the record of the removal, which otherwise
    /// stays to tell late writes and former holders of a lock that their time is over, and that of its lock. What the
    /// epochs of its locks had come to is noted, for all keys in one record: they go on from there, and former holders
    /// stay out. The key must have been removed for `grace`, which must be longer than any operation or request may
    /// live. Where writes can be late the storage's own clock says so. Elsewhere no time of day is believed: the first
    /// call begins to watch the removal, later ones, also of other processes, add what passed since the call before if
    /// that was made on the same machine since its start, and the one that finds `grace` over purges; a `grace` of zero
    /// purges at once. A key that is not there is no error.
    ///
    /// Errors: `conflict` (there is a state, or somebody wrote meanwhile), `busy` (too young, locked, pinned). Cost: 3
    /// requests, 1 more if the removal was watched, 1 to 3 more if the key was ever locked by leases; with history
    /// those of a prune of all versions, and 3. An outcome that is unknown: purge again.
    Outcome<void> purge(KeyView key, Duration grace = std::chrono::hours(24), CallOptions const& options = {})
        requires purgeable
    {
        using Guard = typename StoreTypes<Store>::Guard;
        auto& store = static_cast<Store&>(*this);
        auto const purged = [&](Engine engine, Context const& ctx) -> Outcome<void> {
            if constexpr (StoreTypes<Store>::historic)
                return HistoryVerbs<Store, true>::purge_versions(engine, ctx, key, grace);
            else return detail::purge(engine.storage(), ctx, key, grace);
        };
        if constexpr (TenuredGuard<Guard>) {
            // A lock that lives in the key's records is looked for there; to take it would be a write of them.
            return Inside::on(store, key, "purge", options, [&](Engine engine, Context const& ctx) -> Outcome<void> {
                if constexpr (InspectableLocking<Locking, Storage>) {
                    auto const holder = store.locking().inspect(engine.storage(), ctx, key);
                    if (!holder) return detail::place(holder.error(), "purge", key);
                    if (*holder)
                        return detail::place(
                            Error(Errc::busy, "the key is locked by " + std::string((*holder)->who.view())), "purge",
                            key);
                }
                return purged(engine, ctx);
            });
        } else {
            return Inside::under(
                store, "purge", options,
                [&](Engine engine, Context const& ctx, KeyView, Held&) { return purged(engine, ctx); }, key);
        }
    }
    HOLDFAST_REFUSE(
        purge(KeyView, auto&&...), purgeable,
        "holdfast: purge() needs a storage with preconditions and stamps that can tell how old a record is: "
        "one without late writes, or with 'Result<Aged> read_aged(Context const&, RecordId const&)' by "
        "its own clock; whose removals heed revisions, so that 'conditional_remove' is not false; with History<> "
        "one that can list its records, too");
};

}  // namespace holdfast

#endif
