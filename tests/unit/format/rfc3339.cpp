#include <holdfast/format/rfc3339.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace rfc3339_test {

using holdfast::Timestamp;
using holdfast::detail::civil_day;
using holdfast::detail::CivilDay;
using holdfast::detail::days_since_1970;
using holdfast::detail::from_rfc3339;
using holdfast::detail::to_rfc3339;

std::string text(Timestamp time) {
    auto const written = to_rfc3339(time);
    return {written.data(), written.size()};
}

TEST_CASE("Civil days are those of the standard calendar") {
    using namespace std::chrono;
    bool same = true;
    for (std::int64_t day = days_since_1970({-400, 1, 1}); day < days_since_1970({10'400, 1, 1}); ++day) {
        year_month_day const date{sys_days(days(day))};
        CivilDay const expected{static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                static_cast<unsigned>(date.day())};
        same = same && civil_day(day) == expected && days_since_1970(expected) == day;
    }
    REQUIRE(same);
}

TEST_CASE("Times are written as RFC 3339 and read back") {
    using std::chrono::microseconds;
    REQUIRE(text(Timestamp()) == "1970-01-01T00:00:00.000000Z");
    REQUIRE(text(Timestamp(microseconds(-1))) == "1969-12-31T23:59:59.999999Z");
    REQUIRE(text(Timestamp::min()) == "0000-01-01T00:00:00.000000Z");
    REQUIRE(text(Timestamp::max()) == "9999-12-31T23:59:59.999999Z");
    for (std::int64_t step = 0; step < 100'000; ++step) {
        Timestamp const time(microseconds(step * 2'534'023'007'993));
        if (from_rfc3339(text(time)) != time) FAIL(text(time));
    }
    REQUIRE(from_rfc3339("2024-02-29T23:59:59.000001Z"));
    for (char const* wrong :
         {"2023-02-29T00:00:00.000000Z", "2024-00-01T00:00:00.000000Z", "2024-13-01T00:00:00.000000Z",
          "2024-01-32T00:00:00.000000Z", "2024-01-01T24:00:00.000000Z", "2024-01-01T00:60:00.000000Z",
          "2024-01-01T00:00:60.000000Z", "2024-01-01 00:00:00.000000Z", "2024-01-01T00:00:00.00000Z", "",
          "x024-01-01T00:00:00.000000Z"})
        REQUIRE_FALSE(from_rfc3339(wrong));
}

}  // namespace rfc3339_test
