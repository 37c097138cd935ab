#ifndef HOLDFAST_CONCEPTS_RETENTION_HPP
#define HOLDFAST_CONCEPTS_RETENTION_HPP

#include <holdfast/core/result.hpp>

#include <concepts>
#include <cstdint>

namespace holdfast {

class VersionList;

/// Says which versions of a key are worth keeping: the newest ones, down to some sequence.
///
/// *Minimal complete definition*: a move constructor and
/// `Result<std::uint64_t> floor(VersionList&) const`: the lowest sequence to keep; 0 keeps all.
/// How old a state is it may ask `VersionList::current_before`, and must not find out by times of day.
/// *Laws*: it is a wish. Whatever it returns, the current state, pinned versions and what an earlier prune kept no
/// longer are not affected by it. It may be asked at any time, for any key, by several threads.
/// *Models*: `KeepAll`, `KeepLast`, `KeepFor`, `KeepBytes`, `KeepIfAny`, `KeepIfEvery`, `KeepLimits`.
template <class R>
concept RetentionPolicy = std::move_constructible<R> && requires(R const& r, VersionList& versions) {
    { r.floor(versions) } -> std::same_as<Result<std::uint64_t>>;
};

}  // namespace holdfast

#endif
