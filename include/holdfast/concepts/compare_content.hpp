#ifndef HOLDFAST_CONCEPTS_COMPARE_CONTENT_HPP
#define HOLDFAST_CONCEPTS_COMPARE_CONTENT_HPP

#include <holdfast/concepts/serialization.hpp>

#include <concepts>

namespace holdfast::detail {

/// A serialization that compares two payloads, each with the context that it was encoded under.
template <class Z>
concept ComparesInContext = requires(Z& z, CodingContext const& c, Bytes const& payload) {
    { z.same_content(c, payload, c, payload) } -> std::same_as<Result<bool>>;
};

/// Whether two payloads hold the same content, as far as their serialization can tell: what it says, else whether
/// their bytes are equal. Errors: those of unwrapping one of them.
template <class Z>
Result<bool> compare_content(Z& serialization, CodingContext const& a_context, Bytes const& a,
                             CodingContext const& b_context, Bytes const& b) {
    if constexpr (ComparesInContext<Z>) return serialization.same_content(a_context, a, b_context, b);
    else return a == b;
}

}  // namespace holdfast::detail

#endif
