#ifndef HOLDFAST_SERIALIZATION_JSON_TIME_TEXT_HPP
#define HOLDFAST_SERIALIZATION_JSON_TIME_TEXT_HPP

#include <holdfast/detail/rfc3339.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// Wide enough for the product of any count and period.
__extension__ typedef __int128 JsonWide;

/// A moment as RFC 3339 has it: seconds since 1970 in UTC, and a decimal fraction of `digits` digits.
struct JsonMoment {
    JsonWide seconds = 0;
    std::uint32_t fraction = 0;
};

inline bool json_has_year(JsonWide seconds) noexcept {
    return seconds >= -62167219200 && seconds < 253402300800;  // the years 0000 to 9999
}

/// `2024-02-29T12:00:00.250Z`. The year must have four digits.
inline std::string json_time_text(JsonMoment moment, unsigned digits) {
    auto const seconds = static_cast<std::int64_t>(moment.seconds);
    std::int64_t const clock_seconds = (seconds % 86400 + 86400) % 86400;
    CivilDay const date = civil_day((seconds - clock_seconds) / 86400);
    auto const clock = static_cast<unsigned>(clock_seconds);

    std::string text;
    auto const put = [&](unsigned value, unsigned width, char behind) {
        std::size_t const begin = text.size();
        text.append(width, '0');
        for (std::size_t at = begin + width; value != 0; value /= 10) text[--at] = static_cast<char>('0' + value % 10);
        text.push_back(behind);
    };
    put(static_cast<unsigned>(date.year), 4, '-');
    put(static_cast<unsigned>(date.month), 2, '-');
    put(static_cast<unsigned>(date.day), 2, 'T');
    put(clock / 3600, 2, ':');
    put(clock / 60 % 60, 2, ':');
    put(clock % 60, 2, digits != 0 ? '.' : 'Z');
    if (digits != 0) put(moment.fraction, digits, 'Z');
    return text;
}

/// The text of RFC 3339, any offset, with a fraction that `digits` digits hold. False for everything else, leap seconds
/// among it: `std::chrono` has no place for those.
inline bool parse_json_time(std::string_view text, unsigned digits, JsonMoment& moment) {
    bool ok = true;
    auto const number = [&](std::size_t width) {
        unsigned value = 0;
        ok = ok && text.size() >= width;
        for (std::size_t i = 0; ok && i < width; ++i) {
            ok = text[i] >= '0' && text[i] <= '9';
            value = value * 10 + static_cast<unsigned>(text[i] - '0');
        }
        if (ok) text.remove_prefix(width);
        return value;
    };
    auto const next_is = [&](char c) {
        return !text.empty() && (text.front() == c || (c == 'T' && text.front() == 't'));
    };
    auto const skip = [&](char c) {
        ok = ok && next_is(c);
        if (ok) text.remove_prefix(1);
    };

    unsigned const year = number(4);
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
    CivilDay const date{year, month, day};
    std::int64_t const days = days_since_1970(date);
    if (!ok || civil_day(days) != date || hour > 23 || minute > 59 || second > 59) return false;

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
    moment.seconds = JsonWide(days) * 86400 + hour * 3600 + minute * 60 + second - offset;
    return text.empty();
}

}  // namespace holdfast::detail

#endif
