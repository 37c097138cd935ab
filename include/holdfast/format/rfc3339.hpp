#ifndef HOLDFAST_FORMAT_RFC3339_HPP
#define HOLDFAST_FORMAT_RFC3339_HPP

#include <holdfast/core/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast::detail {

/// A day of the Gregorian calendar. Not that of <chrono>, which is 6,000 lines to the reader of a header.
struct CivilDay {
    std::int64_t year = 1970, month = 1, day = 1;

    friend constexpr bool operator==(CivilDay const&, CivilDay const&) noexcept = default;
};

// Both count years from March, so that the leap day is the last of its year, in eras of 400 years that are all alike
// (146,097 days; 719,468 of them lie between 0000-03-01 and 1970-01-01).

constexpr std::int64_t days_since_1970(CivilDay date) noexcept {
    std::int64_t const year = date.year - (date.month <= 2 ? 1 : 0);
    std::int64_t const era = (year >= 0 ? year : year - 399) / 400;
    std::int64_t const year_of_era = year - era * 400;
    std::int64_t const day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

constexpr CivilDay civil_day(std::int64_t days_since_1970) noexcept {
    std::int64_t const days = days_since_1970 + 719'468;
    std::int64_t const era = (days >= 0 ? days : days - 146'096) / 146'097;
    std::int64_t const day_of_era = days - era * 146'097;
    std::int64_t const year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    std::int64_t const day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    std::int64_t const month = (5 * day_of_year + 2) / 153;
    return {year_of_era + era * 400 + (month >= 10 ? 1 : 0), month + (month < 10 ? 3 : -9),
            day_of_year - (153 * month + 2) / 5 + 1};
}

inline constexpr std::int64_t microseconds_a_day = 86'400'000'000;

/// `2026-01-31T23:59:59.123456Z`. Times before the year 0 and after 9999 become the nearest that can be written.
inline std::array<char, 27> to_rfc3339(Timestamp time) noexcept {
    constexpr std::int64_t first = days_since_1970({0, 1, 1}) * microseconds_a_day;
    constexpr std::int64_t last = days_since_1970({10'000, 1, 1}) * microseconds_a_day - 1;
    std::int64_t count = time.time_since_epoch().count();
    count = count < first ? first : count > last ? last : count;
    std::int64_t const day = (count >= 0 ? count : count - (microseconds_a_day - 1)) / microseconds_a_day;
    CivilDay const date = civil_day(day);
    std::int64_t const rest = count - day * microseconds_a_day;
    std::array<char, 27> text{};
    auto const two = [&](std::size_t at, unsigned value) {
        text[at] = static_cast<char>('0' + value / 10);
        text[at + 1] = static_cast<char>('0' + value % 10);
    };
    auto const seconds = static_cast<unsigned>(rest / 1'000'000), micros = static_cast<unsigned>(rest % 1'000'000);
    auto const year = static_cast<unsigned>(date.year);
    two(0, year / 100);
    two(2, year % 100);
    two(5, static_cast<unsigned>(date.month));
    two(8, static_cast<unsigned>(date.day));
    two(11, seconds / 3'600);
    two(14, seconds / 60 % 60);
    two(17, seconds % 60);
    two(20, micros / 10'000);
    two(22, micros / 100 % 100);
    two(24, micros % 100);
    text[4] = text[7] = '-';
    text[10] = 'T';
    text[13] = text[16] = ':';
    text[19] = '.';
    text[26] = 'Z';
    return text;
}

/// Reads exactly what `to_rfc3339` writes.
inline std::optional<Timestamp> from_rfc3339(std::string_view text) noexcept {
    if (text.size() != 27) return std::nullopt;
    unsigned wrong = static_cast<unsigned>((text[4] ^ '-') | (text[7] ^ '-') | (text[10] ^ 'T') | (text[13] ^ ':') |
                                           (text[16] ^ ':') | (text[19] ^ '.') | (text[26] ^ 'Z'));
    auto const number = [&](std::size_t at, std::size_t width) {
        unsigned value = 0;
        for (std::size_t i = at; i < at + width; ++i) {
            unsigned const digit = static_cast<unsigned char>(text[i]) - unsigned{'0'};
            wrong |= digit > 9 ? 1 : 0;
            value = value * 10 + digit;
        }
        return std::int64_t{value};
    };
    CivilDay const date{number(0, 4), number(5, 2), number(8, 2)};
    std::int64_t const day = days_since_1970(date);
    std::int64_t const hours = number(11, 2), minutes = number(14, 2), seconds = number(17, 2), micros = number(20, 6);
    if (wrong != 0 || civil_day(day) != date || hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
    return Timestamp(Timestamp::duration((day * 86'400 + hours * 3'600 + minutes * 60 + seconds) * 1'000'000 + micros));
}

}  // namespace holdfast::detail

#endif
