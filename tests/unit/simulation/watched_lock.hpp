#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_WATCHED_LOCK_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_WATCHED_LOCK_HPP

#include <holdfast/concepts/locking.hpp>

#include <memory>
#include <string_view>
#include <unit/simulation/lease_court.hpp>
#include <utility>

namespace holdfast_tests {

/// The guard of a `WatchedLock`.
template <class Guard>
class WatchedGuard {
public:
    WatchedGuard(LeaseCourt& court, Guard guard) : term_(std::make_unique<Term>(court, std::move(guard))) {}

    holdfast::Epoch epoch() const noexcept { return term_->guard.epoch(); }
    holdfast::Instant reliable_until() const noexcept { return term_->guard.reliable_until(); }
    holdfast::Result<void> confirm(holdfast::Context const& ctx) { return term_->guard.confirm(ctx); }
    holdfast::Result<holdfast::Tenure*> enter(holdfast::Context const& ctx) {
        auto held = term_->guard.enter(ctx);
        if (held && (*held)->embedded()) term_->ends();  // the write may end it
        return held;
    }
    holdfast::Result<void> renew(holdfast::Context const& ctx) { return term_->guard.renew(ctx); }
    holdfast::Result<void> release(holdfast::Context const& ctx) {
        term_->ends();
        return term_->guard.release(ctx);
    }

private:
    struct Term {
        Term(LeaseCourt& the_court, Guard the_guard) : court(the_court), guard(std::move(the_guard)) {}
        ~Term() { ends(); }
        void ends() { court.may_end(guard.id()); }

        LeaseCourt& court;
        Guard guard;
    };
    std::unique_ptr<Term> term_;
};

/// A lease lock that tells a court of its leases.
template <class Lock>
class WatchedLock {
public:
    static constexpr holdfast::Family family = holdfast::Family::locking;

    WatchedLock(Lock lock, LeaseCourt& court) : lock_(std::move(lock)), court_(&court) {}

    template <class S>
    auto acquire(S& storage, holdfast::Context const& ctx, holdfast::KeyView key, std::string_view purpose) {
        auto const before = court_->latest();
        auto guard = lock_.acquire(storage, ctx, key, purpose);
        using Guard = WatchedGuard<typename decltype(guard)::value_type>;
        if (!guard) return holdfast::Result<Guard>(std::move(guard).error());
        court_->acquired(before, guard->epoch(), guard->id());
        return holdfast::Result<Guard>(Guard(*court_, *std::move(guard)));
    }
    template <class S>
    auto inspect(S& storage, holdfast::Context const& ctx, holdfast::KeyView key) {
        return lock_.inspect(storage, ctx, key);
    }
    template <class S>
    auto force_unlock(S& storage, holdfast::Context const& ctx, holdfast::KeyView key, holdfast::WriteId id) {
        court_->may_end(id);
        return lock_.force_unlock(storage, ctx, key, id);
    }

private:
    Lock lock_;
    LeaseCourt* court_;
};

}  // namespace holdfast_tests

#endif
