#include <holdfast/format/flat_json.hpp>
#include <holdfast/format/json_escapes.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace {

using holdfast::detail::JsonEscapes;

/// What one escape means, if it is one and nothing follows; `text` begins behind the backslash.
template <JsonEscapes escapes>
std::optional<std::string> meaning(std::string_view text) {
    std::string const exact(text);  // so that a look behind the end is a look behind memory
    std::string out;
    char const *at = exact.data(), *const end = at + exact.size();
    if (!holdfast::detail::unescape_json_character<escapes>(at, end, out) || at != end) return std::nullopt;
    return out;
}

template <JsonEscapes escapes>
std::string escape(char c) {
    char text[6];
    return {text, holdfast::detail::write_json_escape<escapes>(c, text)};
}

}  // namespace

TEST_CASE("JSON escapes: what is written is read, and by those who know all") {
    for (char c = 0; c < 0x7f; ++c) {
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        CAPTURE(static_cast<int>(c));
        std::string const ours = escape<JsonEscapes::ours>(c), all = escape<JsonEscapes::all>(c);
        CHECK(meaning<JsonEscapes::ours>(ours.substr(1)) == std::string(1, c));
        CHECK(meaning<JsonEscapes::all>(ours.substr(1)) == std::string(1, c));
        CHECK(meaning<JsonEscapes::all>(all.substr(1)) == std::string(1, c));
    }
    CHECK(escape<JsonEscapes::ours>('\n') == "\\u000a");
    CHECK(escape<JsonEscapes::all>('\n') == "\\n");
    CHECK(escape<JsonEscapes::all>('\x1f') == "\\u001f");
}

TEST_CASE("JSON escapes: ours have one form") {
    for (std::string_view const text :
         {"n", "/", "u000A", "u0041", "u0020", "u00e9", "ud83d\\udc08", "u0100", "x", ""}) {
        CAPTURE(text);
        CHECK_FALSE(meaning<JsonEscapes::ours>(text));
        CHECK_FALSE(holdfast::detail::unescape(std::string("before\\").append(text)));
    }
    CHECK(holdfast::detail::unescape("a\\u0001\\\"\\\\b") == "a\x01\"\\b");
    CHECK(holdfast::detail::unescape("") == "");
}

TEST_CASE("JSON escapes: all of RFC 8259 are read, and no others") {
    CHECK(meaning<JsonEscapes::all>("n") == "\n");
    CHECK(meaning<JsonEscapes::all>("/") == "/");
    CHECK(meaning<JsonEscapes::all>("u00E9") == "\xc3\xa9");
    CHECK(meaning<JsonEscapes::all>("u00e9") == "\xc3\xa9");
    CHECK(meaning<JsonEscapes::all>("uD83D\\udc08") == "\xf0\x9f\x90\x88");
    for (std::string_view const text : {"", "x", "N", "u", "u00e", "u00g0", "u 0e9", "u-0e9", "u+0e9", "u0x12", "uD83D",
                                        "uD83D\\", "uD83D\\u", "uD83D\\u00e9", "udc08", "ud83dxudc08"}) {
        CAPTURE(text);
        CHECK_FALSE(meaning<JsonEscapes::all>(text));
    }
}
