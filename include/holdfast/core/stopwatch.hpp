#ifndef HOLDFAST_CORE_STOPWATCH_HPP
#define HOLDFAST_CORE_STOPWATCH_HPP

#include <holdfast/core/decimal.hpp>
#include <holdfast/core/environment.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// Measures time across processes that come one after the other, by their monotonic clocks: a value, kept in a record.
///
/// What passes between two looks in a row counts if both were made on one time line (`Environment::timeline`: one
/// machine since its start), and does not count otherwise. So it never shows more than has truly passed since its first
/// look, whoever sets a time of day to what, and may show less.
struct Stopwatch {
    Duration elapsed{0};
    WriteId timeline{};  ///< of the last look; zero: there was none yet
    Instant looked{};    ///< the moment of the last look, on that time line

    explicit operator bool() const noexcept { return static_cast<bool>(timeline); }

    void look(Environment& env) {
        WriteId const here = env.timeline();
        Instant const now = env.monotonic();
        if (here == timeline && now < looked) return;  // by a copy of the machine, whose clock is behind
        if (here == timeline) elapsed += now - looked;
        timeline = here;
        looked = now;
    }

    /// "<nanoseconds> <time line> <nanoseconds>"
    std::string text() const {
        auto const line = timeline.text();
        return std::to_string(elapsed.count())
            .append(" ")
            .append(line.data(), line.size())
            .append(" ")
            .append(std::to_string(looked.time_since_epoch().count()));
    }
    static std::optional<Stopwatch> parse(std::string_view text) {
        std::size_t const first = text.find(' '), last = text.rfind(' ');
        if (first == text.npos || first == last) return std::nullopt;
        auto const elapsed = number(text.substr(0, first)), looked = number(text.substr(last + 1));
        auto const line = WriteId::parse(text.substr(first + 1, last - first - 1));
        if (!elapsed || *elapsed < 0 || !line || !looked) return std::nullopt;
        return Stopwatch{Duration(*elapsed), *line, Instant(Duration(*looked))};
    }

private:
    static std::optional<Duration::rep> number(std::string_view text) noexcept {
        bool const negative = text.starts_with('-');
        if (negative) text.remove_prefix(1);
        auto const value = detail::parse_decimal(text, static_cast<std::uint64_t>((Duration::max)().count()));
        if (!value) return std::nullopt;
        auto const number = static_cast<Duration::rep>(*value);
        return negative ? -number : number;
    }
};

}  // namespace holdfast

#endif
