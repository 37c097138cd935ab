#ifndef HOLDFAST_SERIALIZATION_JSON_SCALARS_HPP
#define HOLDFAST_SERIALIZATION_JSON_SCALARS_HPP

#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <concepts>
#include <string>
#include <variant>

namespace holdfast {

namespace detail {

template <class T, class... U>
concept OneOfTypes = (std::same_as<T, U> || ...);

/// Not the character types: whether those are text or numbers is not ours to guess.
template <class T>
concept JsonInteger = OneOfTypes<T, signed char, unsigned char, short, unsigned short, int, unsigned, long,
                                 unsigned long, long long, unsigned long long>;
template <class T>
concept JsonFloat = OneOfTypes<T, float, double>;

}  // namespace detail

template <>
struct JsonCodec<bool> {
    static bool write(JsonWriter& out, bool value) { return out.boolean(value); }
    static bool read(JsonReader& in, bool& value) { return in.boolean(value); }
};

/// Numbers. Whole ones are checked against the limits of their type.
template <class T>
    requires detail::JsonInteger<T> || detail::JsonFloat<T>
struct JsonCodec<T> {
    static bool write(JsonWriter& out, T value) { return out.number(value); }
    static bool read(JsonReader& in, T& value) { return in.number(value); }
};

/// UTF-8 text, checked in both directions. For bytes use `RawBytes`, or a `JsonAs` that writes them in Base64.
template <>
struct JsonCodec<std::string> {
    static bool write(JsonWriter& out, std::string const& value) { return out.string(value); }
    static bool read(JsonReader& in, std::string& value) { return in.string(value); }
};

/// `null`, and nothing else.
template <>
struct JsonCodec<std::monostate> {
    static constexpr bool nullable = true;
    static bool write(JsonWriter& out, std::monostate) { return out.null(); }
    static bool read(JsonReader& in, std::monostate&) { return in.null(); }
};

}  // namespace holdfast

#endif
