#ifndef HOLDFAST_STORE_LOCKED_HPP
#define HOLDFAST_STORE_LOCKED_HPP

#include <holdfast/concepts/verbs.hpp>
#include <holdfast/store/kept_options.hpp>
#include <holdfast/store/verbs.hpp>

#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace holdfast {

/// A key that is locked, and the only way to write it meanwhile. Made by `StateStore::lock`.
///
/// Whether the lock is still held is asked before each write, and nothing is written without: `lost` once it was
/// released and in a child that was forked, `fenced` when somebody else took it over. `replace` and `remove` take
/// entries of this key only (`invalid_argument`). Destroying it releases the lock; `release` does so and can say that
/// it failed. Movable, also to another thread: what it was moved from is of no key, refuses every operation
/// (`invalid_argument`) and releases nothing. Must not outlive the store. Not for use from several threads at once.
template <class Store, class Guard>
class [[nodiscard("the lock is released at once; keep it")]] Locked : public KeyVerbs<Locked<Store, Guard>> {
public:
    using State = StateOf<Store>;

    Locked(Store& store, Key key, Guard guard) : store_(&store), key_(std::move(key)), guard_(std::move(guard)) {}

    KeyView key() const noexcept { return key_; }
    /// The fencing token of this lock; 0 if its kind does not fence. Effects outside the store are protected from a
    /// former holder only if they compare it.
    Epoch epoch() const { return key_.view().empty() ? 0 : guard_.epoch(); }
    /// Until when, on the monotonic clock of the store's environment, the lock may be relied on without asking: stop
    /// effects outside the store by then, or `renew`. `Instant::max()` of a lock that ends with its holder,
    /// `Instant::min()` once it is not held any more.
    Instant reliable_until() const { return key_.view().empty() ? (Instant::min)() : guard_.reliable_until(); }

    /// The state. Errors: as `StateStore::get`; `lost`, `fenced` if the lock is known to be over.
    auto get(CallOptions const& options = {}) {
        using Got = decltype(store_->get(key_, options));
        if (guard_.reliable_until() == (Instant::min)())
            if (auto held = confirm(options); !held) return Got(detail::place(std::move(held).error(), "get", key()));
        return store_->get(key_, options);
    }

    /// Whether the lock is still held. Errors: `lost`, `fenced`. Cost: none for most kinds; a lease asks once it is not
    /// reliable any more.
    Result<void> confirm(CallOptions const& options = {}) {
        if (key().empty()) return detail::no_key().during("confirm");
        return guard_.confirm(context(options));
    }
    /// Extends a lock that expires. Errors: `lost` if somebody else has it by now.
    Result<void> renew(CallOptions const& options = {}) {
        if (key().empty()) return detail::no_key().during("renew");
        return guard_.renew(context(options));
    }
    /// Ends the lock. Errors: it may still be held until it expires or the process ends.
    Result<void> release(CallOptions const& options = {}) {
        if (key().empty()) return detail::no_key().during("release");
        return guard_.release(context(options));
    }

    /// What kind of lock it is: a lease has more to say and can be kept alive.
    Guard& guard() noexcept { return guard_; }
    Guard const& guard() const noexcept { return guard_; }

private:
    friend struct Inside;
    using Engine = EngineOf<Locked>;

    Context context(CallOptions const& options) const { return Inside::context(*store_, options); }

    template <class Body>
    auto under(Inside::Writes, std::string_view operation, CallOptions const& options, Body& body)
        -> std::invoke_result_t<Body&, Engine, Context const&, KeyView, Held&> {
        if (key().empty()) return detail::no_key().during(operation);
        return Inside::on(
            *store_, key(), operation, options,
            [&](Engine engine,
                Context const& ctx) -> std::invoke_result_t<Body&, Engine, Context const&, KeyView, Held&> {
                auto held = Held::enter(guard_, ctx, key());
                if (!held) return detail::place(std::move(held).error(), operation, key());
                return body(engine, ctx, key(), *held);
            });
    }
    template <class Body>
    auto under(Inside::Writes writes, std::string_view operation, CallOptions const& options, Body& body,
               Entry<State> const& entry) -> std::invoke_result_t<Body&, Engine, Context const&, KeyView, Held&> {
        if (entry.key() != key()) return stranger(entry.key(), operation);
        return under(writes, operation, options, body);
    }

    Error stranger(KeyView other, std::string_view operation) const {
        if (other.empty() || key().empty()) return detail::no_key().during(operation);
        return detail::place(
            Error(Errc::invalid_argument, "the entry is of another key than the lock: write it under its own"),
            operation, key());
    }

    Store* store_;
    Key key_;
    Guard guard_;
};

namespace detail {

template <class Store, class Guard>
inline constexpr bool must_be_kept<Locked<Store, Guard>> = true;
template <class Store, class Guard>
inline constexpr bool must_be_kept<std::optional<Locked<Store, Guard>>> = true;

}  // namespace detail

}  // namespace holdfast

#endif
