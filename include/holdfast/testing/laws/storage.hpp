#ifndef HOLDFAST_TESTING_LAWS_STORAGE_HPP
#define HOLDFAST_TESTING_LAWS_STORAGE_HPP

#include <holdfast/testing/laws/ages.hpp>
#include <holdfast/testing/laws/changes.hpp>
#include <holdfast/testing/laws/conditions.hpp>
#include <holdfast/testing/laws/names.hpp>
#include <holdfast/testing/laws/payloads.hpp>
#include <holdfast/testing/laws/races.hpp>
#include <holdfast/testing/laws/records.hpp>
#include <holdfast/testing/laws/turns.hpp>

namespace holdfast::testing {

/// Every law of `StoragePolicy` that the storage's capabilities call for; see `check_listing` and `check_batches` too.
/// The laws use keys of their own and may be checked on a storage that is in use.
template <StoragePolicy S>
Findings check_storage(S& storage) {
    Findings found;
    law::read_after_write(storage, found);
    if constexpr (AttributedStorage<S>) {
        law::records_are_kept(storage, found);
        law::attributes_are_whole(storage, found);
        law::slots_are_apart(storage, found);
        law::slots_are_no_keys(storage, found);
    }
    law::sizes_are_kept(storage, found);
    law::removal(storage, found);
    law::records_are_immutable(storage, found);
    law::readers_see_whole_records(storage, found);
    law::keys_do_not_collide(storage, found);
    law::neighbours_are_left_alone(storage, found);
    law::errors_change_nothing(storage, found);
    if constexpr (RevalidatingStorage<S>) law::rereads_are_reads(storage, found);
    if constexpr (WatchableStorage<S>) law::changes_are_noticed(storage, found);
    if constexpr (TurnTakingStorage<S>) law::turns_are_taken(storage, found);
    if constexpr (AgingStorage<S>) law::ages_are_true(storage, found);
    if constexpr (ConditionalStorage<S>) {
        law::preconditions(storage, found);
        law::one_winner(storage, found);
        law::removals_compete(storage, found);
        law::revisions_are_never_reused(storage, found);
        law::repeating_is_harmless(storage, found);
        if constexpr (AttributedStorage<S>) law::tombstones_are_records(storage, found);
    }
    return found;
}

}  // namespace holdfast::testing

#endif
