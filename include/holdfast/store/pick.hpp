#ifndef HOLDFAST_STORE_PICK_HPP
#define HOLDFAST_STORE_PICK_HPP

#include <concepts>
#include <type_traits>
#include <utility>

namespace holdfast::detail {

/// The one of `args` that is a `T`, or a default one.
template <class T, class First, class... Rest>
T pick_given(First&& first, Rest&&... rest) {
    if constexpr (std::same_as<std::remove_cvref_t<First>, T>) return std::forward<First>(first);
    else return pick_given<T>(std::forward<Rest>(rest)...);
}

template <class T, class... Args>
T pick(Args&&... args) {
    static_assert(
        (0 + ... + int{std::same_as<std::remove_cvref_t<Args>, T>}) <= 1,
        "holdfast: the store's constructor was given two objects for one of its policies, or two StoreOptions");
    if constexpr ((std::same_as<std::remove_cvref_t<Args>, T> || ...)) {
        return pick_given<T>(std::forward<Args>(args)...);
    } else if constexpr (std::default_initializable<T>) {
        return T();
    } else {
        static_assert(std::default_initializable<T>,
                      "holdfast: this policy must be given to the store's constructor, it cannot be made by default");
    }
}

}  // namespace holdfast::detail

#endif
