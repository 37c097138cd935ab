#ifndef HOLDFAST_STORE_VERBS_HPP
#define HOLDFAST_STORE_VERBS_HPP

#include <holdfast/store/verbs/list.hpp>
#include <holdfast/store/verbs/lock.hpp>
#include <holdfast/store/verbs/no_history.hpp>
#include <holdfast/store/verbs/purge.hpp>
#include <holdfast/store/verbs/read.hpp>
#include <holdfast/store/verbs/transaction.hpp>
#include <holdfast/store/verbs/write.hpp>

// The table of verbs: what stores and locked keys can do, put together of capabilities and policies.
namespace holdfast {

/// All that writes one key; see `WriteVerbs`.
template <class Self, class... At>
class KeyVerbs : public WriteVerbs<Self, At...>,
                 public HistoryKeyVerbs<Self, StoreTypes<Self>::historic, At...>,
                 public detail::KeyVerbsOf<StorageOf<Self>, Self, At...>::type,
                 public detail::KeyVerbsOf<LockingOf<Self>, Self, At...>::type,
                 public detail::KeyVerbsOf<VersioningOf<Self>, Self, At...>::type,
                 public detail::KeyVerbsOf<SerializationOf<Self>, Self, At...>::type {};

/// All verbs of a store.
template <class Store>
class StoreVerbs : public ReadVerbs<Store>,
                   public KeyVerbs<Store, KeyView>,
                   public ListVerbs<Store>,
                   public LockVerbs<Store>,
                   public TransactionVerbs<Store>,
                   public PurgeVerbs<Store>,
                   public HistoryVerbs<Store, StoreTypes<Store>::historic>,
                   public detail::VerbsOf<StorageOf<Store>, Store>::type,
                   public detail::VerbsOf<LockingOf<Store>, Store>::type,
                   public detail::VerbsOf<VersioningOf<Store>, Store>::type,
                   public detail::VerbsOf<SerializationOf<Store>, Store>::type {
public:
    using ReadVerbs<Store>::get;
    using HistoryVerbs<Store, StoreTypes<Store>::historic>::get;
};

}  // namespace holdfast

#endif
