#ifndef HOLDFAST_SERIALIZATION_JSON_SCAN_WORDS_HPP
#define HOLDFAST_SERIALIZATION_JSON_SCAN_WORDS_HPP

#include <holdfast/serialization/json/word.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace holdfast::detail {

/// How JSON text is searched, by words of eight bytes: on every machine.
struct JsonWordScan {
    /// The first quote or backslash. There is one, and 16 bytes from there can be read.
    static char const* find_quote(char const* at) noexcept {
        while (JsonWord(at).quotes() == 0) at += 8;
        while (*at != '"' && *at != '\\') ++at;
        return at;
    }

    /// Copies up to the first byte that a JSON string must escape, and says how many that were. `to` has room for `n`.
    /// `high` gets a bit when a byte is not ASCII.
    static std::size_t copy(char const* from, std::size_t n, char* to, std::uint64_t& high) noexcept {
        return copy_from(0, from, n, to, high);
    }
    /// The same where the first `i` bytes are copied.
    [[gnu::always_inline]] static std::size_t copy_from(std::size_t i, char const* from, std::size_t n, char* to,
                                                        std::uint64_t& high) noexcept {
        for (; n - i >= 8; i += 8) {
            JsonWord const word(from + i);
            std::memcpy(to + i, from + i, 8);
            high |= word.high();
            if (auto const marks = word.escapes(); marks != 0) break;
        }
        for (; i < n; ++i) {
            if (must_escape(from[i])) return i;
            high |= static_cast<unsigned char>(from[i]) & 0x80;
            to[i] = from[i];
        }
        return i;
    }

private:
    static bool must_escape(char c) noexcept { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }
};

}  // namespace holdfast::detail

#endif
