#ifndef HOLDFAST_FORMAT_FLAT_JSON_HPP
#define HOLDFAST_FORMAT_FLAT_JSON_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/utf8.hpp>
#include <holdfast/format/json_escapes.hpp>

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// How many bytes at the beginning are neither quote nor backslash nor control character.
inline std::size_t plain_size(char const* at, std::size_t n) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    auto const zero = [](std::uint64_t x) { return (x - ones) & ~x; };  // exact up to the first hit
    std::size_t i = 0;
    if constexpr (std::endian::native == std::endian::little) {
        while (n >= 8 && i < n) {
            if (n - i < 8) i = n - 8;  // once more over some that are known to be plain
            std::uint64_t word = 0;
            std::memcpy(&word, at + i, 8);
            std::uint64_t const hits =
                (zero(word ^ ones * '"') | zero(word ^ ones * '\\') | ((word - ones * 0x20) & ~word)) & highs;
            if (hits != 0) return i + static_cast<std::size_t>(std::countr_zero(hits)) / 8;
            i += 8;
        }
    }
    while (i < n && static_cast<unsigned char>(at[i]) >= 0x20 && at[i] != '"' && at[i] != '\\') ++i;
    return i;
}

/// Appends UTF-8 text as a JSON string's inside: quote, backslash and control characters escaped.
inline void append_escaped(Buffer& out, std::string_view text) {
    for (;;) {
        std::size_t const plain = plain_size(text.data(), text.size());
        out.append(text.substr(0, plain));
        if (plain == text.size()) return;
        char escape[6];
        out.append(escape,
                   static_cast<std::size_t>(write_json_escape<JsonEscapes::ours>(text[plain], escape) - escape));
        text.remove_prefix(plain + 1);
    }
}

inline bool valid_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        std::uint64_t word = 0;
        if (text.size() - at >= sizeof word) {
            std::memcpy(&word, text.data() + at, sizeof word);
            if ((word & 0x8080808080808080) == 0) {  // eight ASCII characters
                at += sizeof word;
                continue;
            }
        }
        if (next_code_point(text, at) == bad_utf8) return false;
    }
    return true;
}

/// The text that `append_escaped` made `raw` of. No value for any other bytes: one text has one form.
inline std::optional<std::string> unescape(std::string_view raw) {
    std::string text;
    for (char const *at = raw.data(), *const end = at + raw.size();;) {
        std::string_view const rest(at, static_cast<std::size_t>(end - at));
        std::size_t const plain = rest.find('\\');
        text.append(rest.substr(0, plain));
        if (plain == rest.npos) break;
        at += plain + 1;
        if (!unescape_json_character<JsonEscapes::ours>(at, end, text)) return std::nullopt;
    }
    if (!valid_utf8(text)) return std::nullopt;
    return text;
}

/// Reads a flat JSON object whose values are strings, written without spaces: member by member, without allocating.
///
/// It also reads the beginning of one that was cut: `next` then ends early and `complete` is false.
class FlatReader {
public:
    struct Member {
        std::string_view name, value;  ///< still escaped
    };

    explicit FlatReader(std::string_view text) noexcept : text_(text) {
        if (!skip('{')) text_ = {};
    }

    /// The next member. No value at the end, and at the first byte that is not as it should be.
    std::optional<Member> next() noexcept {
        if (text_.empty() || (!first_ && !skip(','))) return std::nullopt;
        first_ = false;
        Member member;
        if (!string(member.name) || !skip(':') || !string(member.value)) return fail();
        return member;
    }

    /// The value of the next member if that begins with `opening`, `"name":"`. No value, and nothing changed, if not.
    std::optional<std::string_view> next_as(std::string_view opening) noexcept {
        if (!take(opening)) return std::nullopt;
        std::string_view value;
        if (!string(value)) return fail();
        return value;
    }
    /// The same, faster, for values that are no free text: up to the first quote, escaped or not.
    std::optional<std::string_view> next_plain_as(std::string_view opening) noexcept {
        if (!take(opening)) return std::nullopt;
        std::size_t const end = text_.find('"', 1);
        if (end == text_.npos) return fail();
        std::string_view const value = text_.substr(1, end - 1);
        text_.remove_prefix(end + 1);
        return value;
    }

    /// Whether the whole text was one object.
    bool complete() const noexcept { return text_ == "}"; }

private:
    /// Goes to the quote at the end of `opening`.
    bool take(std::string_view opening) noexcept {
        std::size_t const comma = first_ ? 0 : 1;
        if (text_.size() < comma + opening.size() || (comma == 1 && text_[0] != ',') ||
            std::memcmp(text_.data() + comma, opening.data(), opening.size()) != 0)
            return false;
        text_.remove_prefix(comma + opening.size() - 1);
        first_ = false;
        return true;
    }
    bool skip(char c) noexcept {
        if (text_.empty() || text_[0] != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    bool string(std::string_view& out) noexcept {
        if (!skip('"')) return false;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            i += plain_size(text_.data() + i, text_.size() - i);
            if (i == text_.size() || static_cast<unsigned char>(text_[i]) < 0x20) return false;
            if (text_[i] == '\\') {
                ++i;
            } else if (text_[i] == '"') {
                out = text_.substr(0, i);
                text_.remove_prefix(i + 1);
                return true;
            }
        }
        return false;
    }
    std::nullopt_t fail() noexcept {
        text_ = {};
        return std::nullopt;
    }

    std::string_view text_;
    bool first_ = true;
};

}  // namespace holdfast::detail

#endif
