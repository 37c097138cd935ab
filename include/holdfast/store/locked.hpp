#ifndef HOLDFAST_STORE_LOCKED_HPP
#define HOLDFAST_STORE_LOCKED_HPP

#include <holdfast/core/entry.hpp>
#include <holdfast/core/options.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/core/refuse.hpp>
#include <holdfast/core/tenure.hpp>
#include <holdfast/store/enter.hpp>
#include <holdfast/store/kept_options.hpp>
#include <holdfast/store/update_function.hpp>

#include <optional>
#include <string_view>
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
class [[nodiscard("the lock is released at once; keep it")]] Locked {
public:
    using State = typename Store::state_type;

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
            if (auto held = confirm(options); !held) return Got(place(std::move(held).error(), "get"));
        return store_->get(key_, options);
    }

    template <detail::UpdateFunction<State> F>
    auto update(F&& fn, CallOptions const& options = {})
        requires(Store::watchful)
    {
        return under<Outcome<Entry<State>>>("update", options, [&](Context const& ctx, Tenure& held) {
            return store_->unlocked().update(ctx, key_, held, options, fn);
        });
    }
    HOLDFAST_REFUSE(update(detail::NoUpdateFunction<State> auto&&, CallOptions const& = {}), (!Store::watchful),
                    HOLDFAST_UPDATE_FUNCTIONS);
    HOLDFAST_REFUSE(create(detail::LosesValue<State> auto, CallOptions const& = {}), (!Store::watchful),
                    HOLDFAST_LOSES_VALUE);
    HOLDFAST_REFUSE(replace(Entry<State> const&, detail::LosesValue<State> auto, CallOptions const& = {}),
                    (!Store::watchful), HOLDFAST_LOSES_VALUE);
    HOLDFAST_REFUSE(put(detail::LosesValue<State> auto, CallOptions const& = {}), (Store::watchful),
                    HOLDFAST_LOSES_VALUE);
    Outcome<Entry<State>> create(State value, CallOptions const& options = {})
        requires(Store::watchful)
    {
        return under<Outcome<Entry<State>>>("create", options, [&](Context const& ctx, Tenure& held) {
            return store_->unlocked().create(ctx, key_, held, options, std::move(value));
        });
    }
    Outcome<Entry<State>> replace(Entry<State> const& entry, State value, CallOptions const& options = {})
        requires(Store::watchful)
    {
        if (entry.key() != key()) return stranger(entry.key(), "replace");
        return under<Outcome<Entry<State>>>("replace", options, [&](Context const& ctx, Tenure& held) {
            return store_->unlocked().replace(ctx, entry, held, options, std::move(value));
        });
    }
    Outcome<void> remove(Entry<State> const& entry, CallOptions const& options = {})
        requires(Store::watchful)
    {
        if (entry.key() != key()) return stranger(entry.key(), "remove");
        return under<Outcome<void>>("remove", options, [&](Context const& ctx, Tenure& held) {
            return store_->unlocked().remove(ctx, entry, held);
        });
    }
    Outcome<Entry<State>> rollback(VersionId version, CallOptions const& options = {})
        requires(Store::historic)
    {
        return under<Outcome<Entry<State>>>("rollback", options, [&](Context const& ctx, Tenure& held) {
            return store_->versions().rollback(ctx, key_, version, held, options);
        });
    }
    Outcome<Entry<State>> put(State value, CallOptions const& options = {})
        requires(!Store::watchful)
    {
        return under<Outcome<Entry<State>>>("put", options, [&](Context const& ctx, Tenure& held) {
            return store_->unlocked().put(ctx, key_, held, options, std::move(value));
        });
    }
    Outcome<void> remove(CallOptions const& options = {})
        requires(!Store::watchful)
    {
        return under<Outcome<void>>("remove", options, [&](Context const& ctx, Tenure& held) {
            return store_->unlocked().remove_key(ctx, key_, held);
        });
    }

    /// Whether the lock is still held. Errors: `lost`, `fenced`. Cost: none for most kinds; a lease asks once it is not
    /// reliable any more.
    Result<void> confirm(CallOptions const& options = {}) {
        if (key().empty()) return detail::no_key().during("confirm");
        return guard_.confirm(store_->context(options));
    }
    /// Extends a lock that expires. Errors: `lost` if somebody else has it by now.
    Result<void> renew(CallOptions const& options = {}) {
        if (key().empty()) return detail::no_key().during("renew");
        return guard_.renew(store_->context(options));
    }
    /// Ends the lock. Errors: it may still be held until it expires or the process ends.
    Result<void> release(CallOptions const& options = {}) {
        if (key().empty()) return detail::no_key().during("release");
        return guard_.release(store_->context(options));
    }

    /// What kind of lock it is: a lease has more to say and can be kept alive.
    Guard& guard() noexcept { return guard_; }
    Guard const& guard() const noexcept { return guard_; }

private:
    template <class R, class Body>
    R under(std::string_view operation, CallOptions const& options, Body&& body) {
        if (key().empty()) return detail::no_key().during(operation);
        Context const ctx = store_->context(options);
        Tenure without;
        auto held = detail::enter(guard_, ctx, without);
        if (!held) return place(std::move(held).error(), operation);
        return body(ctx, **held);
    }

    Error place(Error error, std::string_view operation) const {
        return std::move(error).during(operation).on(to_string(RecordId(key_)));
    }
    Error stranger(KeyView other, std::string_view operation) const {
        if (other.empty() || key().empty()) return detail::no_key().during(operation);
        return place(Error(Errc::invalid_argument, "the entry is of another key than the lock: write it under its own"),
                     operation);
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
