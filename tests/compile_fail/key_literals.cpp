// A bad key in the source is an error of the compiler; text from run time must be parsed.
//
// expect: a_key_literal_has_1_to_1024_bytes_of_utf8_and_no_control_characters
// expect: key_literals.cpp:33:
// expect: key_literals.cpp:34:
// expect: key_literals.cpp:35:
// expect: key_literals.cpp:36:
// expect: key_literals.cpp:37:
// expect: key_literals.cpp:38:
// expect: key_literals.cpp:39:
// expect: key_literals.cpp:40:[0-9]+: error: .*holdfast: text from run time becomes a key by Key::parse\(text\), which checks it

#include <holdfast/core/key.hpp>

#include <concepts>
#include <string>
#include <string_view>

using holdfast::Key;
using holdfast::KeyView;

static_assert(std::convertible_to<Key, KeyView> && std::convertible_to<KeyView, Key>);
static_assert(!std::constructible_from<KeyView, std::string> && !std::constructible_from<KeyView, std::string_view>);
static_assert(!std::constructible_from<Key, std::string> && !std::constructible_from<KeyView, char const*>);

#define TEN(text) text text text text text text text text text text
#define BYTES_1020 TEN(TEN("0123456789")) TEN("01")

std::size_t length(KeyView key) { return key.view().size(); }

int main(int, char** argv) {
#ifndef HOLDFAST_ACCEPT
    length("");
    length(BYTES_1020 "01234");  // 1025
    length("line\nbreak");       // a control character
    length("nothing\0behind");   // NUL
    length("\xc3(");             // not UTF-8
    length("\xed\xa0\x80");      // a surrogate
    length("\xc2\x85");          // a control character of two bytes
    length(std::string(argv[0]));
#endif
    std::size_t const longest = length(BYTES_1020 "0123");
    return longest == 1024 && length("température/東京") == 19 && length(Key::parse(argv[0]).value()) > 0 ? 0 : 1;
}
