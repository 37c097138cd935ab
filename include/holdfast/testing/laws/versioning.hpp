#ifndef HOLDFAST_TESTING_LAWS_VERSIONING_HPP
#define HOLDFAST_TESTING_LAWS_VERSIONING_HPP

#include <holdfast/testing/laws/commit_members.hpp>
#include <holdfast/testing/laws/commit_rules.hpp>

namespace holdfast::testing {

/// Every law of `VersioningPolicy`; they are listed on its page (`concepts/versioning.hpp`), each by its name.
///
/// Over an attributed storage that makes no faults; the laws make them. They use keys of their own, and time that does
/// not pass.
template <AttributedStorage S, VersioningPolicy<law::Watched<S>> V>
Findings check_versioning(V& versioning, S& storage, LawOptions const& options = {}) {
    Findings found(options);
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
    return found;
}

}  // namespace holdfast::testing

#endif
