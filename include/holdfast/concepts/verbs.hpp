#ifndef HOLDFAST_CONCEPTS_VERBS_HPP
#define HOLDFAST_CONCEPTS_VERBS_HPP

#include <holdfast/concepts/held.hpp>
#include <holdfast/concepts/versioning.hpp>
#include <holdfast/core/batch.hpp>
#include <holdfast/core/entry.hpp>
#include <holdfast/core/options.hpp>
#include <holdfast/core/outcome.hpp>
#include <holdfast/core/record_id.hpp>
#include <holdfast/core/refuse.hpp>
#include <holdfast/fwd.hpp>

#include <concepts>
#include <span>
#include <string_view>
#include <utility>

// What the verbs of stores are written with, those of the library and those that a policy brings.
//
// The library's belong to a capability, which is asked for by a concept, so that a policy of the user's own that models
// it has them, too. A policy brings verbs of its own as
//
//     template <class Store> class Verbs;                  // a base of every store that has the policy
//     template <class Self, class... At> class KeyVerbs;   // what writes one key: a base of the store (At = KeyView)
//                                                          // and of its `Locked` (At = nothing)
//
// They reach what they need by `static_cast<Store&>(*this)`, or `static_cast<Self&>(*this)`, and `Inside`, which
// refuses what was moved from; the policies themselves, as `locking()`, are then as moving left them. In signatures
// they name `StateOf<Store>` and its like, never members of the store, which is incomplete there. Names that the
// library uses are refused. A policy that wraps another brings what it declares: verbs are written for the policies of
// their store, and only who wraps knows which of them still fit.
namespace holdfast {

namespace detail {

/// What a locking policy hands out. Nothing in particular where it cannot: that is said elsewhere.
template <class L, class S>
struct GuardOf {
    using type = Refused;
};
template <class L, class S>
    requires LockingPolicy<L, S>
struct GuardOf<L, S> {
    using type = typename decltype(std::declval<L&>().acquire(std::declval<S&>(), std::declval<Context const&>(),
                                                              std::declval<KeyView>(), std::string_view()))::value_type;
};

}  // namespace detail

/// What a store is made of, known before it is complete; the same of the `Locked` of a store.
template <class Self>
struct StoreTypes;

template <class S, class St, class L, class V, class Z>
struct StoreTypes<BasicStateStore<S, St, L, V, Z>> {
    using Store = BasicStateStore<S, St, L, V, Z>;
    using State = S;
    using Storage = St;
    using Locking = L;
    using Versioning = V;
    using Serialization = Z;
    using Guard = typename detail::GuardOf<L, St>::type;

    /// Writers notice each other.
    static constexpr bool watchful = detail::Watchful<V>;
    /// The fate of a write can be found out later.
    static constexpr bool traceable = AttributedStorage<St>;
    /// Versions are kept.
    static constexpr bool historic = HistoryVersioning<V, St>;
    /// Several keys can be changed together.
    static constexpr bool batched = watchful && TransactionalStorage<St> &&
                                    requires(V& v, St& s, Context const& c, std::span<BatchChange> changes) {
                                        { v.commit_all(s, c, changes) } -> std::same_as<Result<BatchCommit>>;
                                    };
    /// What is left of removed keys can be removed.
    static constexpr bool purgeable = PurgeableStorage<St> && (!historic || ListableStorage<St>);
};
template <class Of, class Guard>
struct StoreTypes<Locked<Of, Guard>> : StoreTypes<Of> {};

template <class Self>
using StateOf = typename StoreTypes<Self>::State;
template <class Self>
using EntryOf = Entry<StateOf<Self>>;
template <class Self>
using StorageOf = typename StoreTypes<Self>::Storage;
template <class Self>
using LockingOf = typename StoreTypes<Self>::Locking;
template <class Self>
using VersioningOf = typename StoreTypes<Self>::Versioning;
template <class Self>
using SerializationOf = typename StoreTypes<Self>::Serialization;

/// The operations of a store without its locks: storage, versioning and serialization together.
template <class Self>
using EngineOf = Engine<StateOf<Self>, StorageOf<Self>, VersioningOf<Self>, SerializationOf<Self>>;

/// The one door through which verbs reach what they work with. For authors of policies.
struct Inside {
    enum class Writes : bool { once, often };

    /// How one call is made: its time limit, its request to stop, the store's environment.
    template <class Self>
    static Context context(Self const& self, CallOptions const& options) noexcept {
        return self.context(options);
    }

    // A body takes the engine by value, and returns what an `Error` becomes: a `Result`, an `Outcome`.

    /// Returns `body(engine, ctx)`, without a lock; unless the store or the key was moved from (`invalid_argument`).
    template <class Store, class Body>
    static auto on(Store& store, KeyView key, std::string_view operation, CallOptions const& options, Body&& body) {
        return store.on(key, operation, options, body);
    }
    /// The same of no key in particular.
    template <class Store, class Body>
    static auto on(Store& store, std::string_view operation, CallOptions const& options, Body&& body) {
        return store.on(operation, options, body);
    }

    /// Returns `body(engine, ctx, key, held)`, under the lock of a key: of `where`, the key of a store or one of its
    /// entries; of a `Locked` it is the one that is locked, and `where` is nothing or an entry of that key. Errors:
    /// those of the lock; `invalid_argument`: what was moved from, another key than the locked one.
    template <class Self, class Body, class... Where>
    static auto under(Self& self, std::string_view operation, CallOptions const& options, Body&& body,
                      Where const&... where) {
        return self.under(Writes::often, operation, options, body, where...);
    }
    /// The same for a body that writes once at most: a lock that lives in the record may end with that write, which
    /// saves a request. Then a second write is refused (`fenced`, `lost`).
    template <class Self, class Body, class... Where>
    static auto under_once(Self& self, std::string_view operation, CallOptions const& options, Body&& body,
                           Where const&... where) {
        return self.under(Writes::once, operation, options, body, where...);
    }

    /// Returns `body(engine, ctx, std::span<Held>)` under the locks of several keys of a store, which are taken in one
    /// order. Errors: those of the locks; a key is named twice, or none is.
    template <class Store, class Body>
    static auto under_all(Store& store, std::span<KeyView const> keys, std::string_view operation,
                          CallOptions const& options, Body&& body) {
        return store.under_all(Writes::often, keys, operation, options, body);
    }
    /// The same for a body that writes each of them once at most.
    template <class Store, class Body>
    static auto under_all_once(Store& store, std::span<KeyView const> keys, std::string_view operation,
                               CallOptions const& options, Body&& body) {
        return store.under_all(Writes::once, keys, operation, options, body);
    }

    template <class Store>
    static VersioningOf<Store>& versioning(Store& store) noexcept {
        return store.versioning_;
    }
};

/// A policy whose stores have verbs of its own.
template <class Policy, class Store>
concept BringsVerbs = requires { typename Policy::template Verbs<Store>; };
/// A policy whose stores, and their locked keys, have writing verbs of its own.
template <class Policy, class Self, class... At>
concept BringsKeyVerbs = requires { typename Policy::template KeyVerbs<Self, At...>; };

namespace detail {

template <class Policy>
struct NoVerbs {};
template <class Policy, class Store>
struct VerbsOf {
    using type = NoVerbs<VerbsOf>;
};
template <class Policy, class Store>
    requires BringsVerbs<Policy, Store>
struct VerbsOf<Policy, Store> {
    using type = typename Policy::template Verbs<Store>;
};
template <class Policy, class Self, class... At>
struct KeyVerbsOf {
    using type = NoVerbs<KeyVerbsOf>;
};
template <class Policy, class Self, class... At>
    requires BringsKeyVerbs<Policy, Self, At...>
struct KeyVerbsOf<Policy, Self, At...> {
    using type = typename Policy::template KeyVerbs<Self, At...>;
};

/// Where an error happened.
inline Error place(Error error, std::string_view operation, KeyView key) {
    return std::move(error).during(operation).on(to_string(RecordId(key)));
}

}  // namespace detail

}  // namespace holdfast

#endif
