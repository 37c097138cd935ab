#ifndef HOLDFAST_CORE_KEY_ORDER_HPP
#define HOLDFAST_CORE_KEY_ORDER_HPP

#include <holdfast/core/key.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace holdfast::detail {

/// The places of the keys, in the order of the keys: the one order in which everybody takes several. Equal keys keep
/// theirs. Cost: n log n comparisons, n if they are in order (a merge sort, so that <algorithm> is not read for this).
inline std::vector<std::size_t> order_of(std::span<KeyView const> keys) {
    std::size_t const n = keys.size();
    std::vector<std::size_t> order(n), merged;
    bool sorted = true;
    for (std::size_t i = 0; i < n; ++i) {
        order[i] = i;
        sorted = sorted && (i == 0 || !(keys[i] < keys[i - 1]));
    }
    if (sorted) return order;
    merged.resize(n);
    for (std::size_t width = 1; width < n; width *= 2) {
        for (std::size_t begin = 0; begin < n; begin += 2 * width) {
            std::size_t const middle = begin + width < n ? begin + width : n;
            std::size_t const end = begin + 2 * width < n ? begin + 2 * width : n;
            for (std::size_t at = begin, left = begin, right = middle; at < end; ++at) {
                bool const take_right = left == middle || (right < end && keys[order[right]] < keys[order[left]]);
                merged[at] = order[take_right ? right++ : left++];
            }
        }
        order.swap(merged);
    }
    return order;
}

}  // namespace holdfast::detail

#endif
