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
///
/// *Laws*: a scheme is in lower case, as in a `Locator`. An option that is not known, is given twice or has a value
/// that it cannot have, and a host or path of a kind that it cannot have, are `invalid_argument` before anything is
/// made; the error says what is accepted (`Locator::refuse`). Whatever was opened by one locator has the same records,
/// if they outlive their handles: `MemoryStorage` is a fresh one each time. (How to name a place is the storage's own:
/// its tests check these.)
///
/// *Models*: `MemoryStorage`, `FileStorage`, `SqliteStorage`, `OneOf` of such.
template <class S>
concept OpenableStorage = StoragePolicy<S> && requires(Locator const& locator) {
    { S::open(locator) } -> std::same_as<Result<S>>;
};

}  // namespace holdfast

#endif
