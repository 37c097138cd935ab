#ifndef HOLDFAST_SERIALIZATION_JSON_SET_HPP
#define HOLDFAST_SERIALIZATION_JSON_SET_HPP

#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/sequence.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

namespace holdfast {

namespace detail {

/// `std::set`, `std::unordered_set` and what is like them: an element is there once.
template <class T>
concept JsonSet = requires(T& t, typename T::key_type element) {
    requires std::same_as<typename T::key_type, typename T::value_type>;
    { t.insert(std::move(element)).second } -> std::convertible_to<bool>;
    t.clear();
} && !HasJsonAs<T>;

template <class T>
concept KeepsOrder = requires { typename T::key_compare; };

}  // namespace detail

/// An array, in the order of the set; of one without order, in that of `<`. An element that stands twice is refused.
template <detail::JsonSet T>
    requires detail::KeepsOrder<T> || std::totally_ordered<typename T::value_type>
struct JsonCodec<T> {
    using Element = typename T::value_type;
    using parts = JsonParts<Element>;

    static bool write(JsonWriter& out, T const& value) {
        if constexpr (detail::KeepsOrder<T>) {
            return detail::write_json_array(out, value);
        } else {
            std::vector<Element const*> order;
            for (Element const& element : value) order.push_back(&element);
            std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return *a < *b; });
            return out.array([&] {
                for (std::size_t i = 0; i < order.size(); ++i)
                    if (!out.element(*order[i])) return out.inside_element(i);
                return true;
            });
        }
    }
    static bool read(JsonReader& in, T& value) {
        value.clear();
        return in.array([&](std::size_t, JsonReader& reader) {
            Element element{};
            return reader.read(element) &&
                   (value.insert(std::move(element)).second || reader.fail("this element of a set stands here twice"));
        });
    }
};

}  // namespace holdfast

#endif
