#ifndef HOLDFAST_CONCEPTS_HELD_HPP
#define HOLDFAST_CONCEPTS_HELD_HPP

#include <holdfast/concepts/locking.hpp>

#include <memory>
#include <utility>

namespace holdfast {

/// The lock of a key that is held, for as long as one operation under it lasts: what its guard knows, and how it is
/// asked. It must not outlive that operation, since a guard may move between two.
class Held {
public:
    enum class Asked : unsigned char {
        before_write,      ///< which itself finds out, if it replaces a record that carries the lock
        instead_of_write,  ///< since nothing changes
        anew,              ///< whatever the guard may rely on
    };

    /// Errors: the guard does not hold its lock any more (`lost`, `fenced`), or cannot say.
    template <LockGuard G>
    static Result<Held> enter(G& guard, Context const& ctx, KeyView key) {
        Held held(std::addressof(guard), &ask<G>, key);
        held.excludes_ = !requires { requires !G::excludes; };
        if constexpr (TenuredGuard<G>) {
            auto own = guard.enter(ctx);
            if (!own) return std::move(own).error();
            held.guards_ = *own;
        } else {
            if (auto ours = still_held(guard, ctx); !ours) return std::move(ours).error();
            held.own_ = Tenure(guard.epoch());
        }
        return held;
    }

    Tenure& operator*() noexcept { return guards_ != nullptr ? *guards_ : own_; }
    Tenure const& operator*() const noexcept { return guards_ != nullptr ? *guards_ : own_; }
    Tenure* operator->() noexcept { return &**this; }
    Tenure const* operator->() const noexcept { return &**this; }

    KeyView key() const noexcept { return key_; }
    /// It keeps others away for as long as it is held, so that nobody queues who writes under it.
    bool excludes() const noexcept { return excludes_; }
    /// Before each write. Errors: `lost`, `fenced`, those of `LockGuard::confirm`.
    Result<void> confirm(Context const& ctx, Asked how = Asked::before_write) const { return ask_(*this, ctx, how); }

private:
    using Ask = Result<void> (*)(Held const&, Context const&, Asked);

    Held(void* guard, Ask how, KeyView key) noexcept : guard_(guard), ask_(how), key_(key) {}

    /// Whether a guard may be relied on, or says so when it is asked. Cost: none if it ends with its holder; a look at
    /// the clock if it expires; that of `confirm` once it has.
    template <LockGuard G>
    static Result<void> still_held(G& guard, Context const& ctx) {
        Instant const until = guard.reliable_until();
        if (until == (Instant::max)() || (until != (Instant::min)() && ctx.env.monotonic() < until)) return {};
        return guard.confirm(ctx);
    }

    template <LockGuard G>
    static Result<void> ask(Held const& held, Context const& ctx, Asked how) {
        G& guard = *static_cast<G*>(held.guard_);
        if (how == Asked::anew) {
            auto renewed = guard.renew(ctx);
            if (renewed || renewed.error() != Errc::lost) return renewed;
            auto why = guard.confirm(ctx);  // it may know who took it over
            return why ? renewed : why;
        }
        if (how == Asked::before_write && held->embedded() && guard.reliable_until() != (Instant::min)()) {
            return {};  // the write itself asks: it replaces the record that carries the lock
        }
        return guard.confirm(ctx);
    }

    void* guard_;
    Ask ask_;
    KeyView key_;
    Tenure* guards_ = nullptr;  ///< null: `own_` is meant
    Tenure own_{};
    bool excludes_ = false;
};

}  // namespace holdfast

#endif
