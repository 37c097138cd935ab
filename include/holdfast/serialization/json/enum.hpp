#ifndef HOLDFAST_SERIALIZATION_JSON_ENUM_HPP
#define HOLDFAST_SERIALIZATION_JSON_ENUM_HPP

#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/names.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <string>
#include <type_traits>

namespace holdfast {

/// A string, the value's name in `JsonNames`. A value or a name that is not there is refused.
template <class T>
    requires std::is_enum_v<T> && detail::HasJsonNames<T> && (!detail::HasJsonAs<T>)
struct JsonCodec<T> {
    static_assert(detail::distinct_json_names(JsonNames<T>::names, [](auto const& entry) { return entry.second; }),
                  "holdfast: the names in a JsonNames<T> must differ, and none may be empty");

    static bool write(JsonWriter& out, T value) {
        for (auto const& [known, name] : JsonNames<T>::names)
            if (known == value) return out.string(name);
        return out.refuse("a value of an enumeration that has no name in its holdfast::JsonNames");
    }
    static bool read(JsonReader& in, T& value) {
        std::string text;
        if (!in.string(text)) return false;
        for (auto const& [known, name] : JsonNames<T>::names)
            if (name == text) return value = known, true;
        return in.fail("expected a name of an enumeration, found one that this program does not know");
    }
};

}  // namespace holdfast

#endif
