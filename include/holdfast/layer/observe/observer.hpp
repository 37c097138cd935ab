#ifndef HOLDFAST_LAYER_OBSERVE_OBSERVER_HPP
#define HOLDFAST_LAYER_OBSERVE_OBSERVER_HPP

#include <holdfast/core/contain.hpp>
#include <holdfast/core/note.hpp>
#include <holdfast/layer/observe/event.hpp>

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

namespace holdfast {

namespace detail {

template <class O>
concept HearsEnds = requires(O& o, StorageEvent const& event) { o.ended(event); };

/// What `started` hands to `ended`.
template <class O>
using ObserverToken = std::remove_cvref_t<decltype(std::declval<O&>().started(std::declval<Operation const&>()))>;

template <class O>
concept HearsBoth = requires(O& o, Operation const& operation, StorageEvent const& event, ObserverToken<O> token) {
    requires std::movable<ObserverToken<O>>;
    o.ended(event, std::move(token));
};

}  // namespace detail

/// Is told of every operation of a storage, by `Observed`.
///
/// *Minimal complete definition*: `void ended(StorageEvent const&)`; or, for one that needs to know of the beginning,
/// `Token started(Operation const&)` and `void ended(StorageEvent const&, Token)`, where `Token` is any movable type of
/// the observer's own, such as a span. A token that is destroyed without `ended` belongs to an operation that threw.
/// *Optional*: `void noted(StoreNote const&)`, told of what goes wrong above the storage.
/// *Laws*: copies observe together (an `Observed` holds one). What is thrown is swallowed: an observation may be lost,
/// the outcome of an operation may not. It does not call the store it observes.
/// *Models*: `StructuredLog`, `PrometheusMetrics`, `Observers`.
///
/// Thread safety: every member may be called from any thread at any time.
template <class O>
concept StorageObserver = std::move_constructible<O> && (detail::HearsEnds<O> || detail::HearsBoth<O>);

namespace detail {

/// One observer during one operation.
template <StorageObserver O>
class Watch {
public:
    Watch(O& observer, Operation const& operation) noexcept : observer_(&observer) {
        if constexpr (HearsBoth<O>) contained([&] { token_.emplace(observer_->started(operation)); });
        else (void)operation;
    }

    void ended(StorageEvent const& event) noexcept {
        contained([&] {
            if constexpr (!HearsBoth<O>) observer_->ended(event);
            else if (token_) observer_->ended(event, *std::move(token_));
        });
    }

private:
    struct NoToken {};
    template <class T>
    struct TokenOf {
        using type = NoToken;
    };
    template <HearsBoth T>
    struct TokenOf<T> {
        using type = std::optional<ObserverToken<T>>;
    };

    O* observer_;
    [[no_unique_address]] typename TokenOf<O>::type token_;
};

template <StorageObserver O>
void take_note(O& observer, StoreNote const& note) noexcept {
    if constexpr (requires { observer.noted(note); }) contained([&] { observer.noted(note); });
}

}  // namespace detail

}  // namespace holdfast

#endif
