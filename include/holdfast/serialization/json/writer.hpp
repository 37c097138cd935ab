#ifndef HOLDFAST_SERIALIZATION_JSON_WRITER_HPP
#define HOLDFAST_SERIALIZATION_JSON_WRITER_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/format/json_escapes.hpp>
#include <holdfast/serialization/json/fault.hpp>
#include <holdfast/serialization/json/leftovers.hpp>
#include <holdfast/serialization/json/limits.hpp>
#include <holdfast/serialization/json/scan.hpp>
#include <holdfast/serialization/json/simdjson.hpp>

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

template <class T>
struct JsonCodec;

/// Appends JSON to a `Buffer`: one line, no spaces. What a `JsonCodec` writes with.
///
/// Every function answers whether it could; after a false one nothing more is written, and the encoding is an
/// `Error`. Not shared between threads.
/// ```
/// return out.object([&] { return out.member("x", point.x) && out.member("y", point.y); });
/// ```
class JsonWriter {
public:
    explicit JsonWriter(Buffer& out) noexcept : out_(out), at_(out.data() + out.size()), limit_(at_) {}
    JsonWriter(JsonWriter const&) = delete;
    JsonWriter& operator=(JsonWriter const&) = delete;
    ~JsonWriter() { out_.truncate(size()); }

    bool null() { return raw("null"); }
    bool boolean(bool value) { return value ? raw("true") : raw("false"); }
    template <std::integral T>
    bool number(T value) {
        return digits(value);
    }
    /// The shortest text that reads back as the same value. Refuses NaN and infinities: JSON has none.
    template <std::floating_point T>
    bool number(T value) {
        constexpr T most = (std::numeric_limits<T>::max)();
        return -most <= value && value <= most ? digits(value) : refuse("NaN or an infinity, which JSON does not have");
    }
    /// Refuses text that is not UTF-8.
    bool string(std::string_view text) {
        std::uint64_t high = 0;
        std::size_t n = text.size();
        char const* from = text.data();
        reserve(n + 2);
        *at_++ = '"';
        for (;;) {
            std::size_t const plain = copy_json_text(from, n, high);
            from += plain;
            n -= plain;
            if (n == 0) break;
            escape(*from++, --n);
        }
        *at_++ = '"';
        if (high != 0 && !detail::Simdjson::is_utf8(text)) return refuse("text that is not UTF-8");
        return true;
    }
    /// JSON text as it is.
    bool raw(std::string_view json) {
        reserve(json.size());
        if (!json.empty()) std::memcpy(at_, json.data(), json.size());
        at_ += json.size();
        return true;
    }

    /// An object, whose members `body` writes.
    template <class Body>
    bool object(Body&& body) {
        return nested('{', '}', std::forward<Body>(body));
    }
    /// An array, whose elements `body` writes.
    template <class Body>
    bool array(Body&& body) {
        return nested('[', ']', std::forward<Body>(body));
    }
    /// A member, coded by the `JsonCodec` of its type. Names must differ: a reader refuses two equal ones.
    template <class T>
    bool member(std::string_view name, T const& value) {
        return key(name) && (JsonCodec<T>::write(*this, value) || inside(name));
    }
    template <class T>
    bool element(T const& value) {
        return comma() && JsonCodec<T>::write(*this, value);
    }
    /// The parts of `member` and `element`, for those who write the value by hand.
    bool key(std::string_view name) { return comma() && string(name) && raw(":"); }
    bool comma() { return raw(","); }
    /// As `key`, for a name in quotes and a colon that are known to be right.
    template <std::size_t N>
    void key_token(std::array<char, N> const& token) {
        reserve(N + 1);
        *at_++ = ',';
        std::memcpy(at_, token.data(), N);
        at_ += N;
    }

    /// Gives up: `what` was to be written and JSON, or the reader, has no place for it. Never the value itself.
    [[gnu::cold, gnu::noinline]] bool refuse(std::string_view what) {
        return fault_.set(Errc::invalid_argument, std::string("cannot write ").append(what));
    }
    /// Adds a step to the path of the fault, on the way out. False.
    bool inside(std::string_view member) { return fault_.inside(member); }
    bool inside_element(std::size_t index) { return fault_.inside_element(index); }
    bool inside_member(std::size_t index) { return fault_.inside_member(index); }
    detail::JsonFault const& fault() const noexcept { return fault_; }

    /// The members of the replaced record that this value does not know; they are asked for once, and given on to
    /// parts.
    detail::JsonLeftovers const* take_leftovers() noexcept { return std::exchange(leftovers_, nullptr); }
    void give_leftovers(detail::JsonLeftovers const* leftovers) noexcept { leftovers_ = leftovers; }

private:
    std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - out_.data()); }

    void reserve(std::size_t n) {
        if (static_cast<std::size_t>(limit_ - at_) < n) grow(n);
    }
    [[gnu::noinline]] void grow(std::size_t n) {
        std::size_t const used = size(), left = out_.capacity() - used, room = left >= n ? left : n + used + 256;
        out_.truncate(used);
        at_ = out_.extend(room);
        limit_ = at_ + room;
    }

    template <class T>
    bool digits(T value) {
        reserve(32);
        at_ = std::to_chars(at_, at_ + 32, value).ptr;
        return true;
    }

    std::size_t copy_json_text(char const* from, std::size_t n, std::uint64_t& high) {
        std::size_t const plain = detail::JsonScan::copy(from, n, at_, high);
        at_ += plain;
        return plain;
    }
    void escape(char c, std::size_t left) {
        reserve(6 + left + 1);
        at_ = detail::write_json_escape<detail::JsonEscapes::all>(c, at_);
    }

    // Everything inside begins with a comma; the first one becomes the bracket.
    template <class Body>
    bool nested(char open, char close, Body&& body) {
        if (++depth_ > max_json_depth) return refuse("more levels of arrays and objects than a reader accepts");
        std::size_t const begin = size();
        if (!body()) return false;
        reserve(2);
        if (size() == begin) *at_++ = open;
        else out_.data()[begin] = open;
        *at_++ = close;
        --depth_;
        return true;
    }

    Buffer& out_;
    char* at_;
    char* limit_;
    detail::JsonLeftovers const* leftovers_ = nullptr;
    unsigned depth_ = 0;
    detail::JsonFault fault_;
};

}  // namespace holdfast

#endif
