#ifndef HOLDFAST_CORE_LOCKED_HPP
#define HOLDFAST_CORE_LOCKED_HPP

#include <holdfast/core/entry.hpp>
#include <holdfast/core/options.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/core/tenure.hpp>
#include <holdfast/detail/enter.hpp>

#include <string_view>
#include <utility>

namespace holdfast {

/// A key that is locked, and the only way to write it meanwhile. Made by `StateStore::lock`.
///
/// `replace` and `remove` take entries of this key only (`invalid_argument`). Destroying it releases the lock;
/// `release` does so and can say that it failed. Movable. Must not outlive the store. Not for use from several threads
/// at once.
template <class Store, class Guard>
class Locked {
public:
    using State = typename Store::state_type;

    Locked(Store& store, Key key, Guard guard) : store_(&store), key_(std::move(key)), guard_(std::move(guard)) {}

    KeyView key() const noexcept { return key_; }
    /// The fencing token of this lock; 0 if its kind does not fence. Effects outside the store are protected from a
    /// former holder only if they compare it.
    Epoch epoch() const { return guard_.epoch(); }

    auto get(CallOptions const& options = {}) { return store_->get(key_, options); }

    template <class F>
    auto update(F&& fn, CallOptions const& options = {})
        requires requires(Store& s, KeyView k) { s.update(k, fn); }
    {
        return under<Outcome<Entry<State>>>("update", options, [&](Context const& ctx, Tenure& held) {
            return store_->unlocked().update(ctx, key_, held, options, fn);
        });
    }
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
        if (entry.key() != key()) return stranger("replace");
        return under<Outcome<Entry<State>>>("replace", options, [&](Context const& ctx, Tenure& held) {
            return store_->unlocked().replace(ctx, entry, held, options, std::move(value));
        });
    }
    Outcome<void> remove(Entry<State> const& entry, CallOptions const& options = {})
        requires(Store::watchful)
    {
        if (entry.key() != key()) return stranger("remove");
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

    /// Extends a lock that expires. Errors: `lost` if somebody else has it by now.
    Result<void> renew(CallOptions const& options = {}) { return guard_.renew(store_->context(options)); }
    /// Ends the lock. Errors: it may still be held until it expires or the process ends.
    Result<void> release(CallOptions const& options = {}) { return guard_.release(store_->context(options)); }

    /// What kind of lock it is: a lease has more to say and can be kept alive.
    Guard& guard() noexcept { return guard_; }
    Guard const& guard() const noexcept { return guard_; }

private:
    template <class R, class Body>
    R under(std::string_view operation, CallOptions const& options, Body&& body) {
        Context const ctx = store_->context(options);
        Tenure without;
        auto held = detail::enter(guard_, ctx, without);
        if (!held) return std::move(held).error().during(operation).on(to_string(RecordId(key_)));
        return body(ctx, **held);
    }

    Error stranger(std::string_view operation) const {
        return Error(Errc::invalid_argument, "the entry is of another key than the lock: write it under its own")
            .during(operation)
            .on(to_string(RecordId(key_)));
    }

    Store* store_;
    Key key_;
    Guard guard_;
};

}  // namespace holdfast

#endif
