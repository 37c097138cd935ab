#ifndef HOLDFAST_LOCKING_LEASE_GUARD_HPP
#define HOLDFAST_LOCKING_LEASE_GUARD_HPP

#include <holdfast/locking/lease/acquisition.hpp>
#include <holdfast/locking/lease/pulse.hpp>
#include <holdfast/locking/lease/registry.hpp>
#include <holdfast/locking/lease/step.hpp>

#include <memory>
#include <string>
#include <utility>

namespace holdfast {

/// A lease that is held. Made by `LeaseLock::acquire`; must not outlive its storage and its environment.
///
/// Its holder may rely on it until four fifths of the time to live have passed since the last step that is known to
/// have been made was sent; `renew` (advised every third), a `LeaseRenewer`, and with `Embedded` every write begin it
/// anew. A write after that renews first, and so finds out whether somebody else has it by now. A child that was forked
/// meanwhile does not hold the lease, and its copy of the guard does nothing.
///
/// Movable. Not for use from several threads at once; a `LeaseRenewer` beside it is safe.
template <detail::LeasableStorage S, class Placement>
class LeaseGuard {
    static constexpr bool embedded = Placement::slot == Slot::current;

public:
    LeaseGuard(LeaseGuard&& other) noexcept = default;
    LeaseGuard& operator=(LeaseGuard other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    /// Releases, for at most a quarter of the time to live and 2 s; a lease that could not be released expires.
    ~LeaseGuard() {
        if (!held_.registry) return;
#if defined(__cpp_exceptions)
        try {
            (void)release_in(bounded());
        } catch (...) {  // memory is short: it expires
        }
#else
        (void)release_in(bounded());
#endif
        leave();
    }

    /// The fencing token: higher than that of every earlier holder.
    Epoch epoch() const noexcept { return held_.tenure.epoch; }
    /// Names this lease, for `force_unlock`.
    WriteId id() const noexcept { return held_.tenure.lease; }

    /// What a write under this lease must know. A lease that was not renewed in time is renewed first. Errors:
    /// `fenced`: somebody else took over; `lost`: it was released; those of `renew`. Cost: none; 1 request after the
    /// time was over; 1 read (`Embedded`) after a conflict.
    Result<Tenure*> enter(Context const& ctx) {
        Instant const now = held_.env->monotonic();
        auto ours = alive();
        if (ours && now - held_.confirmed >= detail::reliable(held_.ttl)) ours = renew(ctx);
        if constexpr (embedded) {
            if (ours && !held_.tenure.record) ours = read_lease(ctx);
        } else {
            if (ours && held_.tenure.refused > held_.tenure.epoch) ours = fence(ctx, false);
        }
        if (!ours && held_.interrupted) return Error(Errc::fenced, std::string(ours.error().message()));
        if (!ours) return std::move(ours).error();
        held_.entered = now;
        return &held_.tenure;
    }

    /// Says that the holder is still there. Afterwards no earlier write of unknown fate can land any more (`Embedded`).
    /// Errors: `lost`; `unknown_outcome`: it may have been renewed, do it again. Cost: 1 request.
    Result<void> renew(Context const& ctx) {
        if (auto ours = alive(); !ours) return ours;
        Instant const sent = held_.env->monotonic();
        auto done = step(ctx, [&](Lease const& lease) {
            auto next = std::make_shared<Lease>(lease);
            next->renewed = ctx.env.wall();
            return next;
        });
        if (!done) return std::move(done).error();
        if (embedded) held_.tenure.doubt = nullptr;
        confirm(sent);
        return {};
    }

    /// Ends the lease. Again is nothing. Errors: `lost`: the section was interrupted, and what others hold is left
    /// alone; `unknown_outcome` and those of the storage: the lease may still be there until it expires. Cost: 1
    /// request; 2 (`OwnSlot`) if a write is of unknown fate; none if the last write ended it.
    Result<void> release(Context const& ctx) {
        if (!held_.registry) return {};
        auto done = release_in(ctx);
        if (done || done.error() == Errc::lost) leave();
        return done;
    }

    /// For a `LeaseRenewer`, or `keep_alive`, beside this guard.
    LeaseHandle<S> handle() {
        absorb();
        if (!held_.pulse) held_.pulse = std::make_shared<LeasePulse>(held_.confirmed);
        return {held_.storage, held_.env, held_.key, Placement::slot, id(), held_.ttl, held_.pulse};
    }

private:
    template <class>
    friend class LeaseLock;

    struct Held {
        std::shared_ptr<detail::LeaseRegistry> registry;  ///< null: released
        S* storage;
        Environment* env;
        Key key;
        Duration ttl;
        Instant confirmed;  ///< see `LeasePulse`
        Instant entered{};  ///< before the last write was begun
        Tenure tenure{};
        RecordPtr lock{};  ///< the lease's own record, null if not known
        bool unfenced = false;
        bool interrupted = false;
        unsigned generation = detail::fork_generation().load(std::memory_order_relaxed);
        std::shared_ptr<LeasePulse> pulse{};
        unsigned renewed = 0;  ///< `LeasePulse::by_renewer` when we last looked
    };

    LeaseGuard(std::shared_ptr<detail::LeaseRegistry> registry, S& storage, Environment& env, KeyView key,
               detail::TakenLease taken)
        : held_{std::move(registry), &storage, &env, key, taken.record->lease->ttl, taken.sent} {
        held_.tenure.epoch = taken.record->stamp.epoch;
        held_.tenure.lease = taken.record->lease->id;
        held_.tenure.embedded = embedded;
        lease_record() = std::move(taken.record);
        held_.registry->hold(held_.key.view(), id(), epoch());
    }

    RecordId place() const noexcept { return {held_.key, Placement::slot}; }
    RecordPtr& lease_record() noexcept {
        if constexpr (embedded) return held_.tenure.record;
        else return held_.lock;
    }
    Context bounded() const {
        Duration const most = std::chrono::seconds(2), quarter = held_.ttl / 4;
        return Context(*held_.env, quarter < most ? quarter : most);
    }

    void confirm(Instant sent) noexcept {
        if (sent > held_.confirmed) held_.confirmed = sent;
        if (held_.pulse) held_.pulse->confirm(held_.confirmed);
    }
    /// Takes note of what the writes and the renewer have to say.
    void absorb() noexcept {
        bool const wrote = std::exchange(held_.tenure.wrote, false);
        if (wrote && embedded) confirm(held_.entered);
        if (!held_.pulse) return;
        if (embedded && (wrote || !held_.tenure.record)) ++held_.pulse->by_holder;
        unsigned const renewed = held_.pulse->by_renewer.load(std::memory_order_acquire);
        if (std::exchange(held_.renewed, renewed) != renewed) lease_record() = nullptr;
        confirm(held_.pulse->confirmed());
        held_.interrupted = held_.interrupted || held_.pulse->lost.load(std::memory_order_acquire);
    }
    Result<void> alive() {
        bool const forked = held_.generation != detail::fork_generation().load(std::memory_order_relaxed);
        if (!held_.registry || held_.tenure.ended || forked)
            return Error(Errc::lost, forked ? "the lease is the parent's, which made this process by fork: acquire one"
                                            : "the lease was released: acquire it again");
        absorb();
        if (embedded && held_.tenure.refused != 0) held_.interrupted = true;
        if (held_.interrupted) return Error(Errc::lost, "the lease passed to somebody else: stop and start over");
        return {};
    }
    void leave() noexcept {
        if (held_.pulse) held_.pulse->over = true;
        if (auto const registry = std::move(held_.registry)) registry->leave(held_.key.view(), id());
    }

    Result<void> read_lease(Context const& ctx) {
        auto now = held_.storage->read(ctx, place());
        if (!now) return std::move(now).error();
        if (!detail::carries(*now, id())) {
            held_.interrupted = true;
            return detail::lost_to(*now);
        }
        lease_record() = *std::move(now);
        return {};
    }

    /// Writes the lease's next form.
    template <class Next>
    Result<void> step(Context const& ctx, Next&& next, Epoch epoch = 0, RecordPtr* found = nullptr) {
        auto done = detail::step_own_lease(*held_.storage, ctx, place(), id(), lease_record(), epoch, next, found);
        if (held_.pulse) ++held_.pulse->by_holder;
        lease_record() = done ? *done : nullptr;
        if (done) return {};
        if (done.error() == Errc::lost) held_.interrupted = true;
        return std::move(done).error();
    }

    Result<void> release_in(Context const& ctx) {
        bool const forked = held_.generation != detail::fork_generation().load(std::memory_order_relaxed);
        if (held_.tenure.ended || forked) return {};
        absorb();
        if (held_.pulse) held_.pulse->over = true;
        if (held_.interrupted)
            return Error(Errc::lost, "the lease passed to somebody else: the section was interrupted");
        bool dirty = false;
        Epoch epoch = 0;
        if constexpr (!embedded) {
            // A later epoch in the state, and the lease still ours: the lock's own epoch was lost.
            dirty = held_.unfenced || held_.tenure.refused > held_.tenure.epoch || still_open(ctx);
            epoch = held_.tenure.refused;
        }
        RecordPtr found;
        auto done = step(
            ctx, [&](Lease const& lease) { return detail::free_lease(lease, dirty); }, epoch, &found);
        // A write whose reply was lost may have ended it: at our epoch nobody else could.
        bool const by_us = embedded && held_.tenure.ending && held_.tenure.doubt;
        if (by_us && found && !detail::is_held(found) && found->stamp.epoch == held_.tenure.epoch) return {};
        return done;
    }

    /// Whether an earlier write of ours may land after the lease was handed on.
    bool still_open(Context const& ctx) {
        if (!held_.tenure.doubt) return false;
        UnknownWrite const& write = *held_.tenure.doubt;
        auto const now = held_.storage->read(ctx, RecordId(write.key, write.slot));
        if (!now) return true;
        Fate const fate = decide(write, now->get());
        return fate != Fate::applied && fate != Fate::never;
    }

    /// Raises the state's epoch to ours, so that no former holder can write any more, and the lease's above the
    /// state's if that is higher: then the lock's record was lost, and with it its epoch. `compare`: only looks if
    /// that was so.
    Result<void> fence(Context const& ctx, bool compare) {
        RecordId const state(held_.key);
        for (Backoff backoff = backoff_for<S>(ctx);;) {
            auto now = held_.storage->read(ctx, state);
            if (!now) return std::move(now).error();
            Epoch const theirs = *now ? (*now)->stamp.epoch : 0;
            Tenure& tenure = held_.tenure;
            if (theirs > tenure.epoch || (compare && theirs == tenure.epoch)) {
                held_.unfenced = true;
                auto raised = step(
                    ctx, [](Lease const& lease) { return std::make_shared<Lease const>(lease); }, theirs + 1);
                if (!raised) return raised;
                tenure.epoch = theirs + 1;
            } else if (compare || theirs == tenure.epoch) {
                tenure.absent = !*now;
                tenure.record = *std::move(now);
                break;
            }
            compare = false;
            LeasePtr const lease = *now ? (*now)->lease : nullptr;
            auto done =
                settle(*held_.storage, ctx, state, *now, detail::lease_step(*now, Slot::current, tenure.epoch, lease));
            if (!done) return std::move(done).error();
            if (done->kind == WriteOutcome::Kind::applied) {
                tenure.record = std::move(done->now);
                break;
            }
            if (done->kind == WriteOutcome::Kind::unknown)
                return detail::unsure("former holders may not be fenced yet", *done);
            if (auto more = backoff.wait(); !more) return more;
        }
        held_.unfenced = false;
        return {};
    }

    Held held_;
};

}  // namespace holdfast

#endif
