#ifndef HOLDFAST_LOCKING_LEASE_RENEWER_HPP
#define HOLDFAST_LOCKING_LEASE_RENEWER_HPP

#include <holdfast/core/contain.hpp>
#include <holdfast/locking/lease_lock.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace holdfast {

/// Renews a lease every third of its time to live, beside its guard, until its holder ends it or `stop` is set. What
/// `LeaseRenewer` runs in a thread; by itself for programs with loops of their own.
///
/// Where the holder's own writes renew, it only watches. Memory that is short counts as a renewal that failed. Errors:
/// `lost`: somebody else has the lease, or it could not be renewed within four fifths of its time to live; then nothing
/// more is sent. Cost: 1 request each time.
template <detail::LeasableStorage S>
Result<void> keep_alive(LeaseHandle<S> const& lease, std::atomic<bool> const* stop = nullptr) {
    Environment& env = *lease.env;
    LeasePulse& pulse = *lease.pulse;
    Context const patient(env, endless, stop);
    RecordId const place(lease.key, lease.slot);
    // Made while there is memory: it may have to be said when there is none.
    Result<void> starved = Error(Errc::lost);
    (void)detail::succeeded([&] {
        starved = Error(Errc::lost,
                        "the lease could not be renewed in time and may be somebody else's by now: stop the section")
                      .on(to_string(place));
    });
    auto const pause = [&](Duration time) { (void)detail::succeeded([&] { (void)patient.wait(time); }); };
    RecordPtr record;
    unsigned seen = 0;
    for (;;) {
        Instant const confirmed = pulse.confirmed(), now = env.monotonic();
        Instant const due = confirmed + lease.ttl / 3, end = confirmed + detail::reliable(lease.ttl);
        if (pulse.over || patient.stopped()) return {};
        if (now >= end) return starved;
        // In parts, so that the end of the lease is noticed. While its holder ends it there is nothing to renew.
        Duration const part = lease.ttl / 10;
        if (now < due || pulse.ending) {
            pause(now < due && due - now < part ? due - now : part);
            continue;
        }
        unsigned const writes = pulse.by_holder.load(std::memory_order_acquire);
        if (std::exchange(seen, writes) != writes) record = nullptr;
        std::optional<Result<RecordPtr>> done;
        (void)detail::succeeded([&] {
            done.emplace(detail::step_own_lease(*lease.storage, Context(env, end - now, stop), place, lease.id, record,
                                                0, [&](Lease const& before) {
                                                    auto next = std::make_shared<Lease>(before);
                                                    next->renewed = env.wall();
                                                    return next;
                                                }));
        });
        pulse.by_renewer.fetch_add(1, std::memory_order_release);
        record = done && *done ? **done : nullptr;
        if (done && *done) {
            pulse.confirm(now);
            continue;
        }
        if (done && done->error() == Errc::lost) {
            // Unless its holder is ending it at this moment.
            while (pulse.ending && !pulse.over && !patient.stopped() && env.monotonic() < end) pause(part / 10);
            if (pulse.over) return {};
            pulse.lost = true;
            return std::move(*done).error();
        }
        pause(env.random_below(lease.ttl / 15));
    }
}

/// A thread that keeps the lease of a guard alive as long as it lives itself. Make it after the guard, so that it ends
/// first:
///
///     auto run = store.lock("orders").value();
///     LeaseRenewer renewer(run.guard());
///     load(renewer.lost_flag());                      // looks at it now and then
///     run.update(advance, {.stop = renewer.lost_flag()});
///
/// It does not write for its holder and does not end the section: it says by `lost` that the holder must stop. It shows
/// that the process lives, not that the section makes progress: a section that hangs keeps its lease.
///
/// Destroying it ends the thread, within 20 ms or the request that is under way. Not movable. Thread safety: `lost` and
/// `lost_flag` from any thread. No exception ends the program: not of memory that is short, nor one of `on_lost`.
class LeaseRenewer {
public:
    /// `on_lost(Error const&)` is called at most once, in the renewer's thread. The storage and the environment of the
    /// guard must outlive the renewer. Throws what `std::thread` does.
    template <class Guard, class OnLost>
    LeaseRenewer(Guard& guard, OnLost on_lost) : LeaseRenewer(guard.handle(), std::move(on_lost), 0) {}
    template <class Guard>
    explicit LeaseRenewer(Guard& guard) : LeaseRenewer(guard, [](Error const&) {}) {}

    LeaseRenewer(LeaseRenewer const&) = delete;
    LeaseRenewer& operator=(LeaseRenewer const&) = delete;
    ~LeaseRenewer() {
        stop_ = true;
        if (generation_ == detail::process_generation()) thread_.join();
        else thread_.detach();  // the thread is the parent's
    }

    /// The lease is somebody else's, or may be: stop the section. In time also while the renewer's own request hangs,
    /// and after the process was stopped: the clock says so.
    bool lost() const {
        if (lost_.load(std::memory_order_acquire)) return true;
        return !pulse_->over && env_->monotonic() >= pulse_->confirmed() + reliable_;
    }
    /// The same as what `CallOptions::stop` takes, so that operations of the section end early. Set by the renewer's
    /// thread, once it has its turn.
    std::atomic<bool> const* lost_flag() const noexcept { return &lost_; }

private:
    template <class S, class OnLost>
    LeaseRenewer(LeaseHandle<S> lease, OnLost on_lost, int)
        : env_(lease.env),
          pulse_(lease.pulse),
          reliable_(detail::reliable(lease.ttl)),
          thread_([this, lease = std::move(lease), on_lost = std::move(on_lost)]() mutable noexcept {
              Result<void> kept;
              bool const told = detail::contained([&] { kept = keep_alive(lease, &stop_); });
              if ((told && kept) || (!told && stop_)) return;
              lost_.store(true, std::memory_order_release);
              detail::contained([&] { on_lost(told ? kept.error() : Error(Errc::lost)); });
          }) {}

    Environment* env_;
    std::shared_ptr<LeasePulse> pulse_;
    Duration reliable_;
    unsigned generation_ = detail::process_generation();
    std::atomic<bool> stop_{false}, lost_{false};
    std::thread thread_;  // the last, since it uses the others
};

}  // namespace holdfast

#endif
