#ifndef HOLDFAST_TESTING_LAWS_VERSIONING_HPP
#define HOLDFAST_TESTING_LAWS_VERSIONING_HPP

#include <holdfast/store/explain.hpp>
#include <holdfast/testing/laws/bare_commits.hpp>
#include <holdfast/testing/laws/check.hpp>
#include <holdfast/testing/laws/commit_fates.hpp>
#include <holdfast/testing/laws/commit_members.hpp>
#include <holdfast/testing/laws/commit_races.hpp>
#include <holdfast/testing/laws/commit_rules.hpp>
#include <holdfast/testing/laws/joint_commits.hpp>

namespace holdfast::testing {

/// Every law of `VersioningPolicy`; they are listed on its page (`concepts/versioning.hpp`), each by its name.
///
/// Over an attributed storage that makes no faults: the laws make them. They use keys of their own, and a time that
/// only they move, and leave the versions of a history behind. What concerns writes that arrive late is checked over a
/// `LateStorage`, if the policy works there.
template <AttributedStorage S, VersioningPolicy<law::Watched<S>> V>
Findings check_versioning(V& versioning, S& storage, LawOptions const& options = {}) {
    return law::check(options, [&](Findings& found) {
        law::commits_store_changes(versioning, storage, found);
        law::commits_return_what_is_stored(versioning, storage, found);
        law::sequences_count_contents(versioning, storage, found);
        law::contents_are_named(versioning, storage, found);
        law::lives_go_on(versioning, storage, found);
        law::writers_are_named(versioning, storage, found);
        law::epochs_never_fall(versioning, storage, found);
        law::records_bear_their_discipline(versioning, storage, found);
        law::other_disciplines_are_refused(versioning, storage, found);
        law::leases_obey_steps(versioning, storage, found);
        law::removals_leave_what_goes_on(versioning, storage, found);
        if constexpr (holdfast::detail::Watchful<V>) law::one_commit_wins(versioning, storage, found);
        law::storage_errors_are_passed_on(versioning, storage, found);
        law::lost_replies_are_unknown(versioning, storage, found);
        if constexpr (holdfast::detail::Watchful<V> && VersioningPolicy<V, law::Watched<LateStorage>>) {
            law::outcomes_are_true(versioning, found);
            law::own_writes_are_recognized(versioning, found);
        }
        if constexpr (law::CommitsJointly<V, law::Watched<S>>) {
            law::joint_commits_are_whole(versioning, storage, found);
            law::joint_commits_are_commits(versioning, storage, found);
        }
    });
}
/// The same over a storage without stamps: there is less to promise, and less to check.
template <StoragePolicy S, VersioningPolicy<law::Watched<S>> V>
    requires(!AttributedStorage<S>)
Findings check_versioning(V& versioning, S& storage, LawOptions const& options = {}) {
    return law::check(options, [&](Findings& found) {
        law::contents_are_stored(versioning, storage, found);
        if constexpr (holdfast::detail::Watchful<V>) law::first_conflicts_are_conflicts(versioning, storage, found);
        law::failures_are_told(versioning, storage, found);
    });
}
/// What is no versioning of this storage yet: the compiler says what it lacks.
template <StoragePolicy S, class V>
    requires(!VersioningPolicy<V, law::Watched<S>>)
Findings check_versioning(V&, S&, LawOptions const& = {}) {
    static_assert(holdfast::detail::explain_versioning<V, law::Watched<S>>());
    return Findings();
}

}  // namespace holdfast::testing

#endif
