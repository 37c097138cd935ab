#ifndef HOLDFAST_SERIALIZATION_JSON_DURATION_HPP
#define HOLDFAST_SERIALIZATION_JSON_DURATION_HPP

#include <holdfast/core/time.hpp>
#include <holdfast/serialization/json/chrono.hpp>
#include <holdfast/serialization/json/codec.hpp>
#include <holdfast/serialization/json/reader.hpp>
#include <holdfast/serialization/json/scalars.hpp>
#include <holdfast/serialization/json/writer.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace holdfast {

namespace detail {

struct JsonUnit {
    std::string_view name;
    std::intmax_t num, den;
};

inline constexpr JsonUnit json_units[] = {{"ns", 1, 1'000'000'000}, {"us", 1, 1'000'000}, {"ms", 1, 1'000}, {"s", 1, 1},
                                          {"min", 60, 1},           {"h", 3600, 1},       {"d", 86400, 1}};

template <class Period>
consteval std::string_view json_unit_name() {
    for (JsonUnit const& unit : json_units)
        if (unit.num == Period::num && unit.den == Period::den) return unit.name;
    return {};
}

}  // namespace detail

/// A length of time: a whole number and the unit of the type, `"1500ms"`; the units are ns, us, ms, s, min, h and d.
/// Read in any of these, if the type holds it exactly.
template <detail::JsonInteger Rep, class Period>
    requires(!detail::json_unit_name<Period>().empty())
struct JsonCodec<std::chrono::duration<Rep, Period>> {
    using Length = std::chrono::duration<Rep, Period>;

    static bool write(JsonWriter& out, Length value) {
        return out.string(std::to_string(value.count()).append(detail::json_unit_name<Period>()));
    }
    static bool read(JsonReader& in, Length& value) {
        std::string text;
        if (!in.string(text)) return false;
        bool const negative = text.starts_with('-');
        std::uint64_t count = 0;  // the sign apart: that of unsigned types goes as far, and that of signed ones fits
        char const* const end = text.data() + text.size();
        auto const [stop, error] = std::from_chars(text.data() + negative, end, count);
        for (auto const& [name, num, den] : detail::json_units) {
            if (error != std::errc{} || std::string_view(stop, static_cast<std::size_t>(end - stop)) != name) continue;
            detail::JsonWide const whole = detail::JsonWide(count) * (negative ? -num : num) * Period::den;
            detail::JsonWide const part = detail::JsonWide(den) * Period::num;
            if (whole % part != 0 || !detail::json_fits<Rep>(whole / part))
                return in.fail("expected a length of time that its type can hold, found another one");
            value = Length(static_cast<Rep>(whole / part));
            return true;
        }
        return in.fail("expected a whole number with one of the units ns, us, ms, s, min, h, d, found other text");
    }
};

}  // namespace holdfast

#endif
