#ifndef HOLDFAST_SERIALIZATION_JSON_NAMES_HPP
#define HOLDFAST_SERIALIZATION_JSON_NAMES_HPP

#include <holdfast/serialization/json/codec.hpp>

#include <cstddef>
#include <iterator>
#include <string_view>

namespace holdfast {

/// The names of an enumeration's values, or of a `std::variant`'s alternatives, in JSON. Describe them once:
/// ```
/// template <>
/// struct holdfast::JsonNames<Colour> {
///     static constexpr std::pair<Colour, std::string_view> names[] = {{Colour::red, "red"}, {Colour::blue, "blue"}};
/// };
/// template <>
/// struct holdfast::JsonNames<std::variant<Circle, std::vector<Point>>> {
///     static constexpr std::string_view names[] = {"circle", "polygon"};
/// };
/// ```
/// A value may have several names: the first is written, all are read.
template <class T>
struct JsonNames;

namespace detail {

template <class T>
concept HasJsonNames = requires { std::size(JsonNames<T>::names); };

/// Whether no two are equal and none is empty. `name_of` takes an element apart.
template <class Names, class NameOf>
consteval bool distinct_json_names(Names const& names, NameOf name_of) {
    for (std::size_t i = 0; i < std::size(names); ++i) {
        if (name_of(names[i]).empty()) return false;
        for (std::size_t j = 0; j < i; ++j)
            if (name_of(names[i]) == name_of(names[j])) return false;
    }
    return true;
}

}  // namespace detail

}  // namespace holdfast

#endif
