#ifndef HOLDFAST_PROCESS_IMMORTAL_HPP
#define HOLDFAST_PROCESS_IMMORTAL_HPP

#include <type_traits>

namespace holdfast::detail {

/// An object of the whole process: declared `constinit` it is there before the first statement runs, and it is never
/// destroyed, so that destructors and threads that outlive `main` find it.
template <class T>
union Immortal {
    constexpr Immortal() noexcept : object() {}
    constexpr ~Immortal()
        requires std::is_trivially_destructible_v<T>
    = default;
    constexpr ~Immortal() {}

    T object;
};

}  // namespace holdfast::detail

#endif
