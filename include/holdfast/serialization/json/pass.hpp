#ifndef HOLDFAST_SERIALIZATION_JSON_PASS_HPP
#define HOLDFAST_SERIALIZATION_JSON_PASS_HPP

#include <holdfast/serialization/json/input.hpp>
#include <holdfast/serialization/json/limits.hpp>
#include <holdfast/serialization/json/number.hpp>
#include <holdfast/serialization/json/scan.hpp>
#include <holdfast/serialization/json/unescape.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// Whether only spaces stand between the end of a value and the next token, which is at `next`.
inline bool ends_json(char const* stop, char const* next) noexcept {
    return stop == next || (stop < next && (*stop == ' ' || *stop == '\n' || *stop == '\r' || *stop == '\t'));
}

template <std::size_t N>
bool is_json_literal(char const (&literal)[N], char const* at, char const* next) noexcept {
    return std::memcmp(at, literal, N - 1) == 0 && ends_json(at + N - 1, next);
}

/// Whether the escapes of a string are right, whose text begins at `at`.
inline bool good_json_string(char const* at) {
    char const* const stop = JsonScan::find_quote(at);
    if (*stop == '"') return true;
    std::string text;
    return unescape_json(stop, text) != nullptr;
}

/// Whether a number or a literal stands at `at`.
inline bool good_json_scalar(char const* at, char const* next) noexcept {
    switch (*at) {
        case 't': return is_json_literal("true", at, next);
        case 'f': return is_json_literal("false", at, next);
        case 'n': return is_json_literal("null", at, next);
        default: break;
    }
    std::size_t const size = json_number_size({at, static_cast<std::size_t>(next - at)});
    return size != 0 && ends_json(at + size, next);
}

/// Steps over the next value, and returns the token behind it; null if it is not JSON. Equal names are not looked for.
inline std::uint32_t const* pass_json(JsonInput const& in) {
    char closers[max_json_depth + 1];  // of the brackets that are open
    unsigned depth = in.depth;
    char closer = '\0';
    std::uint32_t const* token = in.next;
    for (;;) {
        char const first = in.front(token);
        bool const opens = first == '{' || first == '[';
        if (opens) {
            if (++depth > max_json_depth) return nullptr;
            closers[depth] = closer;
            closer = static_cast<char>(first + 2);
        } else if (first == '"') {
            if (!good_json_string(in.begin + *token + 1)) return nullptr;
        } else if (token == in.stop || !good_json_scalar(in.begin + *token, in.begin + token[1])) {
            return nullptr;
        }
        ++token;
        for (bool begins = opens;; begins = false) {
            if (depth == in.depth) return token;
            char const next = in.front(token);
            if (next == closer) {
                closer = closers[depth--];
                ++token;
                continue;
            }
            if (!begins && (next != ',' || ++token == in.stop)) return nullptr;
            if (closer == ']') break;
            if (in.front(token) != '"' || !good_json_string(in.begin + *token + 1) || in.front(++token) != ':')
                return nullptr;
            ++token;
            break;
        }
    }
}

}  // namespace holdfast::detail

#endif
