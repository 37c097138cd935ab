#ifndef HOLDFAST_STORE_VERBS_LIST_HPP
#define HOLDFAST_STORE_VERBS_LIST_HPP

#include <holdfast/concepts/verbs.hpp>
#include <holdfast/store/entry_range.hpp>

#include <string>
#include <string_view>

namespace holdfast {

/// Of a store whose storage can list its records.
template <class Store>
class ListVerbs {
public:
    /// The keys that begin with `prefix` as a `KeyRange`, read page by page, in no promised order.
    auto keys(std::string_view prefix = {}, CallOptions const& options = {})
        requires ListableStorage<StorageOf<Store>>
    {
        auto& store = static_cast<Store&>(*this);
        KeyRange<StorageOf<Store>> range(store.storage(), Inside::context(store, options), std::string(prefix));
        auto const there =
            Inside::on(store, "keys", options, [](EngineOf<Store>, Context const&) { return Result<void>(); });
        if (!there) range.refuse(there.error());
        return range;
    }
    HOLDFAST_REFUSE(keys(auto&&...), ListableStorage<StorageOf<Store>>,
                    "holdfast: keys() needs a storage that can list its records ('Result<ListPage> list(Context "
                    "const&, ListRequest const&)')");

    /// The states whose keys begin with `prefix`, with their keys, as an `EntryRange`, in no promised order.
    auto entries(std::string_view prefix = {}, CallOptions const& options = {})
        requires ListableStorage<StorageOf<Store>>
    {
        return EntryRange<Store>(static_cast<Store&>(*this), prefix, options);
    }
    HOLDFAST_REFUSE(entries(auto&&...), ListableStorage<StorageOf<Store>>,
                    "holdfast: entries() needs a storage that can list its records ('Result<ListPage> list(Context "
                    "const&, ListRequest const&)')");
};

}  // namespace holdfast

#endif
