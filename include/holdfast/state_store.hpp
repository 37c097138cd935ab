#ifndef HOLDFAST_STATE_STORE_HPP
#define HOLDFAST_STATE_STORE_HPP

#include <holdfast/core/contain.hpp>
#include <holdfast/core/note.hpp>
#include <holdfast/locking/no_lock.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/store/engine.hpp>
#include <holdfast/store/explain.hpp>
#include <holdfast/store/kept_options.hpp>
#include <holdfast/store/lock_all.hpp>
#include <holdfast/store/locked.hpp>
#include <holdfast/store/pick.hpp>
#include <holdfast/store/verbs.hpp>
#include <holdfast/versioning/compare_and_swap.hpp>

#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace holdfast {

/// States of one type under keys, by four policies. Name it `StateStore<State, Policies...>`.
///
/// Absence is a value: `get` of a key that was never written is an empty optional, not an error.
/// Every write is conditional on the record that it was decided on (unless the policy is `LastWriterWins`), and its
/// outcome is applied, known not applied, or a handle to ask later; see `Outcome`.
/// Where a locking policy is named, every write takes the key's lock; while a `lock()` is held, write through it.
///
/// Its verbs come from its bases: `ReadVerbs`, `WriteVerbs`, `ListVerbs`, `LockVerbs`, `TransactionVerbs`,
/// `PurgeVerbs`, `HistoryVerbs`, and what the policies bring (see `concepts/verbs.hpp`).
///
/// Thread safety: every member may be called from any thread at any time. Exceptions: only those of the user's own
/// functions and policies and of allocation pass through; locks are released. A store that was moved from refuses every
/// operation, as every store refuses keys, entries, pins and locks that were moved from (`invalid_argument`).
template <class State, class Storage, class Locking, class Versioning, class Serialization>
class BasicStateStore
    : detail::Explained<detail::explain_store<State, Storage, Locking, Versioning, Serialization>() &&
                        detail::explain_verbs<BasicStateStore<State, Storage, Locking, Versioning, Serialization>>()>,
      public StoreVerbs<BasicStateStore<State, Storage, Locking, Versioning, Serialization>> {
    using Types = StoreTypes<BasicStateStore>;

public:
    using state_type = State;
    using storage_type = Storage;
    using locking_type = Locking;
    using versioning_type = Versioning;
    using serialization_type = Serialization;
    using entry_type = Entry<State>;
    using Guard = typename Types::Guard;

    /// Writers notice each other, so that states can be updated; otherwise they can only be put.
    static constexpr bool watchful = Types::watchful;
    /// Several keys can be changed together.
    static constexpr bool batched = Types::batched;
    /// Versions are kept.
    static constexpr bool historic = Types::historic;
    /// What is left of removed keys can be removed.
    static constexpr bool purgeable = Types::purgeable;

    /// From policy objects, in any order, and `StoreOptions`; what is not given is made by default.
    template <class... Args>
        requires(detail::OneOfThese<std::remove_cvref_t<Args>, Storage, Locking, Versioning, Serialization,
                                    StoreOptions> &&
                 ...)
    explicit BasicStateStore(Args&&... args)
        : storage_(detail::pick<Storage>(std::forward<Args>(args)...)),
          locking_(detail::pick<Locking>(std::forward<Args>(args)...)),
          versioning_(detail::pick<Versioning>(std::forward<Args>(args)...)),
          serialization_(detail::pick<Serialization>(std::forward<Args>(args)...)),
          options_(detail::pick<StoreOptions>(std::forward<Args>(args)...)) {}

    Storage& storage() noexcept { return storage_; }
    Locking& locking() noexcept { return locking_; }
    Serialization& serialization() noexcept { return serialization_; }

private:
    friend struct Inside;
    using Engine = EngineOf<BasicStateStore>;

    Context context(CallOptions const& options) const noexcept {
        Environment& env = options_ ? *options_->environment : Environment::system();
        return Context(env, options.timeout ? *options.timeout : options_->timeout, options.stop);
    }
    Engine engine() noexcept { return Engine(storage_, versioning_, serialization_); }

    bool usable(KeyView key) const noexcept { return options_ && !key.empty(); }
    [[gnu::cold, gnu::noinline]] Error unusable(std::string_view operation) const {
        return (options_ ? detail::no_key() : detail::moved_store()).during(operation);
    }

    template <class Body>
    auto on(std::string_view operation, CallOptions const& options, Body& body)
        -> std::invoke_result_t<Body&, Engine, Context const&> {
        if (!options_) [[unlikely]]
            return unusable(operation);
        return body(engine(), context(options));
    }
    template <class Body>
    auto on(KeyView key, std::string_view operation, CallOptions const& options, Body& body)
        -> std::invoke_result_t<Body&, Engine, Context const&> {
        if (!usable(key)) [[unlikely]]
            return unusable(operation);
        return on(operation, options, body);
    }

    template <class Body>
    auto under(Inside::Writes writes, std::string_view operation, CallOptions const& options, Body& body, KeyView key)
        -> std::invoke_result_t<Body&, Engine, Context const&, KeyView, Held&> {
        if (!usable(key)) [[unlikely]]
            return unusable(operation);
        Context const ctx = context(options);
        auto guard = locking_.acquire(storage_, ctx, key, options.purpose.empty() ? operation : options.purpose);
        if (!guard) return detail::place(std::move(guard).error(), operation, key);
        auto held = Held::enter(*guard, ctx, key);
        if (!held) return detail::place(std::move(held).error(), operation, key);
        if (writes == Inside::Writes::once) (*held)->last();
        auto done = body(engine(), ctx, key, *held);
        end_lock(ctx, key, *guard);
        return done;
    }
    template <class Body>
    auto under(Inside::Writes writes, std::string_view operation, CallOptions const& options, Body& body,
               Entry<State> const& entry) {
        return under(writes, operation, options, body, entry.key());
    }

    template <class Body>
    auto under_all(Inside::Writes writes, std::span<KeyView const> keys, std::string_view operation,
                   CallOptions const& options, Body& body)
        -> std::invoke_result_t<Body&, Engine, Context const&, std::span<Held>> {
        for (KeyView const key : keys)
            if (!usable(key)) return unusable(operation);
        Context const ctx = context(options);
        std::vector<Guard> guards;
        if (auto taken = detail::lock_all(locking_, storage_, ctx, keys, operation, options.purpose, guards); !taken)
            return std::move(taken).error();
        std::vector<Held> held;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            auto entered = Held::enter(guards[i], ctx, keys[i]);
            if (!entered) return detail::place(std::move(entered).error(), operation, keys[i]);
            held.push_back(*std::move(entered));
            if (writes == Inside::Writes::once) held.back()->last();
        }
        auto done = body(engine(), ctx, std::span(held));
        for (std::size_t i = 0; i < keys.size(); ++i) end_lock(ctx, keys[i], guards[i]);
        return done;
    }

    /// Ends a lock. That it failed, be it for want of memory, does not undo what was written; it is for observers.
    void end_lock(Context const& ctx, KeyView key, Guard& guard) noexcept {
        detail::contained([&] {
            if (auto done = guard.release(ctx); !done)
                detail::note_to(storage_, StoreNote{StoreNote::Kind::lock_not_released, ctx, key, done.error()});
        });
    }

    [[no_unique_address]] Storage storage_;
    [[no_unique_address]] Locking locking_;
    [[no_unique_address]] Versioning versioning_;
    [[no_unique_address]] Serialization serialization_;
    detail::KeptOptions options_;
};

namespace detail {

/// Sorts the policies into their places and fills in the defaults. A faulty list has been refused with a sentence; it
/// goes on without what is too much, so that nothing is said after that.
template <class State, bool /*explained*/, class... P>
struct Compose {
    using type = BasicStateStore<State, typename Select<Family::storage, MemoryStorage, P...>::type,
                                 typename Select<Family::locking, NoLock, P...>::type,
                                 typename Select<Family::versioning, CompareAndSwap, P...>::type,
                                 typename Select<Family::serialization, Json, P...>::type>;
};

}  // namespace detail

/// A store of `State` by the given policies, in any order; defaults: `MemoryStorage`, `NoLock`, `CompareAndSwap`,
/// `Json` (whose header must be included). Two spellings of one composition are one type. What cannot hold is refused
/// with a sentence. A function that takes any store of a state is constrained with `StateStoreOf<State>`.
template <class State, class... Policies>
using StateStore = typename detail::Compose<State, detail::explain_list<Policies...>(), Policies...>::type;

/// Any store of `State`, for functions that do not care how it is kept: `void report(StateStoreOf<Progress> auto&
/// store)`.
template <class S, class State>
concept StateStoreOf = requires(std::remove_cvref_t<S>& s) {
    []<class A, class B, class C, class D>(BasicStateStore<State, A, B, C, D>&) {}(s);
};

}  // namespace holdfast

#endif
