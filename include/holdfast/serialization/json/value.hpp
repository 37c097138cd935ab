#ifndef HOLDFAST_SERIALIZATION_JSON_VALUE_HPP
#define HOLDFAST_SERIALIZATION_JSON_VALUE_HPP

#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/kind.hpp>
#include <holdfast/serialization/json/number.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/scalars.hpp>
#include <holdfast/serialization/json/sequence.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace holdfast {

/// A number as its text, so that none is too large or too exact.
struct JsonNumber {
    std::string text;

    /// The value, if `T` can hold it: exactly for whole numbers, nearest for others.
    template <class T>
        requires detail::JsonInteger<T> || detail::JsonFloat<T>
    std::optional<T> as() const {
        T value{};
        if (detail::json_number_size(text) != text.size() || text.empty()) return std::nullopt;
        if constexpr (std::integral<T>) {
            char const* const end = text.data() + text.size();
            auto const [stop, error] = std::from_chars(text.data(), end, value);
            return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
        } else {
            return detail::parse_json_number(text, value) ? std::optional(value) : std::nullopt;
        }
    }

    friend bool operator==(JsonNumber const&, JsonNumber const&) = default;
};

/// Any JSON: for parts of a state that a program carries without knowing them. Members keep their order and numbers
/// their text, so that nothing is lost between reading and writing.
class JsonValue {
public:
    using Member = std::pair<std::string, JsonValue>;
    using Array = std::vector<JsonValue>;
    using Object = std::vector<Member>;

    JsonValue() noexcept = default;
    JsonValue(std::nullptr_t) noexcept {}
    JsonValue(std::same_as<bool> auto value) : held_(value) {}
    /// NaN and infinities make a number that cannot be written.
    template <class T>
        requires detail::JsonInteger<T> || detail::JsonFloat<T>
    JsonValue(T value) {
        char text[32];
        held_ = JsonNumber{std::string(text, std::to_chars(text, text + sizeof text, value).ptr)};
    }
    JsonValue(JsonNumber value) : held_(std::move(value)) {}
    JsonValue(std::string value) : held_(std::move(value)) {}
    JsonValue(char const* value) : held_(std::string(value)) {}
    JsonValue(Array value) : held_(std::move(value)) {}
    JsonValue(Object value) : held_(std::move(value)) {}

    JsonKind kind() const noexcept { return static_cast<JsonKind>(held_.index()); }

    /// What is held, if it is of that kind, and else null: `bool`, `JsonNumber`, `std::string`, `Array` or `Object`.
    template <class T>
    T* get_if() noexcept {
        return std::get_if<T>(&held_);
    }
    template <class T>
    T const* get_if() const noexcept {
        return std::get_if<T>(&held_);
    }
    /// The member of that name, if this is an object that has it, and else null. Linear.
    JsonValue const* find(std::string_view name) const noexcept;
    JsonValue* find(std::string_view name) noexcept { return const_cast<JsonValue*>(std::as_const(*this).find(name)); }

    /// Members count as equal in the same order only, numbers with the same text only.
    friend bool operator==(JsonValue const& a, JsonValue const& b) { return a.held_ == b.held_; }

private:
    std::variant<std::monostate, bool, JsonNumber, std::string, Array, Object> held_;
};

inline JsonValue const* JsonValue::find(std::string_view name) const noexcept {
    if (auto const* const members = get_if<Object>()) {
        for (auto const& [known, value] : *members)
            if (known == name) return &value;
    }
    return nullptr;
}

/// The number's own text.
template <>
struct JsonCodec<JsonNumber> {
    static bool write(JsonWriter& out, JsonNumber const& value) {
        bool const good = !value.text.empty() && detail::json_number_size(value.text) == value.text.size();
        return good ? out.raw(value.text) : out.refuse("a JsonNumber whose text is no number");
    }
    static bool read(JsonReader& in, JsonNumber& value) {
        std::string_view text;
        return in.number_text(text) && (value.text = text, true);
    }
};

/// Itself.
template <>
struct JsonCodec<JsonValue> {
    static constexpr bool nullable = true;

    static bool write(JsonWriter& out, JsonValue const& value) {
        if (auto const* const held = value.get_if<bool>()) return out.boolean(*held);
        if (auto const* const held = value.get_if<JsonNumber>()) return JsonCodec<JsonNumber>::write(out, *held);
        if (auto const* const held = value.get_if<std::string>()) return out.string(*held);
        if (auto const* const held = value.get_if<JsonValue::Array>()) return detail::write_json_array(out, *held);
        if (auto const* const held = value.get_if<JsonValue::Object>()) return write_object(out, *held);
        return out.null();
    }
    static bool read(JsonReader& in, JsonValue& value) {
        switch (in.kind()) {
            case JsonKind::null: return value = nullptr, in.null();
            case JsonKind::boolean: return read_as<bool>(in, value);
            case JsonKind::number: return read_as<JsonNumber>(in, value);
            case JsonKind::string: return read_as<std::string>(in, value);
            case JsonKind::array: return read_as<JsonValue::Array>(in, value);
            case JsonKind::object: break;
        }
        JsonValue::Object members;
        bool const ok = in.object([&](std::string_view name, JsonReader& member) {
            return member.read(members.emplace_back(std::string(name), JsonValue()).second);
        });
        value = std::move(members);
        return ok;
    }

private:
    template <class T>
    static bool read_as(JsonReader& in, JsonValue& value) {
        T held{};
        return JsonCodec<T>::read(in, held) && (value = std::move(held), true);
    }
    static bool write_object(JsonWriter& out, JsonValue::Object const& members) {
        std::vector<std::string_view> names;
        for (auto const& member : members) names.push_back(member.first);
        std::sort(names.begin(), names.end());
        if (std::adjacent_find(names.begin(), names.end()) != names.end())
            return out.refuse("an object with two members of the same name");
        return out.object([&] {
            for (std::size_t i = 0; i < members.size(); ++i)
                if (!out.key(members[i].first) || !write(out, members[i].second)) return out.inside_member(i);
            return true;
        });
    }
};

}  // namespace holdfast

#endif
