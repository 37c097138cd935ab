#ifndef HOLDFAST_CONCEPTS_OPENABLE_HPP
#define HOLDFAST_CONCEPTS_OPENABLE_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/locator.hpp>

#include <concepts>

namespace holdfast {

/// A storage that a URI can name.
///
/// *Minimal complete definition*: `static Result<S> open(Locator const&)`, which refuses options that it does not know
/// (`Locator::accept`), and `static constexpr std::string_view scheme = "…";` (only `OneOf` has several).
template <class S>
concept OpenableStorage = StoragePolicy<S> && requires(Locator const& locator) {
    { S::open(locator) } -> std::same_as<Result<S>>;
};

}  // namespace holdfast

#endif
