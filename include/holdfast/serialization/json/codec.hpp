#ifndef HOLDFAST_SERIALIZATION_JSON_CODEC_HPP
#define HOLDFAST_SERIALIZATION_JSON_CODEC_HPP

#include <concepts>
#include <type_traits>

namespace holdfast {

/// How a type is written as JSON and read back. A type of your own joins by one specialization:
/// ```
/// template <>
/// struct holdfast::JsonCodec<Version> {
///     static bool write(JsonWriter& out, Version const& value);  // one value
///     static bool read(JsonReader& in, Version& value);          // into a default-constructed or default member
/// };
/// ```
/// or, simpler, by `JsonAs`. It may also have
/// - `using parts = JsonParts<...>`: the types inside, which must be codable for this one to be;
/// - `static constexpr bool forgets`: the type has members that it does not write, which is refused;
/// - `static constexpr bool nullable = true`: it may write `null`, and so cannot stand in a `std::optional`;
/// - `static bool leftovers(JsonReader&, detail::JsonLeftovers&)`: it keeps unknown members, as structs and maps do.
///
/// *Laws*: read(write(x)) == x; equal values give equal text; what cannot be written is refused, not changed.
template <class T>
struct JsonCodec;

/// The short form of a `JsonCodec`: a type that is written as another one, which `Json` can code.
/// ```
/// template <>
/// struct holdfast::JsonAs<Version> {
///     static std::string to(Version const& value);
///     static Result<Version> from(std::string text);  // or `static Version from(std::string)`, if all text will do
/// };
/// ```
/// The text of an error of `from` is shown to the user with the path; it must not quote the value.
template <class T>
struct JsonAs;

/// A list of types.
template <class... T>
struct JsonParts {};

namespace detail {

template <class T>
concept HasJsonCodec = requires { sizeof(JsonCodec<T>); };

template <class T>
concept HasJsonAs = requires(T const& value) { JsonAs<T>::to(value); };

/// Has members that would not be written.
template <class T>
concept JsonForgets = requires { requires JsonCodec<T>::forgets; };

template <class T>
concept JsonNullable = requires { requires JsonCodec<T>::nullable; };

// The type that is in the way, or void.
template <class T, class... Seen>
consteval auto json_obstacle();

template <class... Seen>
consteval auto json_obstacle_among(JsonParts<>, JsonParts<Seen...>) {
    return std::type_identity<void>();
}
template <class First, class... Rest, class... Seen>
consteval auto json_obstacle_among(JsonParts<First, Rest...>, JsonParts<Seen...> seen) {
    using Found = decltype(json_obstacle<First, Seen...>());
    if constexpr (std::is_void_v<typename Found::type>) return json_obstacle_among(JsonParts<Rest...>(), seen);
    else return Found();
}

template <class T, class... Seen>
consteval auto json_obstacle() {
    if constexpr ((std::same_as<T, Seen> || ...)) return std::type_identity<void>();
    else if constexpr (!HasJsonCodec<T>) return std::type_identity<T>();
    else if constexpr (!std::default_initializable<T> || !std::movable<T>) return std::type_identity<T>();
    else if constexpr (requires { typename JsonCodec<T>::parts; }) {
        using Found = decltype(json_obstacle_among(typename JsonCodec<T>::parts(), JsonParts<T, Seen...>()));
        if constexpr (std::is_void_v<typename Found::type> && JsonForgets<T>) return std::type_identity<T>();
        else return Found();
    } else {
        return std::type_identity<void>();
    }
}

}  // namespace detail

/// A type that `Json` can write and read, with everything inside it.
template <class T>
concept JsonCodable = std::is_void_v<typename decltype(detail::json_obstacle<T>())::type>;

}  // namespace holdfast

#endif
