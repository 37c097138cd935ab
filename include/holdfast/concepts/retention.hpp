#ifndef HOLDFAST_CONCEPTS_RETENTION_HPP
#define HOLDFAST_CONCEPTS_RETENTION_HPP

#include <holdfast/core/result.hpp>
#include <holdfast/fwd.hpp>

#include <concepts>
#include <cstdint>

namespace holdfast {

/// Says which versions of a key are worth keeping: the newest ones, down to some sequence.
///
/// *Minimal complete definition*: a move constructor and
/// `Result<std::uint64_t> floor(VersionList&) const`: the lowest sequence to keep; 0 keeps all.
/// How old a state is it may ask `VersionList::current_before`.
///
/// It is a wish: whatever it returns, the current state, pinned versions and what an earlier prune kept no longer are
/// not affected by it.
///
/// *Laws* (`testing::check_retention` checks them)
/// - `floors_are_told`: it may be asked at any time, for any key, also of versions that are damaged.
/// - `floors_are_of_one_list`: the same versions have the same floor, whoever else asks for whatever key; several threads
///   may ask at once.
/// - `floors_ignore_times_of_day`: what the clocks of the writers said decides nothing.
/// - `floors_heed_errors`: what cannot be found out is an error of that code, or deletes nothing more.
/// - `retentions_can_be_moved`: a policy that was moved keeps the same.
///
/// *Models*: `KeepAll`, `KeepLast`, `KeepFor`, `KeepBytes`, `KeepIfAny`, `KeepIfEvery`, `KeepLimits`.
template <class R>
concept RetentionPolicy = std::move_constructible<R> && requires(R const& r, VersionList& versions) {
    { r.floor(versions) } -> std::same_as<Result<std::uint64_t>>;
};

}  // namespace holdfast

#endif
