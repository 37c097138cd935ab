#ifndef HOLDFAST_LOCKING_LEASE_GUARD_HPP
#define HOLDFAST_LOCKING_LEASE_GUARD_HPP

#include <holdfast/core/contain.hpp>
#include <holdfast/locking/lease/acquisition.hpp>
#include <holdfast/locking/lease/pulse.hpp>
#include <holdfast/locking/lease/registry.hpp>
#include <holdfast/locking/lease/step.hpp>
#include <holdfast/protocol/attempts.hpp>
#include <holdfast/protocol/epoch_floor.hpp>

#include <memory>
#include <string>
#include <utility>

namespace holdfast {

/// A lease that is held. Made by `LeaseLock::acquire`; must not outlive its storage and its environment.
///
/// Its holder may rely on it until four fifths of the time to live have passed since the last step that is known to
/// have been made was sent (`reliable_until`); `renew` (advised every third), a `LeaseRenewer`, and with `Embedded`
/// every write begin it anew. What is written after that asks first, and so finds out whether somebody else has it by
/// now: also after a suspension of the machine, which the clock counts, and after a stop of the process, whose first
/// look at the clock shows it. A child that was forked meanwhile does not hold the lease, and its copy of the guard
/// does nothing.
///
/// Movable, also to another thread. Not for use from several threads at once; a `LeaseRenewer` beside it is safe.
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
        if (!held_.holding) return;
        Context const ctx = detail::brief_context(*held_.env, held_.ttl);
        bool again = true;  // memory, also that of a storage, may have been short for a moment
        auto const release = [&] {
            auto const done = release_in(ctx);
            again = !done && (done.error() == Errc::unavailable || done.error() == Errc::unknown_outcome);
        };
        detail::contained(release);
        if (again) detail::contained(release);
        leave();
    }

    /// The fencing token: higher than that of every earlier holder, also of those before the key was purged.
    Epoch epoch() const noexcept { return held_.tenure.epoch(); }
    /// Names this lease, for `force_unlock`.
    WriteId id() const noexcept { return held_.id; }

    Instant reliable_until() const noexcept {
        Term const& held = held_;
        Tenure::News const& news = held.tenure.news();
        bool const told =
            held.interrupted || over_in_record() || refused_by_later() || (held.pulse && held.pulse->lost);
        if (!held.holding || news.ended || held.in_doubt || told) return (Instant::min)();
        Instant confirmed = held.confirmed;
        if (embedded && news.wrote && held.entered > confirmed) confirmed = held.entered;
        if (held.pulse && held.pulse->confirmed() > confirmed) confirmed = held.pulse->confirmed();
        return confirmed + detail::reliable(held.ttl);
    }

    /// Whether it is still held; one that was not renewed in time is renewed. Errors: `lost`: it was released;
    /// `fenced`: somebody else took over; those of `renew`. Cost: none; 1 request once it is not reliable any more.
    Result<void> confirm(Context const& ctx) {
        auto ours = alive();
        if (ours && held_.env->monotonic() >= reliable_until()) ours = renew(ctx);
        return told(std::move(ours));
    }

    /// What a write under this lease must know. Errors: those of `confirm`. Cost: that of `confirm`; 1 read
    /// (`Embedded`) after a conflict.
    Result<Tenure*> enter(Context const& ctx) {
        Instant const now = held_.env->monotonic();
        auto ours = confirm(ctx);
        if constexpr (embedded) {
            if (ours && !lease_record()) ours = told(read_lease(ctx));
        } else {
            if (ours && refused_by_later()) {
                held_.unproved = PurgeableStorage<S>;  // what refused us may have been purged since
                ours = told(fence(ctx, false));
            }
            if (ours && held_.unproved) ours = told(prove(ctx));
        }
        if (!ours) return std::move(ours).error();
        held_.entered = now;
        return &held_.tenure;
    }

    /// Says that the holder is still there. Afterwards no earlier write or release of unknown fate can land any more
    /// (`OwnSlot`: no release). Errors: `lost`; `unknown_outcome`: it may have been renewed, do it again. Cost: 1
    /// request.
    Result<void> renew(Context const& ctx) {
        if (auto ours = alive(); !ours) return ours;
        Instant const sent = held_.env->monotonic();
        auto done = step(ctx, [&](Lease const& lease) {
            auto next = std::make_shared<Lease>(lease);
            next->renewed = ctx.env.wall();
            return next;
        });
        if (!done) return std::move(done).error();
        if (embedded) held_.tenure.certain();
        held_.in_doubt = false;
        confirmed_at(sent);
        return {};
    }

    /// Ends the lease. Again is nothing. Errors: `lost`: the section was interrupted, and what others hold is left
    /// alone; `unknown_outcome`: it may have ended, and is not to be relied on before it was renewed; those of the
    /// storage: it did not end, and goes on. Cost: 1 request; 2 (`OwnSlot`) if a write is of unknown fate; none if the
    /// last write ended it.
    Result<void> release(Context const& ctx) {
        if (!held_.holding) return {};
        auto done = release_in(ctx);
        if (done || done.error() == Errc::lost) leave();
        else if (done.error() == Errc::unknown_outcome) held_.in_doubt = true;
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

    struct Term {
        std::shared_ptr<detail::LeaseRegistry> registry;
        S* storage;
        Environment* env;
        Key key;
        WriteId id{};
        Holding holding = Holding::none();
        Duration ttl{};
        Instant confirmed{};  ///< see `LeasePulse`
        Instant entered{};    ///< before the last write was begun
        Tenure tenure{};
        RecordPtr lock{};       ///< the lease's own record, null if not known
        bool unfenced = false;  ///< a former holder's write may still land
        bool unproved = false;  ///< the epoch may be one of those that were purged
        bool in_doubt = false;  ///< a release of unknown fate may still land
        bool interrupted = false;
        std::uint64_t thread = 0;  ///< that used it last
        std::shared_ptr<LeasePulse> pulse{};
        unsigned renewed = 0;  ///< `LeasePulse::by_renewer` when we last looked
    };

    /// Holds nothing yet, but has all the memory that it needs to hold.
    LeaseGuard(std::shared_ptr<detail::LeaseRegistry> registry, S& storage, Environment& env, KeyView key)
        : held_{std::move(registry), &storage, &env, key} {}

    void adopt(detail::TakenLease taken) noexcept {
        held_.holding = Holding();
        held_.ttl = taken.record->lease->ttl;
        held_.confirmed = taken.sent;
        held_.unfenced = !embedded && taken.unclean;
        held_.unproved = taken.unproved;
        held_.thread = detail::this_strand().number;
        held_.id = taken.record->lease->id;
        held_.tenure = Tenure(taken.record->stamp.epoch, embedded ? held_.id : WriteId());
        note_lease(std::move(taken.record));
        // If there is no memory for it, who asks for the lease again is not told that he has it, and waits.
        detail::contained([&] { held_.registry->hold(held_.key.view(), id(), epoch()); });
    }

    /// Before anybody relies on the lease: former holders are kept out, and its epoch is higher than theirs. `first`:
    /// there may have been others all the same, since the lock's record can be lost.
    Result<void> make_sure(Context const& ctx, bool first) {
        if constexpr (!embedded) {
            if (held_.unfenced || first) {
                if (auto fenced = fence(ctx, !held_.unfenced); !fenced) return fenced;
            }
        } else {
            (void)first;
        }
        return held_.unproved ? prove(ctx) : Result<void>();
    }

    RecordId place() const noexcept { return {held_.key, Placement::slot}; }
    /// The record that carries the lease, null if it is not known.
    RecordPtr lease_record() const noexcept {
        if constexpr (embedded) return held_.tenure.known().value_or(nullptr);
        else return held_.lock;
    }
    void note_lease(RecordPtr now) noexcept {
        if constexpr (!embedded) held_.lock = std::move(now);
        else if (now) held_.tenure.saw(std::move(now));
        else held_.tenure.forget();
    }
    Epoch refused() const noexcept { return held_.tenure.news().refused.value_or(0); }
    /// A state's epoch above ours: somebody else has the lease, or its own record was lost and with it its epoch.
    bool refused_by_later() const noexcept { return !embedded && refused() > epoch(); }
    /// The state's record as it is known shows that the lease is not in it any more.
    bool over_in_record() const noexcept {
        Tenure const& tenure = held_.tenure;
        bool const another = tenure.known() && *tenure.known() && !tenure.lives_in(*tenure.known());
        return embedded && (tenure.news().refused || another);
    }

    void confirmed_at(Instant sent) noexcept {
        if (sent > held_.confirmed) held_.confirmed = sent;
        if (held_.pulse) held_.pulse->confirm(held_.confirmed);
    }
    /// Takes note of what the writes and the renewer have to say.
    void absorb() noexcept {
        bool const wrote = std::exchange(held_.tenure.news().wrote, false);
        if (wrote && embedded) confirmed_at(held_.entered);
        held_.interrupted = held_.interrupted || over_in_record();
        if (!held_.pulse) return;
        if (embedded && (wrote || !held_.tenure.known())) ++held_.pulse->by_holder;
        unsigned const renewed = held_.pulse->by_renewer.load(std::memory_order_acquire);
        if (std::exchange(held_.renewed, renewed) != renewed) note_lease(nullptr);
        confirmed_at(held_.pulse->confirmed());
        held_.interrupted = held_.interrupted || held_.pulse->lost.load(std::memory_order_acquire);
    }
    Result<void> alive() {
        if (held_.tenure.news().ended) held_.holding.end();
        if (!held_.holding) return held_.holding.confirm();
        if (auto const here = detail::this_strand().number; held_.thread != here) {
            held_.thread = here;
            held_.registry->hand_over(held_.key.view(), id());
        }
        absorb();
        if (held_.interrupted) return Error(Errc::lost, "the lease passed to somebody else: stop and start over");
        return {};
    }
    /// To a writer, a lease that somebody else took over is `fenced`.
    Result<void> told(Result<void> ours) const {
        if (!ours && held_.interrupted) return Error(Errc::fenced, std::string(ours.error().message()));
        return ours;
    }
    void leave() noexcept {
        if (held_.pulse) held_.pulse->over = true;
        held_.holding.end();
        held_.registry->leave(held_.key.view(), id());
    }

    Result<void> read_lease(Context const& ctx) {
        auto now = held_.storage->read(ctx, place());
        if (!now) return std::move(now).error();
        if (!detail::carries(*now, id())) {
            held_.interrupted = true;
            return detail::lost_to(*now);
        }
        note_lease(*std::move(now));
        return {};
    }

    /// Writes the lease's next form.
    template <class Next>
    Result<void> step(Context const& ctx, Next&& next, Epoch epoch = 0, RecordPtr* found = nullptr) {
        auto done = detail::step_own_lease(*held_.storage, ctx, place(), id(), lease_record(), epoch, next, found);
        if (held_.pulse) ++held_.pulse->by_holder;
        note_lease(done ? *done : nullptr);
        if (done) return {};
        if (done.error() == Errc::lost) held_.interrupted = true;
        return std::move(done).error();
    }

    Result<void> release_in(Context const& ctx) {
        if (held_.tenure.news().ended) return {};
        absorb();
        if (held_.interrupted)
            return Error(Errc::lost, "the lease passed to somebody else: the section was interrupted");
        if (held_.pulse) held_.pulse->ending = true;
        auto done = end_lease(ctx);
        if (held_.pulse && !done && done.error() != Errc::lost)
            held_.pulse->ending = false;  // it is kept alive further
        return done;
    }

    Result<void> end_lease(Context const& ctx) {
        bool dirty = held_.unproved;
        Epoch epoch = 0;
        if constexpr (!embedded) {
            // A later epoch in the state, and the lease still ours: the lock's own epoch was lost.
            dirty = dirty || held_.unfenced || refused_by_later() || still_open(ctx);
            epoch = refused();
        }
        RecordPtr found;
        auto done = step(
            ctx, [&](Lease const& lease) { return detail::free_lease(lease, dirty); }, epoch, &found);
        // A write whose reply was lost may have ended it: at our epoch nobody else could.
        bool const by_us = embedded && held_.tenure.ending() && held_.tenure.news().unsure;
        if (by_us && found && !detail::is_held(found) && found->stamp.epoch == this->epoch()) return {};
        return done;
    }

    /// Whether an earlier write of ours may land after the lease was handed on.
    bool still_open(Context const& ctx) {
        Tenure::News const& news = held_.tenure.news();
        if (!news.unsure || !news.doubt) return news.unsure;
        UnknownWrite const& write = *news.doubt;
        auto const now = held_.storage->read(ctx, RecordId(write.key, write.slot));
        if (!now) return true;
        Fate const fate = decide(write, now->get());
        return fate != Fate::applied && fate != Fate::never;
    }

    /// Looks at the floor, now that there is a record that no purge can take away, and raises the lease above it.
    Result<void> prove(Context const& ctx) {
        if constexpr (PurgeableStorage<S>) {
            auto const floor = detail::read_epoch_floor(*held_.storage, ctx);
            if (!floor) return floor.error();
            held_.registry->saw_floor(*floor);
            if (*floor >= epoch()) {
                if (auto raised = raise(ctx, *floor + 1); !raised) return raised;
                if constexpr (!embedded) {
                    if (auto fenced = fence(ctx, false); !fenced) return fenced;
                }
            }
        }
        held_.unproved = false;
        return {};
    }

    Result<void> raise(Context const& ctx, Epoch epoch) {
        auto raised = step(
            ctx, [](Lease const& lease) { return std::make_shared<Lease const>(lease); }, epoch);
        if (raised) held_.tenure.raise(epoch);
        return raised;
    }

    /// Raises the state's epoch to ours, so that no former holder can write any more, and the lease's above the
    /// state's if that is higher: then the lock's record was lost, and with it its epoch. `compare`: only looks if
    /// that was so, and that there is a state.
    Result<void> fence(Context const& ctx, bool compare) {
        RecordId const state(held_.key);
        for (detail::Attempts<S> attempts(*held_.storage, ctx, state);;) {
            auto now = attempts.look(ctx);
            if (!now) return std::move(now).error();
            Epoch const theirs = *now ? (*now)->stamp.epoch : 0;
            Tenure& tenure = held_.tenure;
            if (theirs > tenure.epoch() || (compare && theirs == tenure.epoch())) {
                held_.unfenced = true;
                if (auto raised = raise(ctx, theirs + 1); !raised) return raised;
            } else if ((compare && (*now || !PurgeableStorage<S>)) || theirs == tenure.epoch()) {
                tenure.saw(*std::move(now));
                break;
            }
            compare = false;
            if (!*now) held_.unproved = PurgeableStorage<S>;  // whoever had it before us may have been purged
            LeasePtr const lease = *now ? (*now)->lease : nullptr;
            auto done = detail::settle_lease(*held_.storage, ctx, state, *now,
                                             detail::lease_step(*now, Slot::current, tenure.epoch(), lease));
            if (!done) return std::move(done).error();
            if (done->kind == WriteOutcome::Kind::applied) {
                tenure.saw(std::move(done->now));
                break;
            }
            if (done->kind == WriteOutcome::Kind::unknown)
                return detail::unsure("former holders may not be fenced yet", *done);
            if (auto more = attempts.pause(ctx, *std::move(now), std::move(done->seen)); !more) return more;
        }
        held_.unfenced = false;
        return {};
    }

    Term held_;
};

}  // namespace holdfast

#endif
