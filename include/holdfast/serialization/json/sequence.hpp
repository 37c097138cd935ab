#ifndef HOLDFAST_SERIALIZATION_JSON_SEQUENCE_HPP
#define HOLDFAST_SERIALIZATION_JSON_SEQUENCE_HPP

#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

namespace holdfast {

namespace detail {

/// Writes a range as an array.
template <class Range>
bool write_json_array(JsonWriter& out, Range const& range) {
    return out.array([&] {
        std::size_t index = 0;
        for (typename Range::value_type const& element : range) {
            if (!out.element(element)) return out.inside_element(index);
            ++index;
        }
        return true;
    });
}

/// `std::vector`, `std::deque`, `std::list` and what is like them.
template <class T>
concept JsonSequence = requires(T& t, typename T::value_type element) {
    t.clear();
    t.push_back(std::move(element));
    t.begin();
    t.end();
} && !requires { typename T::traits_type; } && !HasJsonAs<T>;

}  // namespace detail

/// An array.
template <detail::JsonSequence T>
struct JsonCodec<T> {
    using Element = typename T::value_type;
    using parts = JsonParts<Element>;

    static bool write(JsonWriter& out, T const& value) { return detail::write_json_array(out, value); }
    static bool read(JsonReader& in, T& value) {
        value.clear();
        return in.array([&](std::size_t, JsonReader& element) {
            if constexpr (std::same_as<decltype(value.emplace_back()), Element&>) {
                return JsonCodec<Element>::read(element, value.emplace_back());
            } else {
                Element one{};
                return JsonCodec<Element>::read(element, one) && (value.push_back(std::move(one)), true);
            }
        });
    }
};

}  // namespace holdfast

#endif
