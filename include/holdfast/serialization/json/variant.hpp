#ifndef HOLDFAST_SERIALIZATION_JSON_VARIANT_HPP
#define HOLDFAST_SERIALIZATION_JSON_VARIANT_HPP

#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/names.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/scalars.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>

namespace holdfast {

namespace detail {

/// The name of a class or enumeration without its namespaces; empty if it is not an identifier, as that of a template.
template <class T>
consteval std::string_view json_class_name() {
    std::string_view text = __PRETTY_FUNCTION__;  // "… [with T = a::B; …]" and "… [T = a::B]"
    text.remove_prefix(text.find("T = ") + 4);
    text = text.substr(0, text.find_first_of(";]"));
    if (text.find_first_of("<>()[] *&") < text.rfind("::") && text.find('<') != text.npos) return {};
    if (std::size_t const colons = text.rfind("::"); colons != text.npos) text.remove_prefix(colons + 2);
    return text.find_first_of("<>() *&") == text.npos ? text : std::string_view();
}

template <class T>
consteval std::string_view json_alternative_name() {
    if constexpr (std::same_as<T, std::monostate>) return "none";
    else if constexpr (std::same_as<T, bool>) return "bool";
    else if constexpr (std::same_as<T, std::string>) return "string";
    else if constexpr (JsonInteger<T>) return "integer";
    else if constexpr (JsonFloat<T>) return "number";
    else return json_class_name<T>();
}

template <class Variant, class... T>
consteval std::array<std::string_view, sizeof...(T)> json_alternatives() {
    if constexpr (HasJsonNames<Variant>) {
        static_assert(std::size(JsonNames<Variant>::names) == sizeof...(T),
                      "holdfast: the JsonNames<T> of a variant must name each alternative once");
        return [&]<std::size_t... N>(std::index_sequence<N...>) {
            return std::array<std::string_view, sizeof...(T)>{JsonNames<Variant>::names[N]...};
        }(std::index_sequence_for<T...>());
    } else {
        return {json_alternative_name<T>()...};
    }
}

}  // namespace detail

/// An object with one member, whose name says which alternative it is: `{"Circle":{"radius":2}}`. That name is the
/// one in `JsonNames<std::variant<…>>`; without it a class's own name, so that renaming the class changes the
/// format, or "none", "bool", "integer", "number", "string". Names must differ.
template <class... T>
    requires(!detail::HasJsonAs<std::variant<T...>>)
struct JsonCodec<std::variant<T...>> {
    using Variant = std::variant<T...>;
    using parts = JsonParts<T...>;

    static constexpr std::array<std::string_view, sizeof...(T)> names = detail::json_alternatives<Variant, T...>();
    static_assert(detail::distinct_json_names(names, [](std::string_view name) { return name; }),
                  "holdfast: Json finds an alternative of a variant by its name; give each one of its own by "
                  "specializing holdfast::JsonNames<T> for the variant");

    static bool write(JsonWriter& out, Variant const& value) {
        if (value.valueless_by_exception()) return out.refuse("a variant without a value");
        std::string_view const name = names[value.index()];
        if (auto const* const mine = out.take_leftovers()) out.give_leftovers(mine->find(name));
        return out.object([&] {
            return out.key(name) &&
                   (std::visit([&](auto const& held) { return write_held(out, held); }, value) || out.inside(name));
        });
    }
    static bool read(JsonReader& in, Variant& value) {
        std::size_t count = 0;
        return in.members([&](std::string_view name, JsonReader& member) {
            if (count++ != 0) return in.fail("expected an object with one member, found more");
            return read_named(in, name, member, value, std::index_sequence_for<T...>());
        }) && (count == 1 || in.fail("expected an object with one member, found an empty one"));
    }
    static bool leftovers(JsonReader& in, detail::JsonLeftovers& out) {
        if (in.kind() != JsonKind::object) return in.skip();
        return in.object([&](std::string_view name, JsonReader& member) {
            return leftovers_named(name, member, out, std::index_sequence_for<T...>());
        });
    }

private:
    template <class Held>
    static bool write_held(JsonWriter& out, Held const& held) {
        return JsonCodec<Held>::write(out, held);
    }

    template <std::size_t... N>
    static bool read_named(JsonReader& in, std::string_view name, JsonReader& member, Variant& value,
                           std::index_sequence<N...>) {
        bool ok = false;
        bool const known =
            ((name == names[N] &&
              (ok = (member.read(value.template emplace<N>()) && member.finish()) || in.inside(names[N]), true)) ||
             ...);
        return known ? ok : in.fail("expected the name of an alternative, found one that this program does not know");
    }
    template <std::size_t... N>
    static bool leftovers_named(std::string_view name, JsonReader& member, detail::JsonLeftovers& out,
                                std::index_sequence<N...>) {
        bool ok = true;
        (void)((name == names[N] && (ok = leftovers_of<T>(member, names[N], out), true)) || ...);
        return ok && member.finish();
    }
    template <class Held>
    static bool leftovers_of(JsonReader& member, std::string_view name, detail::JsonLeftovers& out) {
        if constexpr (requires { JsonCodec<Held>::leftovers(member, out); }) {
            detail::JsonLeftovers part;
            if (!JsonCodec<Held>::leftovers(member, part)) return false;
            out.add(name, std::move(part));
            return true;
        } else {
            return member.pass();
        }
    }
};

}  // namespace holdfast

#endif
