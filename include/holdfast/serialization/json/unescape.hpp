#ifndef HOLDFAST_SERIALIZATION_JSON_UNESCAPE_HPP
#define HOLDFAST_SERIALIZATION_JSON_UNESCAPE_HPP

#include <holdfast/serialization/json/scan.hpp>

#include <charconv>
#include <string>

namespace holdfast::detail {

/// The 16-bit unit of `\uXXXX` from its `u` on, which `at` moves behind; 0xffffffff if there is none.
inline char32_t json_code_unit(char const*& at) noexcept {
    unsigned unit = 0;
    if (*at != 'u' || std::from_chars(at + 1, at + 5, unit, 16).ptr != at + 5) return 0xffffffff;
    at += 5;
    return unit;
}

inline void append_utf8(std::string& out, char32_t point) {
    auto const put = [&](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
    if (point < 0x80) return put(point);
    if (point < 0x800) put(0xc0 | point >> 6);
    else if (point < 0x10000) put(0xe0 | point >> 12), put(0x80 | (point >> 6 & 0x3f));
    else put(0xf0 | point >> 18), put(0x80 | (point >> 12 & 0x3f)), put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
}

/// Appends what one escape means, `at` being behind its backslash, and moves `at` behind it.
/// False if there is no such escape; a surrogate without its other half is none, as it is no character.
inline bool unescape_json_character(char const*& at, std::string& out) {
    switch (*at) {
        case '"':
        case '\\':
        case '/': out.push_back(*at++); return true;
        case 'b': ++at, out.push_back('\b'); return true;
        case 'f': ++at, out.push_back('\f'); return true;
        case 'n': ++at, out.push_back('\n'); return true;
        case 'r': ++at, out.push_back('\r'); return true;
        case 't': ++at, out.push_back('\t'); return true;
        default: break;
    }
    char32_t point = json_code_unit(at);
    if (point >= 0xd800 && point < 0xdc00) {
        char32_t const low = *at == '\\' ? json_code_unit(++at) : 0;
        if (low < 0xdc00 || low > 0xdfff) return false;
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    } else if (point > 0xffff || (point >= 0xdc00 && point < 0xe000)) {
        return false;
    }
    append_utf8(out, point);
    return true;
}

/// Appends the string whose text begins at `at`, behind the opening quote. Returns where its closing quote is; null
/// for an escape that JSON does not have.
inline char const* unescape_json(char const* at, std::string& out) {
    for (;;) {
        char const* const stop = JsonScan::find_quote(at);
        out.append(at, stop);
        if (*stop == '"') return stop;
        at = stop + 1;
        if (!unescape_json_character(at, out)) return nullptr;
    }
}

}  // namespace holdfast::detail

#endif
