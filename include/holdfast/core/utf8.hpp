#ifndef HOLDFAST_CORE_UTF8_HPP
#define HOLDFAST_CORE_UTF8_HPP

#include <cstddef>
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

}  // namespace holdfast::detail

#endif
