#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_FLAWED_LEASE_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_FLAWED_LEASE_HPP

#include <holdfast/locking/lease/step.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <unit/simulation/lease_flaw.hpp>
#include <utility>

namespace holdfast_tests {

/// A lease that is held: what its guard does.
template <class S>
class FlawedTerm {
public:
    FlawedTerm(LeaseFlaw flaw, S& storage, holdfast::Environment& env, holdfast::KeyView key, holdfast::RecordPtr taken,
               bool unfenced)
        : flaw_(flaw), storage_(storage), env_(env), key_(key), lock_(std::move(taken)), unfenced_(unfenced) {
        id_ = lock_->lease->id;
        epoch_ = lock_->stamp.epoch;
        bool const embedded = flaw == LeaseFlaw::none_embedded;
        tenure_ = holdfast::Tenure(stamps_epochs(flaw) ? epoch_ : 0, embedded ? id_ : holdfast::WriteId());
        if (embedded) tenure_.saw(lock_);
    }
    FlawedTerm(FlawedTerm const&) = delete;
    FlawedTerm& operator=(FlawedTerm const&) = delete;
    ~FlawedTerm() {
        try {
            (void)release(holdfast::Context(env_, std::chrono::seconds(1)));
        } catch (...) {  // it expires
        }
    }

    holdfast::Epoch epoch() const noexcept { return epoch_; }
    holdfast::WriteId id() const noexcept { return id_; }

    holdfast::Result<holdfast::Tenure*> enter(holdfast::Context const& ctx) {
        using namespace holdfast;
        if (tenure_.embedded() && !tenure_.known()) {
            auto now = storage_.read(ctx, place());
            if (!now) return std::move(now).error();
            if (!detail::carries(*now, id_)) return detail::lost_to(*now);
            tenure_.saw(*std::move(now));
        }
        if (flaw_ == LeaseFlaw::look_then_write) {
            auto const now = storage_.read(ctx, place());
            if (!now) return now.error();
            if (!detail::carries(*now, id_)) return detail::lost_to(*now);
        }
        if (flaw_ == LeaseFlaw::late_fence && unfenced_) {
            if (auto fenced = fence(ctx); !fenced) return std::move(fenced).error();
        }
        return &tenure_;
    }

    /// The small lease never expires by its holder's clock: what it writes is judged by the records alone.
    holdfast::Instant reliable_until() const noexcept {
        return alive_ ? holdfast::Instant::max() : holdfast::Instant::min();
    }
    holdfast::Result<void> confirm(holdfast::Context const&) const {
        if (alive_) return {};
        return holdfast::Error(holdfast::Errc::lost, "released");
    }

    holdfast::Result<void> renew(holdfast::Context const& ctx) {
        return step(ctx, [](holdfast::Lease const& lease) { return std::make_shared<holdfast::Lease const>(lease); });
    }

    holdfast::Result<void> release(holdfast::Context const& ctx) {
        using namespace holdfast;
        if (!std::exchange(alive_, false) || tenure_.news().ended) return {};
        if (deletes_lock(flaw_)) return delete_lock(ctx);
        bool const dirty = !embedded(flaw_) && flaw_ != LeaseFlaw::fence_after_theft && (unfenced_ || in_doubt(ctx));
        return step(ctx, [&](Lease const& lease) { return detail::free_lease(lease, dirty); });
    }

    /// So that no former holder can write any more.
    holdfast::Result<void> fence(holdfast::Context const& ctx) {
        using namespace holdfast;
        for (Backoff backoff = backoff_for<S>(ctx);;) {
            auto const now = storage_.read(ctx, state());
            if (!now) return now.error();
            if (!*now && flaw_ == LeaseFlaw::no_stub) break;
            if (*now && (*now)->stamp.epoch > epoch_) return Error(Errc::lost, "fenced by a later holder");
            if (*now && (*now)->stamp.epoch == epoch_) break;
            auto done = settle(storage_, ctx, state(), *now, detail::lease_step(*now, Slot::current, epoch_, nullptr));
            if (!done) return std::move(done).error();
            if (done->kind == WriteOutcome::Kind::applied) break;
            if (done->kind == WriteOutcome::Kind::unknown)
                return Error(Errc::unknown_outcome, "former holders may not be fenced yet");
            if (auto more = backoff.wait(); !more) return more;
        }
        unfenced_ = false;
        return {};
    }

private:
    holdfast::RecordId place() const noexcept {
        return {key_, embedded(flaw_) ? holdfast::Slot::current : holdfast::Slot::lock};
    }

    holdfast::RecordId state() const noexcept { return {key_}; }

    template <class Next>
    holdfast::Result<void> step(holdfast::Context const& ctx, Next&& next) {
        bool const inside = tenure_.embedded();
        auto const known = inside ? tenure_.known().value_or(nullptr) : lock_;
        auto done = holdfast::detail::step_own_lease(storage_, ctx, place(), id_, known, 0, next);
        if (!inside) lock_ = done ? *done : nullptr;
        else if (done) tenure_.saw(*done);
        else tenure_.forget();
        if (!done) return std::move(done).error();
        return {};
    }

    holdfast::Result<void> delete_lock(holdfast::Context const& ctx) {
        using namespace holdfast;
        auto const now = storage_.read(ctx, place());
        if (!now) return now.error();
        if (!detail::carries(*now, id_)) return detail::lost_to(*now);
        bool const blind = flaw_ == LeaseFlaw::compare_then_delete;
        auto const when = blind ? Precondition::none() : Precondition::matches((*now)->revision);
        auto const done = storage_.remove(ctx, place(), when);
        if (!done) return done.error();
        return {};
    }

    bool in_doubt(holdfast::Context const& ctx) {
        using namespace holdfast;
        if (!tenure_.news().doubt) return false;
        auto const now = storage_.read(ctx, state());
        if (!now) return true;
        Fate const fate = decide(*tenure_.news().doubt, now->get());
        return fate != Fate::applied && fate != Fate::never;
    }

    LeaseFlaw flaw_;
    S& storage_;
    holdfast::Environment& env_;
    holdfast::Key key_;
    holdfast::RecordPtr lock_;
    holdfast::WriteId id_{};
    holdfast::Epoch epoch_ = 0;
    bool unfenced_;
    bool alive_ = true;
    holdfast::Tenure tenure_{};
};

/// The guard of a `FlawedLease`.
template <class S>
class FlawedLeaseGuard {
public:
    explicit FlawedLeaseGuard(std::unique_ptr<FlawedTerm<S>> term) noexcept : term_(std::move(term)) {}

    holdfast::Epoch epoch() const noexcept { return term_->epoch(); }
    holdfast::WriteId id() const noexcept { return term_->id(); }
    holdfast::Instant reliable_until() const noexcept { return term_->reliable_until(); }
    holdfast::Result<void> confirm(holdfast::Context const& ctx) { return term_->confirm(ctx); }
    holdfast::Result<holdfast::Tenure*> enter(holdfast::Context const& ctx) { return term_->enter(ctx); }
    holdfast::Result<void> renew(holdfast::Context const& ctx) { return term_->renew(ctx); }
    holdfast::Result<void> release(holdfast::Context const& ctx) { return term_->release(ctx); }

private:
    std::unique_ptr<FlawedTerm<S>> term_;
};

/// A small lease lock of its own: right with `none` and `none_embedded`, wrong in one way otherwise.
class FlawedLease {
public:
    static constexpr holdfast::Family family = holdfast::Family::locking;

    FlawedLease(LeaseFlaw flaw, holdfast::Duration ttl, holdfast::Duration poll) noexcept
        : flaw_(flaw), ttl_(ttl), poll_(poll) {}

    template <holdfast::detail::LeasableStorage S>
    holdfast::Result<FlawedLeaseGuard<S>> acquire(S& storage, holdfast::Context const& ctx, holdfast::KeyView key,
                                                  std::string_view) {
        using namespace holdfast;
        RecordPtr seen;
        Instant since{};
        for (;;) {
            auto const read = storage.read(ctx, place(key));
            if (!read) {
                if (auto more = pause(ctx); !more) return std::move(more).error();
                continue;
            }
            RecordPtr const& now = *read;
            bool const held = detail::is_held(now);
            if (held) {
                Instant const at = ctx.env.monotonic();
                if (!seen || seen->revision != now->revision) seen = now, since = at;
                if (flaw_ == LeaseFlaw::no_expiry || at - since < now->lease->ttl) {
                    if (auto more = pause(ctx); !more) return std::move(more).error();
                    continue;
                }
            }
            auto const epoch = next_epoch(storage, ctx, key, now);
            if (!epoch) return epoch.error();
            bool const dirty = now && now->lease && now->lease->dirty && flaw_ != LeaseFlaw::fence_after_theft;
            auto done =
                settle(storage, ctx, place(key), now, detail::lease_step(now, place(key).slot, *epoch, lease(ctx.env)));
            if (!done) return std::move(done).error();
            if (done->kind == WriteOutcome::Kind::unknown)
                return Error(Errc::unknown_outcome, "the lease may have been taken, and expires then");
            if (done->kind == WriteOutcome::Kind::conflict) {
                if (auto more = pause(ctx); !more) return std::move(more).error();
                continue;
            }
            bool const unfenced = fences(held || dirty);
            auto term = std::make_unique<FlawedTerm<S>>(flaw_, storage, ctx.env, key, std::move(done->now), unfenced);
            if (flaw_ != LeaseFlaw::late_fence && unfenced) {
                if (auto fenced = term->fence(ctx); !fenced) return std::move(fenced).error();
            }
            return FlawedLeaseGuard<S>(std::move(term));
        }
    }

    template <holdfast::detail::LeasableStorage S>
    holdfast::Result<std::optional<holdfast::LockInfo>> inspect(S& storage, holdfast::Context const& ctx,
                                                                holdfast::KeyView key) {
        auto const now = storage.read(ctx, place(key));
        if (!now) return now.error();
        if (!holdfast::detail::is_held(*now)) return std::optional<holdfast::LockInfo>();
        return std::optional(holdfast::detail::info_of(**now));
    }

    template <holdfast::detail::LeasableStorage S>
    holdfast::Result<void> force_unlock(S& storage, holdfast::Context const& ctx, holdfast::KeyView key,
                                        holdfast::WriteId id) {
        bool const dirty = !embedded(flaw_) && flaw_ != LeaseFlaw::clean_force;
        auto done = holdfast::detail::step_own_lease(
            storage, ctx, place(key), id, nullptr, 0,
            [&](holdfast::Lease const& lease) { return holdfast::detail::free_lease(lease, dirty); });
        if (!done) return std::move(done).error();
        return {};
    }

private:
    holdfast::RecordId place(holdfast::KeyView key) const noexcept {
        return {key, embedded(flaw_) ? holdfast::Slot::current : holdfast::Slot::lock};
    }
    /// Where locks are deleted, each may be the first to know of the last holder.
    bool fences(bool unclean) const noexcept {
        if (embedded(flaw_) || flaw_ == LeaseFlaw::no_fence || flaw_ == LeaseFlaw::look_then_write) return false;
        return unclean || asks_the_state(flaw_);
    }
    holdfast::Result<void> pause(holdfast::Context const& ctx) const {
        auto waited = ctx.wait(ctx.env.random_below(poll_) + holdfast::Duration(1));
        if (waited || waited.error() != holdfast::Errc::timed_out) return waited;
        return holdfast::Error(holdfast::Errc::busy, "others hold the lease");
    }
    holdfast::LeasePtr lease(holdfast::Environment& env) const {
        auto lease = std::make_shared<holdfast::Lease>();
        lease->id = env.new_write_id();
        lease->ttl = ttl_;
        lease->holder = env.who();
        return lease;
    }
    template <class S>
    holdfast::Result<holdfast::Epoch> next_epoch(S& storage, holdfast::Context const& ctx, holdfast::KeyView key,
                                                 holdfast::RecordPtr const& lock) const {
        holdfast::Epoch before = lock ? lock->stamp.epoch : 0;
        if (flaw_ == LeaseFlaw::theft_keeps_the_epoch && holdfast::detail::is_held(lock)) return before;
        if (asks_the_state(flaw_)) {
            auto const state = storage.read(ctx, key);
            if (!state) return state.error();
            if (*state && (*state)->stamp.epoch > before) before = (*state)->stamp.epoch;
        }
        return before + 1;
    }

    LeaseFlaw flaw_;
    holdfast::Duration ttl_, poll_;
};

}  // namespace holdfast_tests

#endif
