#ifndef HOLDFAST_LOCKING_LEASE_RENEWER_HPP
#define HOLDFAST_LOCKING_LEASE_RENEWER_HPP

#include <holdfast/locking/lease_lock.hpp>

#include <atomic>
#include <thread>
#include <utility>

namespace holdfast {

/// Renews a lease every third of its time to live, beside its guard, until its holder ends it or `stop` is set. What
/// `LeaseRenewer` runs in a thread; by itself for programs with loops of their own.
///
/// Where the holder's own writes renew, it only watches. Errors: `lost`: somebody else has the lease, or it could not
/// be renewed within four fifths of its time to live; then nothing more is sent. Cost: 1 request each time.
template <detail::LeasableStorage S>
Result<void> keep_alive(LeaseHandle<S> const& lease, std::atomic<bool> const* stop = nullptr) {
    Environment& env = *lease.env;
    Context const patient(env, forever, stop);
    RecordId const place(lease.key, lease.slot);
    RecordPtr record;
    unsigned seen = 0;
    for (;;) {
        Instant const confirmed = lease.pulse->confirmed(), now = env.monotonic();
        Instant const due = confirmed + lease.ttl / 3, end = confirmed + detail::reliable(lease.ttl);
        if (lease.pulse->over || patient.stopped()) return {};
        if (now < due) {
            // In parts, so that the end of the lease is noticed.
            Duration const part = due - now < lease.ttl / 10 ? due - now : lease.ttl / 10;
            if (!patient.wait(part)) return {};
            continue;
        }
        if (now >= end)
            return Error(Errc::lost,
                         "the lease could not be renewed in time and may be somebody else's by now: stop the section")
                .on(to_string(place));
        unsigned const writes = lease.pulse->by_holder.load(std::memory_order_acquire);
        if (std::exchange(seen, writes) != writes) record = nullptr;
        auto done = detail::step_own_lease(*lease.storage, Context(env, end - now, stop), place, lease.id, record, 0,
                                           [&](Lease const& before) {
                                               auto next = std::make_shared<Lease>(before);
                                               next->renewed = env.wall();
                                               return next;
                                           });
        lease.pulse->by_renewer.fetch_add(1, std::memory_order_release);
        record = done ? *done : nullptr;
        if (done) {
            lease.pulse->confirm(now);
            continue;
        }
        if (lease.pulse->over) return {};
        if (done.error() == Errc::lost) {
            lease.pulse->lost = true;
            return std::move(done).error();
        }
        if (!patient.wait(env.random_below(lease.ttl / 15))) return {};
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
/// `lost_flag` from any thread.
class LeaseRenewer {
public:
    /// `on_lost(Error const&)` is called at most once, in the renewer's thread; it must not throw. The storage and the
    /// environment of the guard must outlive the renewer.
    template <class Guard, class OnLost>
    LeaseRenewer(Guard& guard, OnLost on_lost)
        : thread_([this, lease = guard.handle(), on_lost = std::move(on_lost)]() mutable {
              auto const kept = keep_alive(lease, &stop_);
              if (kept) return;
              lost_.store(true, std::memory_order_release);
              on_lost(kept.error());
          }) {}
    template <class Guard>
    explicit LeaseRenewer(Guard& guard) : LeaseRenewer(guard, [](Error const&) {}) {}

    LeaseRenewer(LeaseRenewer const&) = delete;
    LeaseRenewer& operator=(LeaseRenewer const&) = delete;
    ~LeaseRenewer() {
        stop_ = true;
        thread_.join();
    }

    /// The lease is somebody else's, or may be: stop the section.
    bool lost() const noexcept { return lost_.load(std::memory_order_acquire); }
    /// The same as what `CallOptions::stop` takes, so that operations of the section end early.
    std::atomic<bool> const* lost_flag() const noexcept { return &lost_; }

private:
    std::atomic<bool> stop_{false}, lost_{false};
    std::thread thread_;  // the last, since it uses the others
};

}  // namespace holdfast

#endif
