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

}  // namespace holdfast

#endif
