#ifndef HOLDFAST_TESTING_LAWS_LOCKING_HPP
#define HOLDFAST_TESTING_LAWS_LOCKING_HPP

#include <holdfast/store/explain.hpp>
#include <holdfast/testing/laws/check.hpp>
#include <holdfast/testing/laws/exclusion.hpp>
#include <holdfast/testing/laws/guards.hpp>
#include <holdfast/testing/laws/lock_doubts.hpp>
#include <holdfast/testing/laws/lock_info.hpp>
#include <holdfast/testing/laws/lock_steps.hpp>
#include <holdfast/testing/laws/misshapen.hpp>
#include <holdfast/testing/laws/waiting.hpp>

namespace holdfast::testing {

/// Every law of `LockingPolicy`, of its guards, and of each concept beyond it that the lock models, over one storage
/// and between the threads of this process; they are listed on the pages of the concepts (`concepts/locking.hpp`), each
/// by its name. What locks that exclude nobody (`NoLock`) do not promise is not asked for.
///
/// The laws use keys of their own and may be checked on a storage that is in use, but want one that makes no faults. What
/// leases leave of a key, for their epochs, stays. They fork once. Time: about a second in memory, most of which is waits.
/// A lock that expires has that checked as well if it does so within 2 s: check a lease once with its usual time to live,
/// and once with half a second.
template <StoragePolicy S, LockingPolicy<S> L>
Findings check_locking(L& locking, S& storage, LawOptions const& options = {}) {
    static_assert(holdfast::detail::explain_lock_capabilities<L, S>());
    return law::check(options, [&](Findings& found) {
        using Guard = law::GuardOf<L, S>;
        constexpr bool excludes = law::guards_exclude<Guard>;
        law::guards_hold_until_they_end(locking, storage, found);
        if constexpr (excludes) law::locks_exclude(locking, storage, found);
        law::ends_free_the_lock(locking, storage, found);
        law::ended_guards_hold_nothing(locking, storage, found);
        if constexpr (excludes) {
            law::ended_guards_release_nothing(locking, storage, found);
            law::keys_are_locked_apart(locking, storage, found);
            law::holders_are_told(locking, storage, found);
            law::who_gave_up_holds_nothing(locking, storage, found);
            law::waiting_ends(locking, storage, found);
            law::two_at_once_exclude_each_other(locking, storage, found);
            law::threads_exclude_each_other(locking, storage, found);
            law::forked_guards_hold_nothing(locking, storage, found);
        }
        law::guards_can_be_handed_over(locking, storage, found);
        law::epochs_rise(locking, storage, found);
        law::locks_leave_states_alone(locking, storage, found);
        if constexpr (excludes) {
            law::writes_leave_locks_alone(locking, storage, found);
            law::errors_take_nothing(locking, storage, found);
            law::locks_expire_unless_renewed(locking, storage, found);
        }
        if constexpr (InspectableLocking<L, S>) {
            law::looking_takes_nothing(locking, storage, found);
            law::holders_are_shown(locking, storage, found);
            law::purposes_are_kept(locking, storage, found);
            law::leases_are_shown(locking, storage, found);
        }
        if constexpr (TenuredGuard<Guard>) law::tenures_are_of_their_guards(locking, storage, found);
        if constexpr (BreakableLocking<L, S>) {
            law::force_ends_what_was_looked_up(locking, storage, found);
            law::broken_holders_are_told(locking, storage, found);
        }
        if constexpr (excludes) {
            law::errors_are_no_answers(locking, storage, found);
            law::pauses_take_nothing(locking, storage, found);
            law::lost_replies_are_not_believed(locking, storage, found);
            law::times_of_day_decide_nothing(locking, storage, found);
        }
    });
}
/// What is no lock of this storage yet: the compiler says what it lacks.
template <StoragePolicy S, class L>
    requires(!LockingPolicy<L, S>)
Findings check_locking(L&, S&, LawOptions const& = {}) {
    static_assert(holdfast::detail::explain_locking<L, S>());
    return Findings();
}

}  // namespace holdfast::testing

#endif
