#ifndef HOLDFAST_DETAIL_FLAT_JSON_HPP
#define HOLDFAST_DETAIL_FLAT_JSON_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/utf8.hpp>
#include <holdfast/detail/hex.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// Appends UTF-8 text as a JSON string's inside: quote, backslash and control characters escaped.
inline void append_escaped(Buffer& out, std::string_view text) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text.substr(done, i - done));
        done = i + 1;
        if (c >= 0x20) {
            char const pair[2] = {'\\', text[i]};
            out.append(pair, 2);
        } else {
            char const code[6] = {'\\', 'u', '0', '0', hex_digits[c >> 4], hex_digits[c & 15]};
            out.append(code, 6);
        }
    }
    out.append(text.substr(done));
}

inline bool valid_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();)
        if (next_code_point(text, at) == bad_utf8) return false;
    return true;
}

/// The text that `append_escaped` made `raw` of. No value for any other bytes: one text has one form.
inline std::optional<std::string> unescape(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\') {
            text.push_back(raw[i]);
        } else if (++i < raw.size() && raw[i] != 'u') {
            if (raw[i] != '"' && raw[i] != '\\') return std::nullopt;
            text.push_back(raw[i]);
        } else {
            if (raw.substr(i, 3) != "u00" || raw.size() - i < 5) return std::nullopt;
            auto const code = from_hex(raw.substr(i + 3, 2));
            if (!code || *code >= 0x20) return std::nullopt;
            text.push_back(static_cast<char>(*code));
            i += 4;
        }
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

    /// Whether the whole text was one object.
    bool complete() const noexcept { return text_ == "}"; }

private:
    bool skip(char c) noexcept {
        if (text_.empty() || text_[0] != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    bool string(std::string_view& out) noexcept {
        if (!skip('"')) return false;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            if (static_cast<unsigned char>(text_[i]) < 0x20) return false;
            if (text_[i] == '\\') ++i;
            else if (text_[i] == '"') {
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
