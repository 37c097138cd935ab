#ifndef HOLDFAST_TESTING_LAWS_STORAGE_HPP
#define HOLDFAST_TESTING_LAWS_STORAGE_HPP

#include <holdfast/store/explain.hpp>
#include <holdfast/testing/laws/ages.hpp>
#include <holdfast/testing/laws/batches.hpp>
#include <holdfast/testing/laws/changes.hpp>
#include <holdfast/testing/laws/check.hpp>
#include <holdfast/testing/laws/conditions.hpp>
#include <holdfast/testing/laws/host.hpp>
#include <holdfast/testing/laws/listing.hpp>
#include <holdfast/testing/laws/many.hpp>
#include <holdfast/testing/laws/misshapen.hpp>
#include <holdfast/testing/laws/names.hpp>
#include <holdfast/testing/laws/payloads.hpp>
#include <holdfast/testing/laws/races.hpp>
#include <holdfast/testing/laws/records.hpp>
#include <holdfast/testing/laws/rereads.hpp>
#include <holdfast/testing/laws/stale.hpp>
#include <holdfast/testing/laws/turns.hpp>
#include <holdfast/testing/laws/walk.hpp>

namespace holdfast::testing {

/// Every law of `StoragePolicy` and of each concept beyond it that the storage models; they are listed on the pages of
/// the concepts (`concepts/storage.hpp`), each by its name. A capability that is not there is not asked for.
///
/// The laws use keys of their own and may be checked on a storage that is in use. They want one that makes no faults:
/// an `unknown` outcome is a violation here. Time: seconds in memory or on local files; 14,000 calls, half a minute, where
/// each takes 2 ms, and in proportion where it takes longer; with `thorough` ten times as long.
template <StoragePolicy S>
Findings check_storage(S& storage, LawOptions const& options = {}) {
    static_assert(holdfast::detail::explain_capabilities<S>());
    return law::check(options, [&](Findings& found) {
        law::reads_see_writes(storage, found);
        law::payloads_are_whole(storage, found);
        law::removals_remove(storage, found);
        if constexpr (AttributedStorage<S>) {
            law::slots_are_apart(storage, found);
            law::slots_are_no_keys(storage, found);
            law::records_are_kept(storage, found);
            law::attributes_are_whole(storage, found);
        }
        law::keys_are_apart(storage, found);
        law::records_never_change(storage, found);
        law::only_what_may_be_stale_is(storage, found);
        law::readers_see_whole_records(storage, found);
        law::neighbours_are_left_alone(storage, found);
        if constexpr (ConditionalStorage<S>) {
            law::writes_heed_conditions(storage, found);
            law::removals_heed_conditions(storage, found);
            if constexpr (AttributedStorage<S>) {
                law::revisions_name_one_write(storage, found);
                law::repeats_take_effect_once(storage, found);
                law::tombstones_are_records(storage, found);
            }
            law::one_write_wins(storage, found);
            law::removals_compete(storage, found);
        }
        law::errors_change_nothing(storage, found);
        if constexpr (ListableStorage<S>) {
            law::every_key_is_listed_once(storage, found);
            law::pages_are_bounded(storage, found);
            law::prefixes_are_bytes(storage, found);
            law::listings_go_on_behind_removals(storage, found);
            law::cursors_can_be_used_again(storage, found);
            if constexpr (AttributedStorage<S>) {
                law::tombstones_are_not_listed(storage, found);
                law::every_slot_is_listed(storage, found);
            }
            law::listings_bear_writers(storage, found);
        }
        if constexpr (TransactionalStorage<S>) {
            law::batches_are_whole(storage, found);
            law::batches_heed_conditions(storage, found);
            law::batches_take_effect_once(storage, found);
            law::batches_are_seen_whole(storage, found);
            law::batches_compete(storage, found);
            law::crossed_absences_exclude_each_other(storage, found);
        }
        if constexpr (RevalidatingStorage<S>) {
            law::rereads_are_reads(storage, found);
            law::rereads_return_what_is_known(storage, found);
        }
        if constexpr (WatchableStorage<S>) {
            law::waits_end(storage, found);
            law::changes_are_noticed(storage, found);
        }
        if constexpr (BulkStorage<S>) {
            law::many_reads_are_reads(storage, found);
            law::many_removals_are_removals(storage, found);
        }
        if constexpr (AgingStorage<S>) law::ages_are_true(storage, found);
        if constexpr (TurnTakingStorage<S>) {
            law::waits_for_turns_end(storage, found);
            law::turns_are_courtesy(storage, found);
            law::turns_are_in_order(storage, found);
        }
        if constexpr (RankedTurnStorage<S>) law::ranks_are_an_order(storage, found);
        if constexpr (HostStorage<S>) law::lock_directories_are_one(storage, found);
        law::calls_are_those_of_a_map(storage, found);
    });
}
/// What is no storage yet: the compiler says what it lacks.
template <class S>
    requires(!StoragePolicy<S>)
Findings check_storage(S&, LawOptions const& = {}) {
    static_assert(holdfast::detail::explain_storage<S>());
    return Findings();
}

}  // namespace holdfast::testing

#endif
