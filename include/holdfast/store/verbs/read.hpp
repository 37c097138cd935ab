#ifndef HOLDFAST_STORE_VERBS_READ_HPP
#define HOLDFAST_STORE_VERBS_READ_HPP

#include <holdfast/concepts/verbs.hpp>
#include <holdfast/store/wait_for_entry.hpp>

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

namespace holdfast {

/// What every store can do without a lock.
template <class Store>
class ReadVerbs {
    static constexpr bool traceable = StoreTypes<Store>::traceable;
    static constexpr bool watchful = traceable && StoreTypes<Store>::watchful;

public:
    /// The state of a key, or nothing. Cost: 1 request.
    Result<std::optional<EntryOf<Store>>> get(KeyView key, CallOptions const& options = {}) {
        return Inside::on(self(), key, "get", options,
                          [&](EngineOf<Store> engine, Context const& ctx) { return engine.get(ctx, key); });
    }

    /// The states of many keys, in their order, each as `get` gives it; one that fails does not change the others. All are
    /// held at once: of many large states ask for some at a time. Cost: 1 request each, and as many beside each other as
    /// the storage does (`BulkStorage`); where it does one at a time, what comes too late is `timed_out`.
    std::vector<Result<std::optional<EntryOf<Store>>>> get_many(std::span<KeyView const> keys,
                                                                CallOptions const& options = {}) {
        std::vector<Result<std::optional<EntryOf<Store>>>> all;
        auto const done =
            Inside::on(self(), "get_many", options, [&](EngineOf<Store> engine, Context const& ctx) -> Result<void> {
                all = engine.get_many(ctx, keys);
                return {};
            });
        while (!done && all.size() < keys.size()) all.emplace_back(done.error());
        return all;
    }
    std::vector<Result<std::optional<EntryOf<Store>>>> get_many(std::initializer_list<KeyView> keys,
                                                                CallOptions const& options = {}) {
        return get_many(std::span<KeyView const>(keys.begin(), keys.size()), options);
    }

    /// Waits until the state of a key is another than `since` (empty: until there is one), and returns it; empty if it
    /// was removed. Locks do not count as changes. What was replaced before it was seen is passed over. Errors:
    /// `timed_out`, `cancelled`; `invalid_argument`: `since` is of another key. Cost: where the storage can watch a
    /// record (`WatchableStorage`) a wake-up and a read per change; elsewhere a read in pauses of up to a second.
    Result<std::optional<EntryOf<Store>>> wait_for_change(KeyView key, std::optional<EntryOf<Store>> const& since,
                                                          CallOptions const& options = {}) {
        bool const moved_from = since && since->key().empty();
        return Inside::on(self(), moved_from ? since->key() : key, "wait_for_change", options,
                          [&](EngineOf<Store> engine, Context const& ctx) -> Result<std::optional<EntryOf<Store>>> {
                              if (since && since->key() != key)
                                  return detail::place(Error(Errc::invalid_argument, "the entry is of another key"),
                                                       "wait_for_change", key);
                              RecordPtr const seen = since ? since->record() : nullptr;
                              return engine.entry_of(key, "wait_for_change",
                                                     detail::wait_for_content(engine.storage(), ctx, key, seen));
                          });
    }

    /// Asks for the fate of a write whose outcome was unknown, at any later time. It only reads: on a storage without
    /// late writes (files, SQLite) that proves nothing about a sync that failed, so that a write that can be seen is
    /// `unknown` there, not `applied`. Cost: 1 read.
    Result<Fate> resolve(UnknownWrite const& write, CallOptions const& options = {})
        requires traceable
    {
        return Inside::on(self(), write.key, "resolve", options,
                          [&](EngineOf<Store> engine, Context const& ctx) { return engine.resolve(ctx, write); });
    }
    HOLDFAST_REFUSE(resolve(auto&&...), traceable,
                    "holdfast: resolve() finds a write by its id, and this storage keeps no stamps to look for it in; "
                    "read the state, and decide by that");

    /// Makes the fate of a write certain: writes the unchanged state once more, so that an earlier request that is
    /// still pending can never take effect, and what can be seen of one whose sync failed is durable (`applied`). If
    /// there is no state a removed one is written, which `purge` forgets. `unknown`: it is not there, and will not come
    /// back (others may have removed it), or the seal itself could not be made for certain: seal again. Cost: 1 read,
    /// and 1 write if it was pending or the storage has no late writes.
    Result<Fate> seal(UnknownWrite const& write, CallOptions const& options = {})
        requires watchful
    {
        return Inside::on(self(), write.key, "seal", options,
                          [&](EngineOf<Store> engine, Context const& ctx) { return engine.seal(ctx, write); });
    }
    HOLDFAST_REFUSE(seal(auto&&...), (watchful || !traceable),
                    "holdfast: seal() must notice other writers, and under LastWriterWins a write that lands late "
                    "overwrites what it finds; use the versioning policy CompareAndSwap");
    HOLDFAST_REFUSE(seal(auto&&...), traceable,
                    "holdfast: seal() leaves a write that later ones can be told from, and this storage keeps no stamps "
                    "to tell them by");

private:
    Store& self() noexcept { return static_cast<Store&>(*this); }
};

}  // namespace holdfast

#endif
