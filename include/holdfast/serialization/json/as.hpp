#ifndef HOLDFAST_SERIALIZATION_JSON_AS_HPP
#define HOLDFAST_SERIALIZATION_JSON_AS_HPP

#include <holdfast/core/result.hpp>
#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <string>
#include <type_traits>
#include <utility>

namespace holdfast {

/// What `JsonAs` describes.
template <detail::HasJsonAs T>
struct JsonCodec<T> {
    using Other = std::remove_cvref_t<decltype(JsonAs<T>::to(std::declval<T const&>()))>;
    using parts = JsonParts<Other>;
    static constexpr bool nullable = detail::JsonNullable<Other>;

    static bool write(JsonWriter& out, T const& value) { return JsonCodec<Other>::write(out, JsonAs<T>::to(value)); }
    static bool read(JsonReader& in, T& value) {
        Other other{};
        if (!JsonCodec<Other>::read(in, other)) return false;
        auto converted = JsonAs<T>::from(std::move(other));
        if constexpr (detail::is_result<decltype(converted)>) {
            if (!converted) return in.fail(converted.error().message(), converted.error().code());
            value = *std::move(converted);
        } else {
            value = std::move(converted);
        }
        return true;
    }
    static bool leftovers(JsonReader& in, detail::JsonLeftovers& out)
        requires requires { JsonCodec<Other>::leftovers(in, out); }
    {
        return JsonCodec<Other>::leftovers(in, out);
    }
};

}  // namespace holdfast

#endif
