#ifndef HOLDFAST_SERIALIZATION_JSON_TIME_TEXT_HPP
#define HOLDFAST_SERIALIZATION_JSON_TIME_TEXT_HPP

#include <holdfast/format/rfc3339.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// Wide enough for the product of any count and period.
__extension__ typedef __int128 JsonWide;

/// A moment as RFC 3339 has it, and further in both directions: seconds since 1970 in UTC, and a decimal fraction of
/// `digits` digits.
struct JsonMoment {
    JsonWide seconds = 0;
    std::uint32_t fraction = 0;
};

/// What the calendar repeats: 400 years.
inline constexpr std::int64_t json_era_days = 146'097;

constexpr JsonWide floor_by(JsonWide value, std::int64_t divisor) noexcept {
    return value / divisor - (value % divisor < 0 ? 1 : 0);
}

/// `2024-02-29T12:00:00.250Z`.
inline std::string json_time_text(JsonMoment moment, unsigned digits) {
    JsonWide const day = floor_by(moment.seconds, 86400), era = floor_by(day, json_era_days);
    auto const clock = static_cast<unsigned>(moment.seconds - day * 86400);
    CivilDay const date = civil_day(static_cast<std::int64_t>(day - era * json_era_days));
    JsonWide const year = era * 400 + date.year;

    std::string text;
    auto const put = [&](JsonWide value, unsigned width, char behind) {
        char reversed[40];
        std::size_t n = 0;
        for (; value != 0 || n < width; value /= 10)
            reversed[n++] = static_cast<char>('0' + static_cast<int>(value % 10));
        while (n != 0) text.push_back(reversed[--n]);
        text.push_back(behind);
    };
    bool const plain = year >= 0 && year <= 9999;
    if (!plain) text.push_back(year < 0 ? '-' : '+');
    put(year < 0 ? -year : year, plain ? 4 : 6, '-');
    put(date.month, 2, '-');
    put(date.day, 2, 'T');
    put(clock / 3600, 2, ':');
    put(clock / 60 % 60, 2, ':');
    put(clock % 60, 2, digits != 0 ? '.' : 'Z');
    if (digits != 0) put(moment.fraction, digits, 'Z');
    return text;
}

/// The text of RFC 3339 (years of more digits have a sign), any offset, with a fraction that `digits` digits hold.
/// False for everything else, leap seconds among it: `std::chrono` has no place for those.
inline bool parse_json_time(std::string_view text, unsigned digits, JsonMoment& moment) {
    bool ok = true;
    auto const wide_number = [&](std::size_t width) {
        JsonWide value = 0;
        ok = ok && text.size() >= width;
        for (std::size_t i = 0; ok && i < width; ++i) {
            ok = text[i] >= '0' && text[i] <= '9';
            value = value * 10 + (text[i] - '0');
        }
        if (ok) text.remove_prefix(width);
        return value;
    };
    auto const number = [&](std::size_t width) { return static_cast<unsigned>(wide_number(width)); };
    auto const next_is = [&](char c) {
        return !text.empty() && (text.front() == c || (c == 'T' && text.front() == 't'));
    };
    auto const skip = [&](char c) {
        ok = ok && next_is(c);
        if (ok) text.remove_prefix(1);
    };

    JsonWide year = 0;
    if (text.starts_with('+') || text.starts_with('-')) {
        bool const before = text.front() == '-';
        text.remove_prefix(1);
        std::size_t const width = text.find('-');
        ok = width >= 6 && width <= 20;  // and so its days and seconds have room
        year = ok ? wide_number(width) : 0;
        if (before) year = -year;
    } else {
        year = wide_number(4);
    }
    skip('-');
    unsigned const month = number(2);
    skip('-');
    unsigned const day = number(2);
    skip('T');
    unsigned const hour = number(2);
    skip(':');
    unsigned const minute = number(2);
    skip(':');
    unsigned const second = number(2);
    JsonWide const era = floor_by(year, 400);
    CivilDay const date{static_cast<std::int64_t>(year - era * 400), month, day};
    std::int64_t const day_of_era = days_since_1970(date);
    if (!ok || civil_day(day_of_era) != date || hour > 23 || minute > 59 || second > 59) return false;
    JsonWide const days = era * json_era_days + day_of_era;

    moment.fraction = 0;
    unsigned read = 0;
    if (next_is('.')) {
        for (text.remove_prefix(1); !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++read) {
            if (read < digits) moment.fraction = moment.fraction * 10 + static_cast<std::uint32_t>(text[0] - '0');
            else if (text[0] != '0') return false;
        }
        if (read == 0) return false;
    }
    for (; read < digits; ++read) moment.fraction *= 10;

    std::int64_t offset = 0;
    if (text == "Z" || text == "z") {
        text = {};
    } else {
        bool const west = next_is('-');
        skip(west ? '-' : '+');
        unsigned const hours = number(2);
        skip(':');
        unsigned const minutes = number(2);
        if (!ok || hours > 23 || minutes > 59) return false;
        offset = std::int64_t(hours * 60 + minutes) * (west ? -60 : 60);
    }
    moment.seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset;
    return text.empty();
}

}  // namespace holdfast::detail

#endif
