#ifndef HOLDFAST_CORE_INLINE_TEXT_HPP
#define HOLDFAST_CORE_INLINE_TEXT_HPP

#include <holdfast/core/utf8.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace holdfast {

/// At most `N` bytes of text, kept inside the object: a copy never allocates and never throws.
///
/// Text that does not fit is the caller's decision: `fits` asks, the constructor cuts, between two characters.
template <std::size_t N>
class InlineText {
    static_assert(N > 0 && N < 256);

public:
    constexpr InlineText() noexcept = default;
    constexpr explicit InlineText(std::string_view text) noexcept
        : size_(static_cast<unsigned char>(detail::whole_characters(text, N))) {
        if (std::is_constant_evaluated()) {
            for (std::size_t i = 0; i < size_; ++i) text_[i] = text[i];
        } else if (size_ > 0) {
            std::memcpy(text_.data(), text.data(), size_);
        }
    }

    static constexpr bool fits(std::string_view text) noexcept { return text.size() <= N; }

    constexpr std::string_view view() const noexcept { return {text_.data(), size_}; }
    constexpr bool empty() const noexcept { return size_ == 0; }

    friend constexpr bool operator==(InlineText const& a, InlineText const& b) noexcept { return a.view() == b.view(); }

private:
    std::array<char, N> text_{};
    unsigned char size_ = 0;
};

}  // namespace holdfast

#endif
