// Broken locks. What no law sees:
// - A lock that excludes the threads of this process and not others: only its author knows for whom it speaks; the
//   tests of processes ask.
// - An unfair one: no order is promised beyond that everybody gets it in the end.
// - A try without patience that waits for a moment: nothing bounds how long a look may take.
// - One that takes the next thread with the number of a thread that has ended for the holder: the law asks, but systems
//   need not use numbers again at once, so that no animal is sure to be found.
// - A lock that counts its epochs in its own memory, so that another process repeats them; and one over a connection of
//   its own that pauses between a look and a write, or loses a reply: the laws stand only between lock and storage.
// - An epoch that starts again after the key was purged, and a lock that outlives its expiry by less than a look: they
//   need the store, or more time than a check may take.

#include <zoo/slipping_lock.hpp>
#include <zoo/zoo.hpp>

#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/laws/locking.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace zoo {

namespace lock_animals {

namespace {

using testing::check_locking;

struct Sinner {
    char const* law;
    char const* sin;
    Slip slip;
    int ttl = 20'000;  ///< in milliseconds
};

constexpr Sinner all_sinners[] = {
    {"guards_hold_until_they_end", "confirm knows nothing of a lock that is held", Slip::confirm_says_lost},
    {"guards_hold_until_they_end", "renew knows nothing of a lock that is held", Slip::renew_says_lost},
    {"guards_hold_until_they_end", "every release fails", Slip::release_says_unavailable},
    {"guards_hold_until_they_end", "reliable until now, never longer", Slip::never_reliable},
    {"guards_hold_until_they_end", "a renewal shortens what may be relied on", Slip::renewal_shortens},
    {"guards_hold_until_they_end", "moving a guard that was used loses the lock", Slip::move_loses_hold},
    {"guards_hold_until_they_end", "lives as long as its caller would have waited", Slip::keeps_the_time_limit},
    {"guards_hold_until_they_end", "ends when its caller would have stopped to wait", Slip::keeps_the_request_to_stop},

    {"locks_exclude", "lets everybody in", Slip::lets_everybody_in},
    {"locks_exclude", "lets every second one in", Slip::lets_a_second_in},
    {"locks_exclude", "says 'unavailable' instead of 'busy'", Slip::says_unavailable_for_busy},
    {"locks_exclude", "a copy of the lock has a table of its own", Slip::copies_are_apart},
    {"locks_exclude", "does not know a lease that was renewed", Slip::renewal_opens},

    {"ends_free_the_lock", "release only says that it did", Slip::release_forgets},
    {"ends_free_the_lock", "the destructor releases nothing", Slip::destructor_forgets},
    {"ends_free_the_lock", "assignment does not release what was held", Slip::assignment_forgets},
    {"ends_free_the_lock", "releases with the revision from before the renewal", Slip::release_after_renewal_forgets},
    {"ends_free_the_lock", "releasing again is an error", Slip::second_release_is_an_error},
    {"ends_free_the_lock", "releasing what was moved from is an error", Slip::moved_release_is_an_error},
    {"ends_free_the_lock", "releases what is where its key was", Slip::keeps_a_view_of_the_key},

    {"ended_guards_hold_nothing", "confirms after its release", Slip::released_confirms},
    {"ended_guards_hold_nothing", "renews after its release", Slip::released_renews},
    {"ended_guards_hold_nothing", "is reliable after its release", Slip::released_is_reliable},
    {"ended_guards_hold_nothing", "confirms after it was moved from", Slip::moved_from_confirms},
    {"ended_guards_hold_nothing", "says 'fenced' of its own release", Slip::released_says_fenced},

    {"ended_guards_release_nothing", "a second release ends whoever holds", Slip::second_release_ends_any},
    {"ended_guards_release_nothing", "what was moved from releases", Slip::moved_from_releases},
    {"ended_guards_release_nothing", "the destructor releases again", Slip::released_end_ends_any},

    {"forked_guards_hold_nothing", "confirms in a child", Slip::child_confirms},
    {"forked_guards_hold_nothing", "is reliable in a child", Slip::child_is_reliable},
    {"forked_guards_hold_nothing", "is renewed in a child", Slip::child_renews},
    {"forked_guards_hold_nothing", "a child's end releases the lock of its parent", Slip::child_releases},

    {"guards_can_be_handed_over", "confirms to the thread that acquired only", Slip::confirms_at_home_only},
    {"guards_can_be_handed_over", "releases in the thread that acquired only", Slip::releases_at_home_only},
    {"guards_can_be_handed_over", "takes the thread that acquired for the holder for ever", Slip::first_stays_holder},

    {"epochs_rise", "every holder has the same epoch", Slip::epochs_stay},
    {"epochs_rise", "epochs of 32 bits", Slip::epochs_of_32_bits},
    {"epochs_rise", "does not look at the epoch of the state", Slip::epochs_ignore_states},
    {"epochs_rise", "removes its record with its epoch on release", Slip::epochs_begin_anew},
    {"epochs_rise", "counts renewals as holders", Slip::renewal_raises_epoch},
    {"epochs_rise", "compares epochs as signed numbers", Slip::epochs_are_signed},
    {"epochs_rise", "begins anew where the state was removed", Slip::epochs_ignore_removed_states},

    {"tenures_are_of_their_guards", "a tenure without an epoch", Slip::tenure_without_epoch},
    {"tenures_are_of_their_guards", "a lease of a tenure that is in another record", Slip::tenure_of_lease_elsewhere},
    {"tenures_are_of_their_guards", "a tenure with another record than is stored", Slip::tenure_of_old_state},
    {"tenures_are_of_their_guards", "a tenure that denies the state", Slip::tenure_says_absent},
    {"tenures_are_of_their_guards", "a tenure that has ended", Slip::tenure_says_ended},
    {"tenures_are_of_their_guards", "can be entered after its release", Slip::released_enters},
    {"tenures_are_of_their_guards", "can be entered after it was moved from", Slip::moved_from_enters},

    {"keys_are_locked_apart", "keys of one prefix have one lock", Slip::tenants_are_one},
    {"keys_are_locked_apart", "names are cut", Slip::names_are_cut},
    {"keys_are_locked_apart", "names are folded to small letters", Slip::names_are_folded},
    {"keys_are_locked_apart", "names are kept in ASCII", Slip::names_are_ascii},
    {"keys_are_locked_apart", "a slash at the end is lost", Slip::directories_are_one},
    {"keys_are_locked_apart", "a release ends all locks of a prefix", Slip::release_ends_all},
    {"keys_are_locked_apart", "keys share 64 locks", Slip::locks_are_striped},
    {"keys_are_locked_apart", "names are cut as those of files", Slip::names_are_cut_at_255},

    {"waiting_ends", "tries once, whatever the patience", Slip::impatient},
    {"waiting_ends", "waits far beyond the time limit", Slip::deaf_to_time},
    {"waiting_ends", "does not see a request to stop", Slip::deaf_to_stop},
    {"waiting_ends", "says 'timed_out' instead of 'busy'", Slip::says_timed_out},
    {"waiting_ends", "says 'busy' instead of 'cancelled'", Slip::says_busy_for_stop},
    {"waiting_ends", "does not see a release while it waits", Slip::never_sees_release},
    {"waiting_ends", "waits as long again", Slip::waits_twice},
    {"waiting_ends", "gives up after some tries, whatever the patience", Slip::gives_up_after_some_tries},

    {"who_gave_up_holds_nothing", "hands the lock to who was late", Slip::late_waiter_is_handed_it},
    {"who_gave_up_holds_nothing", "hands the lock to who was stopped", Slip::stopped_waiter_is_handed_it},
    {"who_gave_up_holds_nothing", "takes who gave up for the holder", Slip::late_waiter_is_taken_for_holder},

    {"holders_are_told", "a holder is 'busy' with itself", Slip::holder_is_busy},
    {"holders_are_told", "a holder waits for itself", Slip::holder_waits},
    {"holders_are_told", "a holder gets a second guard", Slip::holder_is_let_in},
    {"holders_are_told", "who has released is told that he holds", Slip::told_after_release},
    {"holders_are_told", "asking again ends the lock", Slip::asking_again_ends},

    {"threads_exclude_each_other", "a release lets all in who wait", Slip::wakes_all},
    {"threads_exclude_each_other", "two may wait, a third is turned away", Slip::forgets_the_third},
    {"threads_exclude_each_other", "a lock that was taken too often is never free again", Slip::wears_out},

    {"two_at_once_exclude_each_other", "looks, then writes without a condition", Slip::writes_blindly},
    {"two_at_once_exclude_each_other", "takes a conflict for success", Slip::takes_conflict_for_success},
    {"two_at_once_exclude_each_other", "overwrites a lock that was free when it looked",
     Slip::overwrites_what_was_free},
    {"two_at_once_exclude_each_other", "writes again after a conflict without another look",
     Slip::believes_its_own_look},
    {"two_at_once_exclude_each_other", "excludes by a mutex of its process, and writes blindly",
     Slip::excludes_its_process_only},

    {"locks_leave_states_alone", "makes an empty state to be locked", Slip::makes_a_state},
    {"locks_leave_states_alone", "a release counts as a content", Slip::counts_a_write},
    {"locks_leave_states_alone", "a renewal drops the attributes", Slip::drops_attributes},
    {"locks_leave_states_alone", "the holder becomes the author", Slip::takes_authorship},
    {"locks_leave_states_alone", "a removed state comes back", Slip::brings_back},

    {"writes_leave_locks_alone", "a lock is free once the state was written", Slip::free_once_written},
    {"writes_leave_locks_alone", "a guard is lost once the state was written", Slip::lost_once_written},
    {"writes_leave_locks_alone", "cannot be renewed once the state was written", Slip::not_renewed_once_written},
    {"writes_leave_locks_alone", "is not released once the state was written", Slip::not_released_once_written},

    {"errors_take_nothing", "says 'busy' of a storage that cannot be reached", Slip::errors_are_busy},
    {"errors_take_nothing", "keeps what it has taken when the last look fails", Slip::errors_leak},
    {"errors_take_nothing", "takes an error for absence", Slip::errors_are_absence},
    {"errors_take_nothing", "a renewal that fails ends the lock", Slip::failed_renewal_ends},
    {"errors_take_nothing", "a release that fails cannot be repeated", Slip::failed_release_ends},
    {"errors_take_nothing", "who could not acquire is taken for the holder", Slip::failed_acquire_is_held},
    {"errors_take_nothing", "a renewal in a hurry ends the lock", Slip::hasty_renewal_ends},
    {"errors_take_nothing", "a release in a hurry only says that it did", Slip::hasty_release_ends},
    {"errors_are_no_answers", "confirm says 'lost' of a storage that cannot be reached", Slip::failed_confirm_is_lost},
    {"errors_take_nothing", "a release that failed only says that it did", Slip::failed_release_is_swallowed},
    {"errors_are_no_answers", "shows nobody if the storage cannot be reached", Slip::failed_look_shows_nobody},
    {"errors_are_no_answers", "force says 'lost' of a storage that cannot be reached", Slip::failed_force_is_lost},

    {"pauses_take_nothing", "a release that looked removes whatever is there by then", Slip::releases_blindly},
    {"pauses_take_nothing", "a renewal that looked overwrites whatever is there by then", Slip::renews_blindly},
    {"pauses_take_nothing", "force that looked ends whatever is there by then", Slip::forces_blindly},
    {"pauses_take_nothing", "takes over what has expired, though it was renewed since", Slip::takes_over_blindly, 300},

    {"lost_replies_are_not_believed", "acquires by a write of unknown fate", Slip::unknown_is_acquired},
    {"lost_replies_are_not_believed", "renews by a write of unknown fate", Slip::unknown_is_renewed},
    {"lost_replies_are_not_believed", "releases by a write of unknown fate", Slip::unknown_is_released},

    {"times_of_day_decide_nothing", "expires by the clock of who waits", Slip::expires_by_day},
    {"times_of_day_decide_nothing", "is not renewed once the clock was set", Slip::renews_by_day},
    {"times_of_day_decide_nothing", "confirms by the clock on the wall", Slip::confirms_by_day},
    {"times_of_day_decide_nothing", "shows nobody whose time is over by the clock of who looks", Slip::shows_by_day},

    {"locks_expire_unless_renewed", "never expires", Slip::never_expires, 300},
    {"locks_expire_unless_renewed", "expires while its holder relies on it", Slip::expires_early, 300},
    {"locks_expire_unless_renewed", "does not count renewals", Slip::renewals_do_not_count, 300},
    {"locks_expire_unless_renewed", "who was overtaken renews", Slip::overtaken_renews, 300},
    {"locks_expire_unless_renewed", "who was overtaken confirms", Slip::overtaken_confirms, 300},
    {"locks_expire_unless_renewed", "who was overtaken ends his successor's lock", Slip::overtaken_ends_next, 300},
    {"locks_expire_unless_renewed", "who takes over has the same epoch", Slip::takeover_keeps_epoch, 300},
    {"locks_expire_unless_renewed", "counts from the reply what was granted at the request",
     Slip::counts_from_the_reply, 300},
    {"locks_expire_unless_renewed", "a renewal gives no time", Slip::renewal_gives_no_time, 300},

    {"holders_are_shown", "shows nobody", Slip::shows_nobody},
    {"holders_are_shown", "always shows somebody", Slip::shows_somebody},
    {"holders_are_shown", "shows who has released", Slip::shows_the_last},
    {"holders_are_shown", "shows no name", Slip::shows_no_name},
    {"holders_are_shown", "shows no time", Slip::shows_no_time},
    {"holders_are_shown", "shows the purpose of the first holder", Slip::shows_the_first_purpose},
    {"holders_are_shown", "a renewal loses since when it is held", Slip::shows_no_time_once_renewed},
    {"holders_are_shown", "shows a holder to himself only", Slip::shows_to_the_holder_only},

    {"purposes_are_kept", "keeps 64 bytes", Slip::purposes_of_64_bytes},
    {"purposes_are_kept", "keeps one line", Slip::purposes_of_one_line},
    {"purposes_are_kept", "keeps ASCII", Slip::purposes_in_ascii},
    {"purposes_are_kept", "keeps what is where the purpose was", Slip::keeps_a_view_of_the_purpose},
    {"purposes_are_kept", "refuses what is not UTF-8", Slip::refuses_odd_purposes},
    {"purposes_are_kept", "refuses what is long", Slip::refuses_long_purposes},

    {"looking_takes_nothing", "who looks waits for the lock", Slip::look_waits},
    {"looking_takes_nothing", "who looks is taken for the holder", Slip::look_takes},
    {"looking_takes_nothing", "who looks ends the lock", Slip::look_ends},
    {"looking_takes_nothing", "who looks makes a state", Slip::look_makes_a_state},

    {"leases_are_shown", "shows no epoch", Slip::shows_no_epoch},
    {"leases_are_shown", "shows no id", Slip::shows_no_id},
    {"leases_are_shown", "shows an id of the key, the same for all holders", Slip::shows_key_as_id},
    {"leases_are_shown", "shows no time to live", Slip::shows_no_ttl},
    {"leases_are_shown", "shows a shorter time to live", Slip::shows_short_ttl},
    {"leases_are_shown", "does not show renewals", Slip::shows_no_renewal},
    {"leases_are_shown", "a renewal is another lease", Slip::renewal_changes_id},
    {"leases_are_shown", "a renewal changes since when it is held", Slip::renewal_changes_since},

    {"force_ends_what_was_looked_up", "ends whatever lease is there", Slip::force_of_any},
    {"force_ends_what_was_looked_up", "compares half of the id", Slip::force_of_half_an_id},
    {"force_ends_what_was_looked_up", "no id is any id", Slip::force_of_zero},
    {"force_ends_what_was_looked_up", "a former id ends the lease of today", Slip::force_of_former},
    {"force_ends_what_was_looked_up", "does not find the lease", Slip::force_finds_nothing},
    {"force_ends_what_was_looked_up", "only says that it did", Slip::force_does_nothing},
    {"force_ends_what_was_looked_up", "succeeds where nothing is held", Slip::force_is_forgiving},

    {"broken_holders_are_told", "renews what was ended by force", Slip::broken_renews},
    {"broken_holders_are_told", "confirms what was ended by force", Slip::broken_confirms},
    {"broken_holders_are_told", "relies on what was ended by force", Slip::broken_relies},
    {"broken_holders_are_told", "releases the next holder's lock", Slip::broken_ends_next},
    {"broken_holders_are_told", "the next holder has the same epoch", Slip::epoch_stays_after_force},
    {"broken_holders_are_told", "takes back what was ended by force", Slip::broken_takes_back},
};

testing::Findings judged(Slip slip, int ttl = 20'000) {
    MemoryStorage storage;
    SlippingLock locking(slip, std::chrono::milliseconds(ttl));
    return check_locking(locking, storage, {.patience = std::chrono::seconds(3)});
}

}  // namespace

Animals all() {
    Animals animals;
    for (Sinner const& sinner : all_sinners)
        animals.push_back({sinner.law, sinner.sin, [sinner] { return judged(sinner.slip, sinner.ttl); }});
    return animals;
}

Laws laws() {
    auto const checked = judged(Slip::none, 300).checked();
    return {checked.begin(), checked.end()};
}

TEST_CASE("zoo: every broken lock is condemned by the law that it breaks", "[zoo]") {
    CHECK(judged(Slip::none).text() == "");
    CHECK(judged(Slip::none, 300).text() == "");
    condemned(all());
}

TEST_CASE("zoo: locks that are right but unusual break no law", "[zoo]") {
    struct Unusual {
        Slip how;
        int ttl;
    };
    constexpr Unusual all[] = {{Slip::whole_seconds, 20'000},      {Slip::whole_seconds, 600},
                               {Slip::epochs_are_sparse, 20'000},  {Slip::epochs_are_sparse, 600},
                               {Slip::everything_is_slow, 20'000}, {Slip::everything_is_slow, 600},
                               {Slip::short_reliance, 1'200}};
    std::string text[std::size(all)];
    testing::law::in_threads(std::size(all), [&](unsigned i) { text[i] = judged(all[i].how, all[i].ttl).text(); });
    for (std::string const& one : text) CHECK(one == "");
}

}  // namespace lock_animals

Animals locks() { return lock_animals::all(); }
Laws laws_of_locks() { return lock_animals::laws(); }

}  // namespace zoo
