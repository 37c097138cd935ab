#ifndef HOLDFAST_SERIALIZATION_JSON_FORGOTTEN_HPP
#define HOLDFAST_SERIALIZATION_JSON_FORGOTTEN_HPP

#include <cstddef>
#include <type_traits>
#include <utility>

namespace holdfast {

/// How many members of a struct are no state, and so are left out of its description: a description with fewer names
/// than the struct has members is refused, since what it forgets would never be stored. Say so once, at the struct:
/// ```
/// template <>
/// inline constexpr std::size_t holdfast::members_not_stored<Pipeline> = 1;  // its cache
/// ```
/// `std::size_t(-1)`: do not count. Members are counted of aggregates only, those of their bases included; a class
/// with constructors, private or virtual parts is not checked.
template <class T>
inline constexpr std::size_t members_not_stored = 0;

namespace detail {

template <class T, class Base>
concept EmptyBase = std::is_base_of_v<Base, T> && std::is_empty_v<Base>;

// Never called; defined because clang misses it for types without linkage.

/// What only a type that takes everything, as `std::any` does, can be made of.
struct Anything {};

/// Initializes any member of `T`, and not `T` itself. Members that take everything take this, too, unconverted. Nor
/// does it become a base that is an aggregate, so that its members take one initializer each.
template <class T>
struct AnyMember {
    template <class Member>
        requires((!std::is_base_of_v<Member, T> || EmptyBase<T, Member> || !std::is_aggregate_v<Member>) &&
                 !std::is_convertible_v<Anything, Member>)
    operator Member() const noexcept {  // NOLINT(google-explicit-constructor)
        __builtin_unreachable();
    }
};
template <class T>
struct AnyEmptyBase {
    template <class Member>
        requires EmptyBase<T, Member>
    operator Member() const noexcept {  // NOLINT(google-explicit-constructor)
        __builtin_unreachable();
    }
};

template <class T, std::size_t... N>
consteval bool has_members(std::index_sequence<N...>) {
    return requires { T{(void(N), AnyMember<T>())...}; };
}
/// Whether an aggregate has so many members or more, empty bases among them. Elements of a C array count each.
template <class T, std::size_t N>
inline constexpr bool has_members_v = has_members<T>(std::make_index_sequence<N>());

template <class T, std::size_t... N>
consteval bool has_empty_base_at(std::index_sequence<N...>) {
    return requires {
        T{(void(N), AnyMember<T>())..., AnyEmptyBase<T>()};
    } && !requires {
        T{(void(N), AnyMember<T>())..., Anything()};
    };
}
template <class T, std::size_t... N>
consteval std::size_t count_empty_bases(std::index_sequence<N...>) {
    return (std::size_t{has_empty_base_at<T>(std::make_index_sequence<N>())} + ... + 0);
}

/// Whether `T` has more members than the `named` and those that are no state.
template <class T, std::size_t Named>
consteval bool forgets_members() {
    constexpr std::size_t known = Named + members_not_stored<T>;
    if constexpr (members_not_stored<T> == static_cast<std::size_t>(-1)) return false;
    else if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T> || std::is_empty_v<T>) return false;
    else if constexpr (!has_members_v<T, known + 1>) return false;
    else return has_members_v<T, known + 1 + count_empty_bases<T>(std::make_index_sequence<known + 1>())>;
}

}  // namespace detail

}  // namespace holdfast

#endif
