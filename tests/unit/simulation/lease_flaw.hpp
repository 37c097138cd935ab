#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_LEASE_FLAW_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_LEASE_FLAW_HPP

namespace holdfast_tests {

/// Tempting ways to get a lease wrong. In a record of its own, unless said otherwise.
enum class LeaseFlaw : unsigned char {
    none,
    none_embedded,          ///< right, and in the state record
    no_fence,               ///< conditional writes alone shall do
    late_fence,             ///< the state is fenced when the section's first write begins
    fence_after_theft,      ///< … and not when the last holder could not say what became of a write
    no_stub,                ///< where there is no state, there is nothing to fence
    look_then_write,        ///< "the lock is still mine", and then a write that does not know of epochs
    no_comparison,          ///< the state is fenced, and writers do not compare
    vanishing_state,        ///< removals take the epoch with them (the versioning's part)
    compare_then_delete,    ///< release: read, compare, delete; the next epoch is that of the state
    deleted_lock,           ///< release deletes the lock, on condition
    epoch_from_the_state,   ///< likewise, and the next epoch is that of the state
    theft_keeps_the_epoch,  ///< whoever takes an expired lease over goes on with its epoch
    no_expiry,
    clean_force,    ///< a lease ended by force looks like one that was released
    blind_refresh,  ///< embedded: after a conflict the record is read again, and its holder not looked at
};

constexpr bool embedded(LeaseFlaw flaw) noexcept {
    return flaw == LeaseFlaw::none_embedded || flaw == LeaseFlaw::blind_refresh;
}
/// Whether its writes carry the epoch of their lease.
constexpr bool stamps_epochs(LeaseFlaw flaw) noexcept {
    return flaw != LeaseFlaw::no_fence && flaw != LeaseFlaw::look_then_write && flaw != LeaseFlaw::no_comparison &&
           flaw != LeaseFlaw::blind_refresh;
}
constexpr bool deletes_lock(LeaseFlaw flaw) noexcept {
    return flaw == LeaseFlaw::compare_then_delete || flaw == LeaseFlaw::deleted_lock ||
           flaw == LeaseFlaw::epoch_from_the_state;
}

/// The epoch goes on although the lock is deleted.
constexpr bool asks_the_state(LeaseFlaw flaw) noexcept {
    return flaw == LeaseFlaw::compare_then_delete || flaw == LeaseFlaw::epoch_from_the_state;
}

}  // namespace holdfast_tests

#endif
