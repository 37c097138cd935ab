#ifndef HOLDFAST_DETAIL_RFC3339_HPP
#define HOLDFAST_DETAIL_RFC3339_HPP

#include <holdfast/core/time.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace holdfast::detail {

/// `2026-01-31T23:59:59.123456Z`. Times before the year 0 and after 9999 become the nearest that can be written.
inline std::array<char, 27> to_rfc3339(Timestamp time) noexcept {
    using namespace std::chrono;
    constexpr Timestamp first = sys_days(year(0) / 1 / 1);
    constexpr Timestamp last = sys_days(year(10000) / 1 / 1) - microseconds(1);
    time = time < first ? first : time > last ? last : time;
    auto const day = floor<days>(time);
    year_month_day const date(day);
    auto rest = (time - day).count();
    std::array<char, 27> text{};
    auto const put = [&](std::size_t at, std::size_t width, long value) {
        for (; width > 0; value /= 10) text[at + --width] = static_cast<char>('0' + value % 10);
    };
    put(20, 6, rest % 1'000'000);
    put(17, 2, (rest /= 1'000'000) % 60);
    put(14, 2, (rest /= 60) % 60);
    put(11, 2, rest / 60);
    put(0, 4, static_cast<int>(date.year()));
    put(5, 2, static_cast<long>(static_cast<unsigned>(date.month())));
    put(8, 2, static_cast<long>(static_cast<unsigned>(date.day())));
    text[4] = text[7] = '-';
    text[10] = 'T';
    text[13] = text[16] = ':';
    text[19] = '.';
    text[26] = 'Z';
    return text;
}

/// Reads exactly what `to_rfc3339` writes.
inline std::optional<Timestamp> from_rfc3339(std::string_view text) noexcept {
    using namespace std::chrono;
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    if (text.size() != shape.size()) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i]) return std::nullopt;
    auto const number = [&](std::size_t at, std::size_t width) {
        int value = 0;
        for (std::size_t i = at; i < at + width; ++i) value = value * 10 + (text[i] - '0');
        return value;
    };
    year_month_day const date(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                              day(static_cast<unsigned>(number(8, 2))));
    if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return std::nullopt;
    return sys_days(date) + hours(number(11, 2)) + minutes(number(14, 2)) + seconds(number(17, 2)) +
           microseconds(number(20, 6));
}

}  // namespace holdfast::detail

#endif
