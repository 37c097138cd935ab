#ifndef HOLDFAST_CORE_TEXT_HASH_HPP
#define HOLDFAST_CORE_TEXT_HASH_HPP

#include <concepts>
#include <cstddef>
#include <string_view>  // has the hash of text, and is shorter than <functional>

namespace holdfast::detail {

/// A text with its hash, for who needs that more than once.
struct HashedText {
    std::string_view text;
    std::size_t hash;
};

/// What is found by: a text, or the member `text` of what has one.
template <class Name>
std::string_view text_of(Name const& name) noexcept {
    if constexpr (std::convertible_to<Name const&, std::string_view>) return name;
    else return name.text;
}

/// For tables of texts, in which a text is found without a copy of it. What has a member `hash` is not hashed again.
struct TextHash {
    using is_transparent = void;

    template <class Name>
    std::size_t operator()(Name const& name) const noexcept {
        if constexpr (requires { name.hash; }) return name.hash;
        else return std::hash<std::string_view>()(text_of(name));
    }
};

struct TextEqual {
    using is_transparent = void;

    template <class A, class B>
    bool operator()(A const& a, B const& b) const noexcept {
        return text_of(a) == text_of(b);
    }
};

}  // namespace holdfast::detail

#endif
