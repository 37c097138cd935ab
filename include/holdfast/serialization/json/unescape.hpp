#ifndef HOLDFAST_SERIALIZATION_JSON_UNESCAPE_HPP
#define HOLDFAST_SERIALIZATION_JSON_UNESCAPE_HPP

#include <holdfast/format/json_escapes.hpp>
#include <holdfast/serialization/json/scan.hpp>

#include <cstddef>
#include <string>

namespace holdfast::detail {

/// Appends the string whose text begins at `at`, behind the opening quote. Returns where its closing quote is; null
/// for an escape that JSON does not have.
inline char const* unescape_json(char const* at, std::string& out) {
    constexpr std::ptrdiff_t longest = 11;  // of what may be read behind a backslash: two halves of a character
    for (;;) {
        char const* const stop = JsonScan::find_quote(at);
        out.append(at, stop);
        if (*stop == '"') return stop;
        at = stop + 1;
        if (!unescape_json_character<JsonEscapes::all>(at, at + longest, out)) return nullptr;
    }
}

}  // namespace holdfast::detail

#endif
