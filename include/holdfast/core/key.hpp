#ifndef HOLDFAST_CORE_KEY_HPP
#define HOLDFAST_CORE_KEY_HPP

#include <holdfast/core/refuse.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/core/utf8.hpp>

#include <compare>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace holdfast {

/// Longest key in bytes.
inline constexpr std::size_t max_key_size = 1024;

namespace detail {

constexpr bool valid_key(std::string_view text) noexcept {
    if (text.empty() || text.size() > max_key_size) return false;
    for (std::size_t at = 0; at < text.size();) {
        char32_t const point = next_code_point(text, at);
        bool const control = point < 0x20 || (point >= 0x7f && point < 0xa0);
        if (control || point == bad_utf8) return false;
    }
    return true;
}

// Not constexpr: its name is what the compiler says about a bad literal.
inline void a_key_literal_has_1_to_1024_bytes_of_utf8_and_no_control_characters() {}

template <class T>
concept UncheckedText = std::convertible_to<T const&, std::string_view> && !std::is_array_v<T>;

}  // namespace detail

class Key;

/// The name of a piece of state, as a parameter: UTF-8, 1 to 1024 bytes, no control characters (Unicode category Cc).
///
/// Made from a literal, which the compiler checks, or from a `Key`, which was checked when it was made; text from run
/// time becomes a key by `Key::parse`, there is no other way. Does not own: a `KeyView` of a temporary `Key` must not
/// outlive the full expression.
class KeyView {
public:
    /// No key, as what is left of a `Key` that was moved from: every operation refuses it.
    constexpr KeyView() noexcept = default;
    template <std::size_t N>
    consteval KeyView(char const (&literal)[N]) : text_(literal, N - 1) {  // NOLINT(google-explicit-constructor)
        if (!detail::valid_key(text_)) detail::a_key_literal_has_1_to_1024_bytes_of_utf8_and_no_control_characters();
    }
    KeyView(Key const& key HOLDFAST_LIFETIMEBOUND) noexcept;  // NOLINT(google-explicit-constructor)
    HOLDFAST_REFUSE_TEMPLATE(detail::UncheckedText Text, KeyView(Text const&),
                             "holdfast: text from run time becomes a key by Key::parse(text), which checks it");

    constexpr std::string_view view() const noexcept { return text_; }
    constexpr bool empty() const noexcept { return text_.empty(); }

    friend constexpr bool operator==(KeyView a, KeyView b) noexcept { return a.text_ == b.text_; }
    friend constexpr auto operator<=>(KeyView a, KeyView b) noexcept { return a.text_ <=> b.text_; }

private:
    std::string_view text_;
};

/// A key that owns its text. Empty after a move, which no operation takes for a key.
class Key {
public:
    Key(KeyView view) : text_(view.view()) {}  // NOLINT(google-explicit-constructor)
    Key(Key const&) = default;
    Key(Key&& other) noexcept : text_(std::move(other.text_)) { other.text_.clear(); }
    Key& operator=(Key const&) = default;
    Key& operator=(Key&& other) noexcept {
        if (this == &other) return *this;
        text_ = std::move(other.text_);
        other.text_.clear();
        return *this;
    }
    ~Key() = default;

    /// Checks text from run time. Errors: `invalid_argument`.
    static Result<Key> parse(std::string text) {
        if (detail::valid_key(text)) return Key(Checked(), std::move(text));
        return Error(Errc::invalid_argument,
                     text.empty() ? "a key must not be empty"
                     : text.size() > max_key_size
                         ? "a key has at most 1024 bytes, this one has " + std::to_string(text.size())
                         : "a key is UTF-8 text without control characters");
    }

    std::string_view view() const noexcept { return text_; }
    std::string const& str() const noexcept { return text_; }

    friend bool operator==(Key const&, Key const&) noexcept = default;
    friend bool operator==(Key const& a, KeyView b) noexcept { return a.view() == b.view(); }
    friend auto operator<=>(Key const&, Key const&) noexcept = default;

private:
    struct Checked {};  // so that a literal has one way only
    Key(Checked, std::string text) noexcept : text_(std::move(text)) {}

    std::string text_;
};

// Repeated here, for the later declaration is the one that clang looks at.
inline KeyView::KeyView(Key const& key HOLDFAST_LIFETIMEBOUND) noexcept : text_(key.view()) {}

}  // namespace holdfast

#endif
