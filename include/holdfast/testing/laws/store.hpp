#ifndef HOLDFAST_TESTING_LAWS_STORE_HPP
#define HOLDFAST_TESTING_LAWS_STORE_HPP

#include <holdfast/testing/laws/check.hpp>
#include <holdfast/testing/laws/numbered.hpp>
#include <holdfast/testing/laws/store_updates.hpp>
#include <holdfast/testing/laws/store_verbs.hpp>
#include <holdfast/testing/laws/transactions.hpp>

namespace holdfast::testing {

/// Every law of stores that the composition calls for, by the verbs that it has, on keys of their own. They leave some
/// states and versions behind: give them a storage that is not in use. It must make no faults. The state is any into
/// which `Numbered` puts a number.
///
/// *Laws*
/// - `written_states_are_read`: what was created, replaced, updated or put is read afterwards, under its key only;
///   absence is a value.
/// - `entries_tell_of_their_writes`: key, state, revision, sequence, author and time are those of the write, the same
///   by whoever wrote as by whoever reads; a lock is not the author.
/// - `removed_states_are_absent`: also for those who list, and the key can be written again.
/// - `attributes_are_kept`: they stay until others are given, which replace all, and do not outlive a removal.
/// - `failed_calls_change_nothing`: an error is a call that was not made, also for want of time or on request.
/// - `updates_show_what_is_there`: the function of an update is shown the state or its absence, once if nobody else
///   writes, and what it makes is stored and returned.
/// - `unchanged_states_are_not_written`: a state that is left as it was with its attributes is not written,
///   unless asked.
/// - `conflicts_are_noticed`: `create`, `replace` and `remove` say `conflict` if somebody was faster, and change
/// nothing.
/// - `no_update_is_lost`: of all updates, also of those that meet between read and write, each counts once.
/// - `writes_from_inside_are_seen`: an update that was overtaken before its function returned is decided anew.
/// - `giving_up_writes_nothing`: errors and exceptions of the function pass through, write nothing, and leave no lock.
/// - `transactions_are_whole`: a transaction creates, changes and removes all of its keys or none.
/// - `transactions_notice_others`: one that was overtaken on any of its keys is decided anew.
/// - `crossing_transactions_lose_nothing`: those that name their keys in different orders do not lose or wait for ever.
/// - `the_last_one_wins`: where writers do not watch each other `put` and `remove` replace whatever is there.
/// - `keys_of_states_are_listed`: `keys(prefix)` names the keys that have a state, once each.
template <class Store>
Findings check_store(Store& store, LawOptions const& options = {}) {
    return law::check(options, [&](Findings& found) {
        law::written_states_are_read(store, found);
        law::entries_tell_of_their_writes(store, found);
        law::removed_states_are_absent(store, found);
        if constexpr (Store::storage_type::attributed) law::attributes_are_kept(store, found);
        law::failed_calls_change_nothing(store, found);
        if constexpr (Store::watchful) {
            law::updates_show_what_is_there(store, found);
            law::unchanged_states_are_not_written(store, found);
            law::conflicts_are_noticed(store, found);
            law::no_update_is_lost(store, found);
            law::writes_from_inside_are_seen(store, found);
            law::giving_up_writes_nothing(store, found);
            if constexpr (Store::batched) {
                law::transactions_are_whole(store, found);
                law::transactions_notice_others(store, found);
                law::crossing_transactions_lose_nothing(store, found);
            }
        } else {
            law::the_last_one_wins(store, found);
        }
        if constexpr (ListableStorage<typename Store::storage_type>) law::keys_of_states_are_listed(store, found);
    });
}

}  // namespace holdfast::testing

#endif
