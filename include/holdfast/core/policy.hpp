#ifndef HOLDFAST_CORE_POLICY_HPP
#define HOLDFAST_CORE_POLICY_HPP

#include <concepts>

namespace holdfast {

/// The four questions that a store answers with a type each.
enum class Family : unsigned char {
    storage,        ///< where records are kept
    locking,        ///< who may write
    versioning,     ///< what is kept when a record is replaced
    serialization,  ///< how a state becomes bytes
};

/// Anything that can stand in the policy list of a `StateStore`: it says which question it answers.
///
/// *Minimal complete definition*: `static constexpr Family family = …;` and a move constructor.
/// *Models*: every storage, locking, versioning and serialization policy.
template <class P>
concept Policy = std::move_constructible<P> && requires {
    { P::family } -> std::convertible_to<Family>;
};

namespace detail {

/// `fwd.hpp` declares policies whose header may be missing, and Json is the default with or without its own.
template <class P>
concept Defined = requires { sizeof(P); };

/// A concept of its own, because only there `&&` looks no further than the first that is false.
template <class P>
concept DefinedPolicy = Defined<P> && Policy<P>;

template <class P>
inline constexpr bool is_of(Family family) {
    if constexpr (DefinedPolicy<P>) return P::family == family;
    else return false;
}

/// The first base of what is made of policies, so that the sentences of what the answers are made by are said before
/// anything else is, and nearest to it. A `static_assert` of the class itself would make the class no class, and those who
/// look at it say so. Whatever the answers are: once is enough.
template <bool... /*answers*/>
struct Explained {};

}  // namespace detail

}  // namespace holdfast

#endif
