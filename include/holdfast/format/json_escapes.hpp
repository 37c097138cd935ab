#ifndef HOLDFAST_FORMAT_JSON_ESCAPES_HPP
#define HOLDFAST_FORMAT_JSON_ESCAPES_HPP

#include <holdfast/core/hex.hpp>
#include <holdfast/core/utf8.hpp>

#include <string>

namespace holdfast::detail {

/// Which escapes the inside of a JSON string may have.
enum class JsonEscapes : unsigned char {
    all,   ///< all of RFC 8259: the JSON of others. Control characters are written by their letter if they have one
    ours,  ///< `\"`, `\\` and `\u00xx` for control characters, so that one text has one form
};

/// Writes the escape of a quote, a backslash or a control character, at most 6 bytes. Returns its end.
template <JsonEscapes escapes>
char* write_json_escape(char c, char* to) noexcept {
    *to++ = '\\';
    if (c == '"' || c == '\\') return *to++ = c, to;
    if constexpr (escapes == JsonEscapes::all) {
        for (char const* named = "\bb\ff\nn\rr\tt"; *named != '\0'; named += 2)
            if (*named == c) return *to++ = named[1], to;
    }
    for (char const each : {'u', '0', '0', hex_digits[c >> 4 & 1], hex_digits[c & 15]}) *to++ = each;
    return to;
}

/// The 16-bit unit of `\uXXXX` from its `u` on, which `at` moves behind; `bad_utf8` if there is none.
template <JsonEscapes escapes>
char32_t json_code_unit(char const*& at, char const* end) noexcept {
    if (end - at < 5 || *at != 'u') return bad_utf8;
    char32_t unit = 0;
    for (int i = 1; i < 5; ++i) {
        unsigned const c = static_cast<unsigned char>(at[i]), letter = escapes == JsonEscapes::all ? c | 0x20 : c;
        if (c - '0' < 10) unit = unit << 4 | (c - '0');
        else if (letter - 'a' < 6) unit = unit << 4 | (letter - 'a' + 10);
        else return bad_utf8;
    }
    at += 5;
    return unit;
}

/// Appends what one escape means, `at` being behind its backslash, and moves `at` behind it. False if there is no such
/// escape before `end`; a surrogate without its other half is none, as it is no character.
template <JsonEscapes escapes>
bool unescape_json_character(char const*& at, char const* end, std::string& out) {
    if (at == end) return false;
    if (*at == '"' || *at == '\\') return out.push_back(*at++), true;
    if constexpr (escapes == JsonEscapes::ours) {
        char32_t const control = json_code_unit<escapes>(at, end);
        if (control >= 0x20) return false;
        out.push_back(static_cast<char>(control));
    } else {
        switch (*at) {
            case '/': ++at, out.push_back('/'); return true;
            case 'b': ++at, out.push_back('\b'); return true;
            case 'f': ++at, out.push_back('\f'); return true;
            case 'n': ++at, out.push_back('\n'); return true;
            case 'r': ++at, out.push_back('\r'); return true;
            case 't': ++at, out.push_back('\t'); return true;
            default: break;
        }
        char32_t point = json_code_unit<escapes>(at, end);
        if (point >= 0xd800 && point < 0xdc00) {
            char32_t const low = at != end && *at == '\\' ? json_code_unit<escapes>(++at, end) : 0;
            if (low < 0xdc00 || low > 0xdfff) return false;
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        } else if (point > 0xffff || (point >= 0xdc00 && point < 0xe000)) {
            return false;
        }
        append_utf8(out, point);
    }
    return true;
}

}  // namespace holdfast::detail

#endif
