#ifndef HOLDFAST_STORE_UPDATE_FUNCTION_HPP
#define HOLDFAST_STORE_UPDATE_FUNCTION_HPP

#include <holdfast/core/result.hpp>

#include <concepts>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace holdfast::detail {

template <class R, class State>
concept StateOrResult = std::same_as<R, State> || std::same_as<R, Result<State>>;

/// `fn(State&)`: changes the state in place; an absent one begins as `State()`. May return `Result<void>` to give up.
/// One that would take a temporary as well (`State`, `State const&`, `std::optional<State>`) changes nothing but a copy
/// of its own: it is refused.
template <class F, class State>
concept ChangesInPlace =
    std::default_initializable<State> && std::invocable<F&, State&> && !std::invocable<F&, State> &&
    (std::is_void_v<std::invoke_result_t<F&, State&>> || std::same_as<std::invoke_result_t<F&, State&>, Result<void>>);

/// `fn(std::optional<State>)`: returns the next state, or a `Result` of it.
template <class F, class State>
concept ReturnsNext =
    std::invocable<F&, std::optional<State>> && StateOrResult<std::invoke_result_t<F&, std::optional<State>>, State>;

template <class F, class State>
concept UpdateFunction = ChangesInPlace<F, State> || ReturnsNext<F, State>;
template <class F, class State>
concept NoUpdateFunction = !UpdateFunction<F, State>;

/// `fn(std::span<std::optional<State>>)`: changes the states of several keys in place. May return `Result<void>` to
/// give up.
template <class F, class State>
concept TransactionFunction = std::invocable<F&, std::span<std::optional<State>>> &&
                              (std::is_void_v<std::invoke_result_t<F&, std::span<std::optional<State>>>> ||
                               std::same_as<std::invoke_result_t<F&, std::span<std::optional<State>>>, Result<void>>);
template <class F, class State>
concept NoTransactionFunction = !TransactionFunction<F, State>;

/// A value that would become a `State` without a word and not be what it was: a fraction cut off, anything but a truth
/// as `bool`. Whole numbers are not judged, for that of a literal is seen by its value only.
template <class V, class State>
concept LosesValue =
    std::is_arithmetic_v<State> && !std::same_as<V, State> && std::convertible_to<V, State> && !std::is_class_v<V> &&
    (std::same_as<State, bool> || (std::integral<State> && std::floating_point<V>));

#define HOLDFAST_UPDATE_FUNCTIONS                                                                                  \
    "holdfast: update() takes void(State&) or State(std::optional<State>), or these with Result; a function that " \
    "takes a State, or a reference to const, would change nothing"
#define HOLDFAST_TRANSACTION_FUNCTIONS \
    "holdfast: transaction() takes void(std::span<std::optional<State>>), or the same with Result<void>"
#define HOLDFAST_LOSES_VALUE "holdfast: this value would not be stored as it is; convert it to the type of the state"

/// The next state by the user's function, in either form.
template <class State, class F>
Result<State> next_state(F& fn, std::optional<State> current) {
    if constexpr (ChangesInPlace<F, State>) {
        State state = current ? *std::move(current) : State();
        if constexpr (std::is_void_v<std::invoke_result_t<F&, State&>>) {
            fn(state);
        } else {
            Result<void> done = fn(state);
            if (!done) return std::move(done).error();
        }
        return Result<State>(std::in_place, std::move(state));
    } else {
        return fn(std::move(current));
    }
}

}  // namespace holdfast::detail

#endif
