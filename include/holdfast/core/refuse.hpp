#ifndef HOLDFAST_CORE_REFUSE_HPP
#define HOLDFAST_CORE_REFUSE_HPP

#include <cstddef>

namespace holdfast::detail {

/// What a refused member would return; not void, of which compilers would complain first.
struct Refused {};

/// Text as a template argument, which g++ prints.
template <std::size_t N>
struct Sentence {
    char text[N]{};
    consteval Sentence(char const (&literal)[N]) {  // NOLINT(google-explicit-constructor)
        for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
    }
};

}  // namespace holdfast::detail

// Declares the member `call` for the case that `unless` does not hold, so that calling it says `why` in the first line
// of the error, while `requires { … }` about it stays false. No single spelling does both on both compilers: g++ shows
// neither the text of a deleted nor (inside requires) survives an unavailable function, and clang cuts template
// arguments short.
#if defined(__clang__)
#define HOLDFAST_REFUSE(call, unless, why)                       \
    [[clang::unavailable(why)]] ::holdfast::detail::Refused call \
        requires(!(unless))
#else
#define HOLDFAST_REFUSE(call, unless, why)                 \
    template <::holdfast::detail::Sentence sentence = why> \
    ::holdfast::detail::Refused call                       \
        requires(!(unless))                                \
    = delete
#endif

// The same for a template, a constructor for instance, whose parameter says when.
#if defined(__clang__)
#define HOLDFAST_REFUSE_TEMPLATE(parameter, function, why) \
    template <parameter>                                   \
    [[clang::unavailable(why)]] function
#else
#define HOLDFAST_REFUSE_TEMPLATE(parameter, function, why)            \
    template <parameter, ::holdfast::detail::Sentence sentence = why> \
    function = delete
#endif

#endif
