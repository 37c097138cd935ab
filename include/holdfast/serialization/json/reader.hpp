#ifndef HOLDFAST_SERIALIZATION_JSON_READER_HPP
#define HOLDFAST_SERIALIZATION_JSON_READER_HPP

#include <holdfast/serialization/json/input.hpp>
#include <holdfast/serialization/json/kind.hpp>
#include <holdfast/serialization/json/limits.hpp>
#include <holdfast/serialization/json/number.hpp>
#include <holdfast/serialization/json/pass.hpp>
#include <holdfast/serialization/json/unescape.hpp>

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace holdfast {

template <class T>
struct JsonCodec;

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
    /// The value before which the input stands.
    explicit JsonReader(detail::JsonInput& in) noexcept : in_(in), token_(in.next) {}

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
        return (value ? is("true") : is("false")) ? done() : refuse("true or false");
    }
    /// A whole number within the limits of `T`, without fraction and exponent.
    template <std::integral T>
    bool number(T& value) {
        bool const negative = front() == '-';
        std::uint64_t digits = 0;
        char const* const first = begin() + negative;
        char const* const stop = detail::json_digits(first, end(), digits);
        auto const count = stop - first;
        if (count == 0 || (count > 1 && *first == '0') || !ends_at(stop)) return outside<T>();
        if (count > 19) return long_number(value);
        if (negative && !std::signed_integral<T>) return outside<T>();
        if (digits > static_cast<std::uint64_t>((std::numeric_limits<T>::max)()) + negative) return outside<T>();
        value = static_cast<T>(negative ? 0 - digits : digits);
        return done();
    }
    /// The nearest value of `T`. Refuses what would be infinite.
    template <std::floating_point T>
    bool number(T& value) {
        char const* const stop = detail::read_json_decimal(begin(), end(), value);
        return stop != nullptr && ends_at(stop) ? done() : any_number(value);
    }
    /// A number as it is written. Valid while the payload is.
    bool number_text(std::string_view& text) {
        text = token();
        text = text.substr(0, detail::json_number_size(text));
        return !text.empty() && ends_at(text.data() + text.size()) ? done() : refuse("a number");
    }
    /// A string, which is UTF-8.
    bool string(std::string& value) {
        if (front() != '"') return refuse("a string");
        char const* const first = begin() + 1;
        char const* const stop = detail::JsonScan::find_quote(first);
        value.assign(first, stop);
        return *stop == '"' || detail::unescape_json(stop, value) != nullptr ? done() : bad_escape();
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
        return members([] { return true; }, each);
    }
    /// As `members`, `expected() -> bool` having taken by `expect` what stands where it thought.
    template <class Expected, class Each>
    bool members(Expected&& expected, Each&& each) {
        if (front() != '{') return refuse("an object");
        if (!enter() || !expected()) return false;
        if (in_.next == token_ && in_.front(token_ + 1) == '}') ++in_.next;
        else {
            while (in_.front(in_.next) != '}') {
                if (in_.next != token_ && in_.front(in_.next) != ',') return broken("a comma or the end of an object");
                std::string_view name;
                ++in_.next;
                if (!member_name(name)) return false;
                JsonReader member(in_);
                if (!each(name, member) || !member.finish()) return false;
            }
        }
        return leave();
    }
    /// Whether a member follows that begins with `token`, its name in quotes and a colon. It is the next value then.
    template <std::size_t N>
    bool expect(std::array<char, N> const& token) noexcept {
        char const* const at = in_.begin + *in_.next;
        if (static_cast<std::size_t>(in_.end - at) <= N || std::memcmp(at + 1, token.data(), N) != 0 ||
            *at != (in_.next == token_ ? '{' : ','))
            return false;
        in_.next += 3;
        return true;
    }
    /// An array: `each(std::size_t index, JsonReader& element) -> bool`.
    template <class Each>
    bool array(Each&& each) {
        if (front() != '[') return refuse("an array");
        if (!enter()) return false;
        ++in_.next;
        for (std::size_t index = 0; in_.front(in_.next) != ']' || index != 0; ++index) {
            JsonReader element(in_);
            if (!each(index, element) || !element.finish()) return inside_element(index);
            if (in_.front(in_.next) == ']') break;
            if (in_.front(in_.next) != ',') return broken("a comma or the end of an array");
            ++in_.next;
        }
        return leave();
    }

    /// Checks the value, and copies it to `out` without spaces.
    template <class Writer>
    bool copy(Writer& out);
    /// Checks the value.
    bool skip();
    /// Steps over a value that is going to be replaced: checks it but for equal names in it, for a third of the price.
    bool pass();
    /// Checks the value unless it was read.
    bool finish() { return in_.next != token_ || skip(); }

    /// Of the whole payload: whether nothing follows.
    bool ends() { return in_.next == in_.stop || fail("something follows the value"); }

    /// Gives up: `expected` should have been here. Text of the program's, never of the payload's.
    [[gnu::cold, gnu::noinline]] bool refuse(std::string_view expected) {
        return fail(std::string("expected ").append(expected).append(", found ").append(found()));
    }
    /// Gives up with a sentence of the program's own.
    [[gnu::cold, gnu::noinline]] bool fail(std::string_view why, Errc code = Errc::malformed) {
        return fail_at(token_, why, code);
    }
    /// Adds a step to the path of the fault, on the way out. False.
    bool inside(std::string_view member) { return in_.fault.inside(member); }
    bool inside_element(std::size_t index) { return in_.fault.inside_element(index); }
    bool inside_member(std::size_t index) { return in_.fault.inside_member(index); }

    detail::JsonInput& input() noexcept { return in_; }

private:
    // From the first character to the next token, spaces included.
    char const* begin() const noexcept { return in_.begin + *token_; }
    char const* end() const noexcept { return in_.begin + token_[token_ != in_.stop]; }
    std::string_view token() const noexcept { return {begin(), static_cast<std::size_t>(end() - begin())}; }
    char front() const noexcept { return in_.front(token_); }

    bool ends_at(char const* stop) const noexcept { return detail::ends_json(stop, end()); }
    template <std::size_t N>
    bool is(char const (&literal)[N]) const noexcept {
        return detail::is_json_literal(literal, begin(), end());
    }

    // A value that was read already is not the next one.
    bool done() { return in_.next == token_ ? (++in_.next, true) : fail(read_twice, Errc::invalid_argument); }
    bool enter() {
        if (in_.next != token_) return fail(read_twice, Errc::invalid_argument);
        return ++in_.depth <= max_json_depth || fail("arrays and objects are nested too deeply");
    }
    bool leave() noexcept { return ++in_.next, --in_.depth, true; }

    bool member_name(std::string_view& name) {
        if (in_.front(in_.next) != '"') return broken("the name of a member");
        char const* const first = in_.begin + *in_.next + 1;
        char const* const stop = detail::JsonScan::find_quote(first);
        name = {first, static_cast<std::size_t>(stop - first)};
        if (*stop != '"' && !unescape_slowly(first, name)) return false;
        if (in_.front(++in_.next) != ':') return broken("a colon");
        return ++in_.next, true;
    }
    [[gnu::cold, gnu::noinline]] bool unescape_slowly(char const* begin, std::string_view& name) {
        std::string& text = *in_.unescaped.emplace_back(std::make_unique<std::string>());
        if (detail::unescape_json(begin, text) == nullptr) return fail("a name has an escape that JSON does not have");
        name = text;
        return true;
    }

    template <class T>
    [[gnu::noinline]] bool any_number(T& value) {
        std::string_view text;
        if (!number_text(text)) return false;
        return detail::parse_json_number(text, value) ||
               refuse(sizeof(T) == sizeof(float) ? "a number within the range of float"
                                                 : "a number within the range of double");
    }
    template <class T>
    [[gnu::cold, gnu::noinline]] bool long_number(T& value) {
        return std::from_chars(begin(), end(), value).ec == std::errc{} ? done() : outside<T>();
    }
    template <class T>
    [[gnu::cold, gnu::noinline]] bool outside() {
        return refuse("a whole number from " + std::to_string((std::numeric_limits<T>::min)()) + " to " +
                      std::to_string((std::numeric_limits<T>::max)()));
    }
    [[gnu::cold, gnu::noinline]] bool bad_escape() { return fail("a string has an escape that JSON does not have"); }
    [[gnu::cold, gnu::noinline]] bool broken(std::string_view expected) {
        return fail_at(in_.next, std::string("this is not JSON: expected ").append(expected), Errc::malformed);
    }
    [[gnu::cold, gnu::noinline]] bool fail_at(std::uint32_t const* token, std::string_view why, Errc code) {
        std::string message(why);
        message.append(" (byte ").append(std::to_string(*token)).append(")");
        return in_.fault.set(code, std::move(message));
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
        std::size_t const size = detail::json_number_size(token());
        return size != 0 && ends_at(begin() + size) ? "a number" : "what is not JSON";
    }

    static constexpr std::string_view read_twice = "a JsonCodec reads a value twice";

    detail::JsonInput& in_;
    std::uint32_t const* token_;
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
            std::string_view const text = token();
            return skip() && out.raw(text.substr(0, text.find_last_of('"') + 1));
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
    switch (kind()) {
        case JsonKind::object: return object([](std::string_view, JsonReader& member) { return member.skip(); });
        case JsonKind::array: return array([](std::size_t, JsonReader& element) { return element.skip(); });
        case JsonKind::string: return detail::good_json_string(begin() + 1) ? done() : bad_escape();
        case JsonKind::null: return null();
        case JsonKind::boolean: {
            bool value = false;
            return boolean(value);
        }
        case JsonKind::number: break;
    }
    std::string_view text;
    return number_text(text);
}

inline bool JsonReader::pass() {
    auto const* const behind = in_.next == token_ ? detail::pass_json(in_) : nullptr;
    if (behind == nullptr) return skip();  // which says why not
    in_.next = behind;
    return true;
}

}  // namespace holdfast

#endif
