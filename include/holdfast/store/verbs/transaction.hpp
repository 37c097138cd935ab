#ifndef HOLDFAST_STORE_VERBS_TRANSACTION_HPP
#define HOLDFAST_STORE_VERBS_TRANSACTION_HPP

#include <holdfast/concepts/verbs.hpp>
#include <holdfast/store/update_function.hpp>

#include <initializer_list>
#include <optional>
#include <span>

namespace holdfast {

/// Of a store whose storage writes batches, and whose versioning commits them.
template <class Store>
class TransactionVerbs {
    using State = StateOf<Store>;
    static constexpr bool batched = StoreTypes<Store>::batched;

public:
    /// Changes several keys together or not at all: reads them, lets `fn(std::span<std::optional<State>>)` change the
    /// states in place (empty: absent, before and after), and writes all in one batch if all are still as read;
    /// otherwise again. `fn` returns nothing, or a `Result<void>` to give up. At least one key; they must differ. Cost:
    /// a read per key, 1 batch.
    template <detail::TransactionFunction<State> F>
    Outcome<void> transaction(std::span<KeyView const> keys, F&& fn, CallOptions const& options = {})
        requires batched
    {
        return Inside::under_all_once(static_cast<Store&>(*this), keys, "transaction", options,
                                      [&](EngineOf<Store> engine, Context const& ctx, std::span<Held> held) {
                                          return engine.transaction(ctx, keys, held, options, fn);
                                      });
    }
    template <detail::TransactionFunction<State> F>
    Outcome<void> transaction(std::initializer_list<KeyView> keys, F&& fn, CallOptions const& options = {})
        requires batched
    {
        return transaction(std::span<KeyView const>(keys.begin(), keys.size()), fn, options);
    }
    HOLDFAST_REFUSE(transaction(std::span<KeyView const>, auto&&...), batched,
                    "holdfast: transaction() needs a storage that writes batches and CompareAndSwap; choose "
                    "SqliteStorage or MemoryStorage");
    HOLDFAST_REFUSE(transaction(std::initializer_list<KeyView>, auto&&...), batched,
                    "holdfast: transaction() needs a storage that writes batches and CompareAndSwap; choose "
                    "SqliteStorage or MemoryStorage");
    HOLDFAST_REFUSE(transaction(std::span<KeyView const>, detail::NoTransactionFunction<State> auto&&,
                                CallOptions const& = {}),
                    (!batched), HOLDFAST_TRANSACTION_FUNCTIONS);
    HOLDFAST_REFUSE(transaction(std::initializer_list<KeyView>, detail::NoTransactionFunction<State> auto&&,
                                CallOptions const& = {}),
                    (!batched), HOLDFAST_TRANSACTION_FUNCTIONS);
};

}  // namespace holdfast

#endif
