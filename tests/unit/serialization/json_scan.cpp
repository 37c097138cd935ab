// How JSON text is searched: the same on every processor.

#include <holdfast/serialization/json/scan.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace json_scan_test {

using namespace holdfast;

#if defined(__SSE2__)
#define SCANS detail::JsonSse2Scan, detail::JsonWordScan
#else
#define SCANS detail::JsonWordScan
#endif

TEMPLATE_TEST_CASE("json: the first quote or backslash is found wherever it is", "[json]", SCANS) {
    for (char const mark : {'"', '\\'})
        for (std::size_t at = 0; at < 70; ++at) {
            std::string text(at, 'x');
            text.append(1, mark).append(1, '"').append(80, 'x');
            CAPTURE(mark, at);
            CHECK(TestType::find_quote(text.data()) == text.data() + at);
        }
    std::string const others = "!#[]\x7f\x80\xa2\xdc\x01 '";  // near the marks, or with the same low bits
    std::string const text = others + others + others + "\"" + std::string(16, 'x');
    CHECK(TestType::find_quote(text.data()) == text.data() + 3 * others.size());
}

TEMPLATE_TEST_CASE("json: text is copied up to what must be escaped", "[json]", SCANS) {
    for (char const mark : {'"', '\\', '\0', '\n', '\x1f'})
        for (std::size_t size = 0; size < 50; ++size)
            for (std::size_t at = 0; at <= size; ++at) {
                std::string from(size, ' ');
                if (at < size) from[at] = mark;
                std::string to(size, '?');
                std::uint64_t high = 0;
                CAPTURE(int{mark}, size, at);
                REQUIRE(TestType::copy(from.data(), size, to.data(), high) == at);
                REQUIRE(to.substr(0, at) == from.substr(0, at));
                REQUIRE(high == 0);
            }
}

TEMPLATE_TEST_CASE("json: a byte that is not ASCII is noticed wherever it is", "[json]", SCANS) {
    for (std::size_t size = 1; size < 50; ++size)
        for (std::size_t at = 0; at < size; ++at) {
            std::string from(size, '\x7f');
            from[at] = '\x80';
            std::string to(size, '?');
            std::uint64_t high = 0;
            REQUIRE(TestType::copy(from.data(), size, to.data(), high) == size);
            CHECK(to == from);
            CHECK(high != 0);
        }
}

}  // namespace json_scan_test
