#ifndef HOLDFAST_SERIALIZATION_JSON_READER_HPP
#define HOLDFAST_SERIALIZATION_JSON_READER_HPP

#include <holdfast/serialization/json/input.hpp>
#include <holdfast/serialization/json/kind.hpp>
#include <holdfast/serialization/json/limits.hpp>
#include <holdfast/serialization/json/number.hpp>
#include <holdfast/serialization/json/unescape.hpp>

#include <simdjson.h>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace holdfast {

template <class T>
struct JsonCodec;

namespace detail {

/// Where `JsonReader::copy` writes when the value is only to be checked.
struct NoJsonWriter {
    bool object(auto&& body) { return body(); }
    bool array(auto&& body) { return body(); }
    bool key(std::string_view) { return true; }
    bool comma() { return true; }
    bool raw(std::string_view) { return true; }
    bool boolean(bool) { return true; }
    bool null() { return true; }
};

}  // namespace detail

/// One value of a payload that is being read: what a `JsonCodec` reads from. It is read once, or not at all, in which
/// case it is still checked.
///
/// Every function answers whether it could; after a false one return false, and the decoding is an `Error`.
/// Nothing is taken on trust: whatever is skipped is checked as whatever is read.
/// ```
/// return in.object([&](std::string_view name, JsonReader& member) {
///     return name == "x" ? member.read(point.x) : name == "y" ? member.read(point.y) : member.skip();
/// });
/// ```
class JsonReader {
public:
    /// The whole of a payload.
    explicit JsonReader(detail::JsonInput& in, std::string_view token) noexcept : in_(in), root_(true) { at(token); }

    /// What stands here, by its first character.
    JsonKind kind() const noexcept {
        switch (front()) {
            case '{': return JsonKind::object;
            case '[': return JsonKind::array;
            case '"': return JsonKind::string;
            case 't':
            case 'f': return JsonKind::boolean;
            case 'n': return JsonKind::null;
            default: return JsonKind::number;
        }
    }

    bool null() { return is("null") ? done() : refuse("null"); }
    bool boolean(bool& value) {
        value = front() == 't';
        return is(value ? "true" : "false") ? done() : refuse("true or false");
    }
    /// A whole number within the limits of `T`, without fraction and exponent.
    template <std::integral T>
    bool number(T& value) {
        bool const signs = front() == '-';
        char const* const begin = token_.data();
        char const* const end = begin + token_.size();
        auto const [stop, error] = std::from_chars(begin, end, value);
        bool const zeros = begin + signs + 1 < stop && begin[signs] == '0';
        if (error == std::errc{} && !zeros && blank(stop)) return done();
        return outside<T>();
    }
    /// The nearest value of `T`. Refuses what would be infinite.
    template <std::floating_point T>
    bool number(T& value) {
        std::string_view text;
        if (!number_text(text)) return false;
        return detail::parse_json_number(text, value) ||
               refuse(sizeof(T) == sizeof(float) ? "a number within the range of float"
                                                 : "a number within the range of double");
    }
    /// A number as it is written. Valid while the payload is.
    bool number_text(std::string_view& text) {
        std::size_t const size = detail::json_number_size(token_);
        if (size == 0 || !blank(token_.data() + size)) return refuse("a number");
        text = token_.substr(0, size);
        return done();
    }
    /// A string, which is UTF-8.
    bool string(std::string& value) {
        char const* const begin = token_.data() + 1;
        if (front() != '"') return refuse("a string");
        char const* stop = detail::find_json_quote(begin);
        value.assign(begin, stop);
        if (*stop == '\\') stop = detail::unescape_json(stop, value);
        return closed(stop);
    }
    /// As `JsonCodec<T>` reads it.
    template <class T>
    bool read(T& value) {
        return JsonCodec<T>::read(*this, value);
    }

    /// An object: `each(std::string_view name, JsonReader& member) -> bool`. Refuses two equal names.
    template <class Each>
    bool object(Each&& each) {
        std::size_t index = 0;
        detail::JsonNameList names(in_);
        return members([&](std::string_view name, JsonReader& member) {
                   names.add(name);
                   return (each(name, member) && member.finish()) ? (++index, true) : inside_member(index);
               }) &&
               (names.unique() || fail("two members have the same name"));
    }
    /// As `object`, for a caller who watches over equal names, and over the path of a fault.
    template <class Each>
    bool members(Each&& each) {
        if (front() != '{') return refuse("an object");
        if (!enter()) return false;
        simdjson::ondemand::object object;
        if (auto const error = (root_ ? in_.document.get_object() : value_.get_object()).get(object))
            return broken(error);
        for (auto next : object) {
            simdjson::ondemand::field field;
            if (auto const error = std::move(next).get(field)) return broken(error);
            std::string_view name;
            if (!unescape(field.key().raw(), name)) return false;
            JsonReader member(in_, field.value());
            if (!each(name, member)) return false;
        }
        return leave();
    }
    /// An array: `each(std::size_t index, JsonReader& element) -> bool`.
    template <class Each>
    bool array(Each&& each) {
        if (front() != '[') return refuse("an array");
        if (!enter()) return false;
        simdjson::ondemand::array array;
        if (auto const error = (root_ ? in_.document.get_array() : value_.get_array()).get(array)) return broken(error);
        std::size_t index = 0;
        for (auto next : array) {
            simdjson::ondemand::value value;
            if (auto const error = std::move(next).get(value)) return broken(error);
            JsonReader element(in_, value);
            if (!each(index, element) || !element.finish()) return inside_element(index);
            ++index;
        }
        return leave();
    }

    /// Checks the value, and copies it to `out` without spaces.
    template <class Writer>
    bool copy(Writer& out);
    /// Checks the value.
    bool skip();
    /// Checks the value unless it was read.
    bool finish() { return done_ || skip(); }

    /// Of the whole payload: whether nothing follows.
    bool ends() {
        char const* rest = nullptr;
        bool const scalar = kind() != JsonKind::object && kind() != JsonKind::array;
        bool const end = scalar ? token_.data() + token_.size() == in_.end
                                : in_.document.current_location().get(rest) != simdjson::SUCCESS || rest >= in_.end;
        return end || fail("something follows the value");
    }

    /// Gives up: `expected` should have been here. Text of the program's, never of the payload's.
    [[gnu::cold, gnu::noinline]] bool refuse(std::string_view expected) {
        return fail(std::string("expected ").append(expected).append(", found ").append(found()));
    }
    /// Gives up with a sentence of the program's own.
    [[gnu::cold, gnu::noinline]] bool fail(std::string_view why, Errc code = Errc::malformed) {
        std::string message(why);
        message.append(" (byte ").append(std::to_string(token_.data() - in_.begin)).append(")");
        return in_.fault.set(code, std::move(message));
    }
    /// Adds a step to the path of the fault, on the way out. False.
    bool inside(std::string_view member) { return in_.fault.inside(member); }
    bool inside_element(std::size_t index) { return in_.fault.inside_element(index); }
    bool inside_member(std::size_t index) { return in_.fault.inside_member(index); }

    detail::JsonInput& input() noexcept { return in_; }

private:
    JsonReader(detail::JsonInput& in, simdjson::ondemand::value value) noexcept : in_(in), value_(value) {
        at(value_.raw_json_token());
    }

    // From the first character to the next token, spaces included. On demand may look behind the end of broken JSON.
    void at(std::string_view token) noexcept {
        bool const within = token.data() < in_.end && token.size() <= static_cast<std::size_t>(in_.end - token.data());
        token_ = within ? token : std::string_view(in_.end, 0);
    }
    char front() const noexcept { return token_.empty() ? '\0' : token_.front(); }
    bool done() noexcept { return done_ = true; }

    bool blank(char const* from) const noexcept {
        char const* const end = token_.data() + token_.size();
        while (from < end && (*from == ' ' || *from == '\n' || *from == '\r' || *from == '\t')) ++from;
        return from == end;
    }
    bool is(std::string_view literal) const noexcept {
        return token_.substr(0, literal.size()) == literal && blank(token_.data() + literal.size());
    }
    // On demand takes a string before a colon for a name, even in an array, and loses count.
    bool closed(char const* quote) {
        if (quote == nullptr) return fail("a string has an escape that JSON does not have");
        char const* const end = token_.data() + token_.size();
        return blank(quote + 1) && (end == in_.end || *end != ':') ? done() : refuse("nothing more after a string");
    }
    bool unescape(char const* begin, std::string_view& name) {
        char const* stop = detail::find_json_quote(begin);
        name = {begin, static_cast<std::size_t>(stop - begin)};
        return *stop == '"' || unescape_slowly(begin, name);
    }
    [[gnu::cold, gnu::noinline]] bool unescape_slowly(char const* begin, std::string_view& name) {
        std::string& text = in_.unescaped.emplace_front();
        if (detail::unescape_json(begin, text) == nullptr) return fail("a name has an escape that JSON does not have");
        name = text;
        return true;
    }

    template <class T>
    [[gnu::cold, gnu::noinline]] bool outside() {
        return refuse("a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                      std::to_string(std::numeric_limits<T>::max()));
    }
    bool enter() {
        if (++in_.depth > max_json_depth) return fail("arrays and objects are nested too deeply");
        return done();
    }
    bool leave() noexcept { return --in_.depth, true; }
    [[gnu::cold, gnu::noinline]] bool broken(simdjson::error_code error) {
        return fail(std::string("this is not JSON: ").append(simdjson::error_message(error)));
    }
    std::string_view found() const noexcept {
        bool const literal = is("null") || is("true") || is("false");
        switch (kind()) {
            case JsonKind::object: return "an object";
            case JsonKind::array: return "an array";
            case JsonKind::string: return "a string";
            case JsonKind::boolean: return literal ? "a boolean" : "what is not JSON";
            case JsonKind::null: return literal ? "null" : "what is not JSON";
            case JsonKind::number: break;
        }
        std::size_t const size = detail::json_number_size(token_);
        return size != 0 && blank(token_.data() + size) ? "a number" : "what is not JSON";
    }

    detail::JsonInput& in_;
    simdjson::ondemand::value value_;
    std::string_view token_;
    bool root_ = false;
    bool done_ = false;
};

template <class Writer>
bool JsonReader::copy(Writer& out) {
    switch (kind()) {
        case JsonKind::object:
            return out.object([&] {
                return object(
                    [&](std::string_view name, JsonReader& member) { return out.key(name) && member.copy(out); });
            });
        case JsonKind::array:
            return out.array([&] {
                return array([&](std::size_t, JsonReader& element) { return out.comma() && element.copy(out); });
            });
        case JsonKind::string: {
            std::string_view const token = token_;
            std::string text;
            return string(text) && out.raw(token.substr(0, token.find_last_of('"') + 1));
        }
        case JsonKind::boolean: {
            bool value = false;
            return boolean(value) && out.boolean(value);
        }
        case JsonKind::null: return null() && out.null();
        case JsonKind::number: break;
    }
    std::string_view text;
    return number_text(text) && out.raw(text);
}

inline bool JsonReader::skip() {
    detail::NoJsonWriter nowhere;
    return copy(nowhere);
}

}  // namespace holdfast

#endif
