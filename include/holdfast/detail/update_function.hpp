#ifndef HOLDFAST_DETAIL_UPDATE_FUNCTION_HPP
#define HOLDFAST_DETAIL_UPDATE_FUNCTION_HPP

#include <holdfast/core/result.hpp>

#include <concepts>
#include <optional>
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
