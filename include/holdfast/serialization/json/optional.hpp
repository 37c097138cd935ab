#ifndef HOLDFAST_SERIALIZATION_JSON_OPTIONAL_HPP
#define HOLDFAST_SERIALIZATION_JSON_OPTIONAL_HPP

#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <optional>

namespace holdfast {

/// The value or `null`. As a member of a struct an empty one is left out, and a missing one is empty.
/// What may itself be `null` cannot stand inside: the two could not be told apart.
template <class T>
    requires(!detail::JsonNullable<T>)
struct JsonCodec<std::optional<T>> {
    using parts = JsonParts<T>;
    static constexpr bool nullable = true;

    static bool write(JsonWriter& out, std::optional<T> const& value) {
        return value ? JsonCodec<T>::write(out, *value) : out.null();
    }
    static bool read(JsonReader& in, std::optional<T>& value) {
        if (in.kind() == JsonKind::null) return value.reset(), in.null();
        return JsonCodec<T>::read(in, value.emplace());
    }
    static bool leftovers(JsonReader& in, detail::JsonLeftovers& out)
        requires requires { JsonCodec<T>::leftovers(in, out); }
    {
        return in.kind() == JsonKind::null ? in.null() : JsonCodec<T>::leftovers(in, out);
    }
};

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

}  // namespace detail

}  // namespace holdfast

#endif
