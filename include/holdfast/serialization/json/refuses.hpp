#ifndef HOLDFAST_SERIALIZATION_JSON_REFUSES_HPP
#define HOLDFAST_SERIALIZATION_JSON_REFUSES_HPP

#include <holdfast/core/time.hpp>
#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/optional.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>

namespace holdfast::detail {

/// What is in the way of a type that has no codec: each has a remedy of its own.
enum class JsonObstacle : unsigned char {
    none,
    enumeration,
    c_array,
    elsewhere,    ///< it only points to its value
    long_double,  ///< differs from machine to machine
    character,
    time,
    nested_optional,
    map,
    undescribed,
};

template <class T>
inline constexpr bool is_json_time = false;
template <class Clock, class D>
inline constexpr bool is_json_time<std::chrono::time_point<Clock, D>> = true;
template <class Rep, class Period>
inline constexpr bool is_json_time<std::chrono::duration<Rep, Period>> = true;

template <class T>
concept JsonCharacter = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                        std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template <class T>
consteval JsonObstacle json_obstacle_of() {
    using enum JsonObstacle;
    if constexpr (HasJsonCodec<T>) return none;
    else if constexpr (std::is_enum_v<T>) return enumeration;
    else if constexpr (std::is_array_v<T>) return c_array;
    else if constexpr (std::is_pointer_v<T> || requires(T& t) { typename T::element_type; *t; } ||
                       (std::convertible_to<T, std::string_view> && std::is_trivially_copyable_v<T>)) return elsewhere;
    else if constexpr (std::same_as<T, long double>) return long_double;
    else if constexpr (JsonCharacter<T>) return character;
    else if constexpr (is_json_time<T>) return time;
    else if constexpr (is_optional<T>) return nested_optional;
    else if constexpr (requires { typename T::key_type; typename T::mapped_type; }) return map;
    else return undescribed;
}

/// Says why a type has no JSON, and what to do.
template <class T>
struct JsonRefuses {
    static constexpr JsonObstacle obstacle = json_obstacle_of<T>();
    static_assert(obstacle != JsonObstacle::enumeration,
                  "holdfast: Json writes an enumeration by name; specialize holdfast::JsonNames<T> with 'static "
                  "constexpr std::pair<T, std::string_view> names[] = {{T::red, \"red\"}, ...};'");
    static_assert(obstacle != JsonObstacle::c_array, "holdfast: Json cannot code a C array; use std::array");
    static_assert(obstacle != JsonObstacle::elsewhere,
                  "holdfast: Json cannot code what only points to its value; hold the value itself: std::string, "
                  "std::optional, a container, or specialize holdfast::JsonAs<T>");
    static_assert(obstacle != JsonObstacle::long_double,
                  "holdfast: Json cannot code long double, which differs from machine to machine; use double");
    static_assert(obstacle != JsonObstacle::character,
                  "holdfast: Json cannot tell whether a character type is text or a number; use std::string, or "
                  "signed char, unsigned char");
    static_assert(obstacle != JsonObstacle::time,
                  "holdfast: Json codes points in time of std::chrono::system_clock and durations, both in whole "
                  "numbers of a common unit (ns, us, ms, s, min, h, days); convert to one of those");
    static_assert(obstacle != JsonObstacle::nested_optional,
                  "holdfast: Json cannot tell an empty std::optional from one whose value is null; take one of the "
                  "two away");
    static_assert(obstacle != JsonObstacle::map,
                  "holdfast: the names in a JSON object are text; use a map with std::string as its key, or a vector "
                  "of pairs");
    static_assert(obstacle != JsonObstacle::undescribed,
                  "holdfast: Json cannot code this type; describe it with BOOST_HANA_ADAPT_STRUCT, or specialize "
                  "holdfast::JsonCodec<T>");
    static_assert(obstacle != JsonObstacle::none || (std::default_initializable<T> && std::movable<T>),
                  "holdfast: Json reads into a default-constructed value; give this type a default constructor and a "
                  "move constructor and assignment");
    static_assert(!JsonForgets<T>,
                  "holdfast: this struct has members that its description does not name, and they would never be "
                  "stored; name them in BOOST_HANA_ADAPT_STRUCT, or say how many are no state: template <> inline "
                  "constexpr std::size_t holdfast::members_not_stored<T> = 1;");
};

}  // namespace holdfast::detail

#endif
