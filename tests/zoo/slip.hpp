#ifndef HOLDFAST_TESTS_ZOO_SLIP_HPP
#define HOLDFAST_TESTS_ZOO_SLIP_HPP

namespace zoo::lock_animals {

// clang-format off
/// What somebody who writes a lock gets wrong.
enum class Slip : unsigned char {
    none,
    // guards_hold_until_they_end
    confirm_says_lost, renew_says_lost, release_says_unavailable, never_reliable, renewal_shortens, move_loses_hold,
    keeps_the_time_limit, keeps_the_request_to_stop,
    // locks_exclude
    lets_everybody_in, lets_a_second_in, says_unavailable_for_busy, copies_are_apart, renewal_opens,
    // ends_free_the_lock
    release_forgets, destructor_forgets, assignment_forgets, release_after_renewal_forgets,
    second_release_is_an_error, moved_release_is_an_error, keeps_a_view_of_the_key,
    // ended_guards_hold_nothing
    released_confirms, released_renews, released_is_reliable, moved_from_confirms, released_says_fenced,
    // ended_guards_release_nothing
    second_release_ends_any, moved_from_releases, released_end_ends_any,
    // forked_guards_hold_nothing
    child_confirms, child_is_reliable, child_renews, child_releases,
    // guards_can_be_handed_over
    confirms_at_home_only, releases_at_home_only, first_stays_holder,
    // epochs_rise
    epochs_stay, epochs_of_32_bits, epochs_ignore_states, epochs_begin_anew, renewal_raises_epoch,
    epochs_are_signed, epochs_ignore_removed_states,
    // tenures_are_of_their_guards
    tenure_without_epoch, tenure_of_lease_elsewhere, tenure_of_old_state, tenure_says_absent, released_enters,
    moved_from_enters, tenure_says_ended,
    // keys_are_locked_apart
    tenants_are_one, names_are_cut, names_are_folded, names_are_ascii, directories_are_one, release_ends_all,
    locks_are_striped, names_are_cut_at_255,
    // waiting_ends
    impatient, deaf_to_time, deaf_to_stop, says_timed_out, says_busy_for_stop, never_sees_release,
    waits_twice, gives_up_after_some_tries,
    // who_gave_up_holds_nothing
    late_waiter_is_handed_it, stopped_waiter_is_handed_it, late_waiter_is_taken_for_holder,
    // holders_are_told
    holder_is_busy, holder_waits, holder_is_let_in, told_after_release, asking_again_ends,
    // threads_exclude_each_other
    wakes_all, forgets_the_third, wears_out,
    // two_at_once_exclude_each_other
    writes_blindly, takes_conflict_for_success, overwrites_what_was_free, believes_its_own_look,
    excludes_its_process_only,
    // locks_leave_states_alone
    makes_a_state, counts_a_write, drops_attributes, takes_authorship, brings_back,
    // writes_leave_locks_alone
    free_once_written, lost_once_written, not_renewed_once_written, not_released_once_written,
    // errors_take_nothing
    errors_are_busy, errors_leak, errors_are_absence, failed_renewal_ends, failed_release_ends,
    failed_acquire_is_held, hasty_renewal_ends, hasty_release_ends,
    failed_confirm_is_lost, failed_release_is_swallowed, failed_look_shows_nobody, failed_force_is_lost,
    // pauses_take_nothing
    releases_blindly, renews_blindly, forces_blindly, takes_over_blindly,
    // lost_replies_are_not_believed
    unknown_is_acquired, unknown_is_renewed, unknown_is_released,
    // times_of_day_decide_nothing
    expires_by_day, renews_by_day, shows_by_day, confirms_by_day,
    // locks_expire_unless_renewed
    never_expires, expires_early, renewals_do_not_count, overtaken_renews, overtaken_confirms, overtaken_ends_next,
    takeover_keeps_epoch, counts_from_the_reply, renewal_gives_no_time,
    // holders_are_shown
    shows_nobody, shows_somebody, shows_the_last, shows_no_name, shows_no_time, shows_the_first_purpose, shows_no_time_once_renewed,
    shows_to_the_holder_only,
    // purposes_are_kept
    purposes_of_64_bytes, purposes_of_one_line, purposes_in_ascii, keeps_a_view_of_the_purpose, refuses_odd_purposes, refuses_long_purposes,
    // looking_takes_nothing
    look_waits, look_takes, look_ends, look_makes_a_state,
    // leases_are_shown
    shows_no_epoch, shows_key_as_id, shows_no_ttl, shows_short_ttl, shows_no_renewal, renewal_changes_id,
    renewal_changes_since, shows_no_id,
    // force_ends_what_was_looked_up
    force_of_any, force_of_half_an_id, force_of_zero, force_of_former, force_finds_nothing, force_does_nothing,
    force_is_forgiving,
    // broken_holders_are_told
    broken_renews, broken_confirms, broken_relies, broken_ends_next, epoch_stays_after_force, broken_takes_back,
    // right, but unusual
    whole_seconds, epochs_are_sparse, short_reliance, everything_is_slow,
};
// clang-format on

}  // namespace zoo::lock_animals

#endif
