#ifndef HOLDFAST_CORE_UTF8_HPP
#define HOLDFAST_CORE_UTF8_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast::detail {

inline constexpr char32_t bad_utf8 = 0xffffffff;

/// The code point at `at`, which moves behind it; `bad_utf8` for overlong forms, surrogates and cut sequences.
constexpr char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned const lead = byte(at++);
    if (lead < 0x80) return lead;
    unsigned const more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - at < more) return bad_utf8;
    char32_t point = lead & (0x3fu >> more);
    for (unsigned i = 0; i < more; ++i) {
        unsigned const next = byte(at++);
        if ((next & 0xc0) != 0x80) return bad_utf8;
        point = point << 6 | (next & 0x3f);
    }
    bool const overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
    bool const surrogate = point >= 0xd800 && point <= 0xdfff;
    return overlong || surrogate || point > 0x10ffff ? bad_utf8 : point;
}

inline void append_utf8(std::string& out, char32_t point) {
    auto const put = [&](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
    if (point < 0x80) return put(point);
    if (point < 0x800) put(0xc0 | point >> 6);
    else if (point < 0x10000) put(0xe0 | point >> 12), put(0x80 | (point >> 6 & 0x3f));
    else put(0xf0 | point >> 18), put(0x80 | (point >> 12 & 0x3f)), put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
}

/// How many bytes of `text`, at most `most`, are whole characters, if it is UTF-8.
constexpr std::size_t whole_characters(std::string_view text, std::size_t most) noexcept {
    if (text.size() <= most) return text.size();
    std::size_t size = most;
    while (size > 0 && most - size < 3 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    return size;
}

/// Text from outside, as it may be shown to people and stored: at most `most` bytes of whole characters, with `?` for
/// each byte that is not UTF-8.
inline std::string tidy_text(std::string_view text, std::size_t most) {
    std::string tidy(text.substr(0, whole_characters(text, most)));
    for (std::size_t at = 0; at < tidy.size();) {
        std::size_t const begin = at;
        if (next_code_point(tidy, at) != bad_utf8) continue;
        tidy[begin] = '?';
        at = begin + 1;
    }
    return tidy;
}

}  // namespace holdfast::detail

#endif
