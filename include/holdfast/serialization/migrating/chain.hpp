#ifndef HOLDFAST_SERIALIZATION_MIGRATING_CHAIN_HPP
#define HOLDFAST_SERIALIZATION_MIGRATING_CHAIN_HPP

#include <holdfast/serialization/inner.hpp>
#include <holdfast/serialization/migrating/step.hpp>

#include <tuple>
#include <type_traits>

namespace holdfast::detail {

/// Whether each step begins with what the one before it ends with.
template <class... Steps>
inline constexpr bool connected = true;
template <class First, class Second, class... Rest>
inline constexpr bool connected<First, Second, Rest...> =
    std::is_same_v<typename First::to, typename Second::from> && connected<Second, Rest...>;

template <class... Steps>
using LastOf = typename std::tuple_element_t<sizeof...(Steps) - 1, std::tuple<Steps...>>::to;

/// The arguments of a `Migrating`, taken apart.
template <class... Arguments>
struct Chain {
    static constexpr unsigned first = 1;
    static constexpr unsigned last = 1 + sizeof...(Arguments);
    using bare = Chain;  ///< without `FirstVersion`

    static constexpr bool empty = sizeof...(Arguments) == 0;
    static constexpr bool of_steps = (IsStep<Arguments> && ...);

    template <class State, class Inner>
    static consteval bool codes() {
        if constexpr (empty || !of_steps) {
            return false;
        } else if constexpr (!(StepTraits<Arguments>::callable && ...) || !connected<Arguments...>) {
            return false;
        } else if constexpr (!std::is_same_v<LastOf<Arguments...>, State>) {
            return false;
        } else {
            return (SerializationPolicy<Inner, typename Arguments::from> && ...) && SerializationPolicy<Inner, State>;
        }
    }
};
template <unsigned version, class... Steps>
struct Chain<FirstVersion<version>, Steps...> : Chain<Steps...> {
    static constexpr unsigned first = version;
    static constexpr unsigned last = version + sizeof...(Steps);
};

// What the compiler says about a chain that does not hold. The types are in the names of these.

template <class Before, class After>
struct StepsLeaveAGap {
    static_assert(std::is_same_v<Before, After>,
                  "holdfast: the steps of Migrating leave a gap: each must begin with the type that the one before it "
                  "ends with");
};
template <class S>
struct StepCannotBeCalled {
    static_assert(StepTraits<S>::callable,
                  "holdfast: the function of a Step<From, To, &f> must be 'To f(From)' or 'Result<To> f(From)'");
};
template <class Last, class State>
struct ChainEndsWith {
    static_assert(std::is_same_v<Last, State>,
                  "holdfast: the last step of Migrating must end with the state of the store");
};

template <class First, class Second, class... Rest>
constexpr void explain_gaps() {
    (void)sizeof(StepsLeaveAGap<typename First::to, typename Second::from>);
    if constexpr (sizeof...(Rest) > 0) explain_gaps<Second, Rest...>();
}

/// Compiles if the chain can be had with `State`; else says one sentence.
template <class State, class Inner, class... Steps>
constexpr void explain_chain(Chain<Steps...> const*) {
    constexpr bool some = sizeof...(Steps) > 0;
    constexpr bool of_steps = (IsStep<Steps> && ...);
    static_assert(some, "holdfast: Migrating has no steps; name them: Migrating<Json, Step<V1, V2, &to_v2>>");
    static_assert(of_steps,
                  "holdfast: after its serialization Migrating takes Step<From, To, &function>..., and only before "
                  "the first of them FirstVersion<n>");
    if constexpr (some && of_steps) {
        if constexpr (!connected<Steps...>) explain_gaps<Steps...>();
        else if constexpr (!(StepTraits<Steps>::callable && ...)) ((void)sizeof(StepCannotBeCalled<Steps>), ...);
        else if constexpr (!std::is_same_v<LastOf<Steps...>, State>)
            (void)sizeof(ChainEndsWith<LastOf<Steps...>, State>);
        else {
            (explain_inner<Inner, typename Steps::from>(), ...);
            explain_inner<Inner, State>();
        }
    }
}

}  // namespace holdfast::detail

#endif
