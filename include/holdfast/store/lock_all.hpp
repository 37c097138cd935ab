#ifndef HOLDFAST_STORE_LOCK_ALL_HPP
#define HOLDFAST_STORE_LOCK_ALL_HPP

#include <holdfast/concepts/verbs.hpp>
#include <holdfast/core/key_order.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::detail {

/// Locks several keys in the order of the keys, so that two transactions cannot wait for each other; the guards are in
/// the order given. Errors: those of `acquire`; a key is named twice, or none is.
template <class Guard, class Locking, class Storage>
Result<void> lock_all(Locking& locking, Storage& storage, Context const& ctx, std::span<KeyView const> keys,
                      std::string_view operation, std::string_view purpose, std::vector<Guard>& guards) {
    if (keys.empty()) return Error(Errc::invalid_argument, "a transaction names at least one key").during(operation);
    auto const order = order_of(keys);
    std::vector<std::optional<Guard>> taken(keys.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        KeyView const key = keys[order[i]];
        if (i > 0 && key == keys[order[i - 1]])
            return place(Error(Errc::invalid_argument, "the key is named twice in one transaction"), operation, key);
        auto guard = locking.acquire(storage, ctx, key, purpose.empty() ? operation : purpose);
        if (!guard) return place(std::move(guard).error(), operation, key);
        taken[order[i]].emplace(*std::move(guard));
    }
    guards.reserve(keys.size());
    for (auto& guard : taken) guards.push_back(*std::move(guard));
    return {};
}

}  // namespace holdfast::detail

#endif
