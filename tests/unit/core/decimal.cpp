#include <holdfast/core/decimal.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <limits>
#include <optional>

namespace decimal_test {

using namespace holdfast::detail;

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

TEST_CASE("decimal: what was written is read, over the whole range") {
    for (std::uint64_t const value :
         {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{10}, most / 10, most / 10 + 1, most - 1, most})
        CHECK(parse_decimal(Decimal(value).view()) == value);
    CHECK(Decimal(0).view() == "0");
    CHECK(Decimal(most).view() == "18446744073709551615");
}

TEST_CASE("decimal: all else is no number") {
    for (char const* text : {"", "007", "00", " 1", "1 ", "-1", "+1", "1.0", "x", "18446744073709551616", "99999999999999999999",
                             "100000000000000000000"})
        CHECK(parse_decimal(text) == std::nullopt);
}

TEST_CASE("decimal: what is above the limit is no number") {
    CHECK(parse_decimal("9", 9) == 9u);
    CHECK(parse_decimal("10", 9) == std::nullopt);
    CHECK(parse_decimal("15", 15) == 15u);
    CHECK(parse_decimal("16", 15) == std::nullopt);
    CHECK(parse_decimal("0", 0) == 0u);
    CHECK(parse_decimal("1", 0) == std::nullopt);
}

}  // namespace decimal_test
