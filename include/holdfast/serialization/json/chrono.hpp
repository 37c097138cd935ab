#ifndef HOLDFAST_SERIALIZATION_JSON_CHRONO_HPP
#define HOLDFAST_SERIALIZATION_JSON_CHRONO_HPP

#include <holdfast/core/time.hpp>
#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/scalars.hpp>
#include <holdfast/serialization/json/time_text.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <cstdint>
#include <limits>
#include <string>

namespace holdfast {

namespace detail {

/// How many decimal digits a fraction of a second has in `Period`; 10 if no number of digits up to nine is exact.
template <class Period>
consteval unsigned json_fraction_digits() {
    unsigned digits = 0;
    std::intmax_t power = 1;
    for (; digits < 10 && power != Period::den; ++digits) power *= 10;
    return Period::den != 1 && Period::num != 1 ? 10 : digits;
}

/// Whether a `Rep` holds it.
template <class Rep>
constexpr bool json_fits(JsonWide value) noexcept {
    return value >= (std::numeric_limits<Rep>::min)() && value <= (std::numeric_limits<Rep>::max)();
}

/// So that the product of any count and the period has room.
inline constexpr std::intmax_t most_json_seconds = std::intmax_t{1} << 40;

template <class D>
concept JsonTicks = JsonInteger<typename D::rep> && (json_fraction_digits<typename D::period>() < 10) &&
                    (D::period::num < most_json_seconds);

}  // namespace detail

/// A point in time of the system's clock: RFC 3339 in UTC, with as many digits of a fraction as the type holds,
/// `"2024-02-29T12:00:00.250Z"`. Read with any offset and any fraction that the type holds exactly. Years beyond 0000
/// to 9999 have a sign and six digits or more, as in ISO 8601 and JavaScript: `"+292277026596-12-04T15:30:07Z"`.
/// Of other clocks no point in time means anything to another process.
template <detail::JsonTicks D>
struct JsonCodec<std::chrono::sys_time<D>> {
    using Time = std::chrono::sys_time<D>;
    using Period = typename D::period;
    static constexpr unsigned digits = detail::json_fraction_digits<Period>();

    static bool write(JsonWriter& out, Time value) {
        detail::JsonWide const ticks = detail::JsonWide(value.time_since_epoch().count()) * Period::num;
        detail::JsonWide const rest = ((ticks % Period::den) + Period::den) % Period::den;
        detail::JsonMoment const moment{(ticks - rest) / Period::den, static_cast<std::uint32_t>(rest)};
        return out.string(detail::json_time_text(moment, digits));
    }
    static bool read(JsonReader& in, Time& value) {
        std::string text;
        if (!in.string(text)) return false;
        detail::JsonMoment moment;
        if (!detail::parse_json_time(text, digits, moment))
            return in.fail("expected a time as RFC 3339 writes it, with at most " + std::to_string(digits) +
                           " digits of a fraction, found other text");
        detail::JsonWide const ticks = moment.seconds * Period::den + moment.fraction;
        if (ticks % Period::num != 0 || !detail::json_fits<typename D::rep>(ticks / Period::num))
            return in.fail("expected a time that its type can hold, found another one");
        value = Time(D(static_cast<typename D::rep>(ticks / Period::num)));
        return true;
    }
};

}  // namespace holdfast

#endif
