#ifndef HOLDFAST_STORE_SELECT_HPP
#define HOLDFAST_STORE_SELECT_HPP

#include <holdfast/core/policy.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace holdfast::detail {

/// How many of the policies answer the question.
template <Family F, class... P>
inline constexpr std::size_t count_of = (std::size_t{0} + ... + (is_of<P>(F) ? 1u : 0u));

template <class T, class... Ts>
concept OneOfThese = (std::same_as<T, Ts> || ...);

/// The first policy of a family, or `Default`.
template <Family F, class Default, class... P>
struct Select {
    using type = Default;
};
template <Family F, class Default, class First, class... Rest>
struct Select<F, Default, First, Rest...>
    : std::conditional_t<is_of<First>(F), std::type_identity<First>, Select<F, Default, Rest...>> {};

}  // namespace holdfast::detail

#endif
