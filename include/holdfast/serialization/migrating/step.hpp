#ifndef HOLDFAST_SERIALIZATION_MIGRATING_STEP_HPP
#define HOLDFAST_SERIALIZATION_MIGRATING_STEP_HPP

#include <holdfast/core/result.hpp>

#include <concepts>
#include <utility>

namespace holdfast {

/// From one version of a state to the next, by `function`: `To f(From)` or, if it can fail, `Result<To> f(From)`; the
/// parameter may be a `const` reference. A pointer to a function, or a lambda that captures nothing.
///
/// It is run for each reading of an old record, until that is written again, and by any thread: it should be a function
/// of its argument alone. What it throws goes to the caller of the store.
template <class From, class To, auto function>
struct Step {
    using from = From;
    using to = To;
};

/// The version number of the first state of a chain whose earlier steps are no longer needed, since no record is that
/// old any more. Without it the first state has version 1.
template <unsigned version>
struct FirstVersion {
    static_assert(version > 0, "holdfast: versions of a schema begin with 1");
};

namespace detail {

template <auto function, class From, class To>
concept StepFunction = requires(From from) { requires std::same_as<decltype(function(std::move(from))), To>; } ||
                       requires(From from) { requires std::same_as<decltype(function(std::move(from))), Result<To>>; };

template <class S>
struct StepTraits {
    static constexpr bool is_step = false;
};
template <class From, class To, auto function>
struct StepTraits<Step<From, To, function>> {
    static constexpr bool is_step = true;
    static constexpr bool callable = StepFunction<function, From, To>;

    static Result<To> run(From&& from) { return function(std::move(from)); }
};

template <class S>
concept IsStep = StepTraits<S>::is_step;

}  // namespace detail

}  // namespace holdfast

#endif
