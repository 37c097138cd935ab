#ifndef HOLDFAST_LOCKING_LEASE_PULSE_HPP
#define HOLDFAST_LOCKING_LEASE_PULSE_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/key.hpp>
#include <holdfast/core/record_id.hpp>

#include <atomic>
#include <memory>

namespace holdfast {

/// What a guard and its renewer, in different threads, tell each other about their lease.
class LeasePulse {
public:
    explicit LeasePulse(Instant confirmed) noexcept : confirmed_(confirmed.time_since_epoch().count()) {}

    /// The send of the last step that is known to have been made.
    Instant confirmed() const noexcept { return Instant(Duration(confirmed_.load(std::memory_order_acquire))); }
    void confirm(Instant sent) noexcept {
        auto before = confirmed_.load(std::memory_order_relaxed);
        auto const mine = sent.time_since_epoch().count();
        while (before < mine && !confirmed_.compare_exchange_weak(before, mine, std::memory_order_release)) {
        }
    }

    std::atomic<bool> lost{false};    ///< somebody else has it, or nobody
    std::atomic<bool> ending{false};  ///< its holder is about to end it
    std::atomic<bool> over{false};    ///< its holder has ended it
    // How often each may have written the record, so that the other does not begin from one that is long gone.
    std::atomic<unsigned> by_renewer{0}, by_holder{0};

private:
    std::atomic<Duration::rep> confirmed_;
};

/// What is needed to keep a lease alive beside its guard. The storage must outlive it.
template <class S>
struct LeaseHandle {
    S* storage;
    Environment* env;
    Key key;
    Slot slot;
    WriteId id;
    Duration ttl;
    std::shared_ptr<LeasePulse> pulse;
};

}  // namespace holdfast

#endif
