#ifndef WEATHER_SOURCE_HPP
#define WEATHER_SOURCE_HPP

#include <algorithm>
#include <fstream>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// One row of the source. Dates are `2012/01/31`: their order as text is their order in time.
struct Day {
    std::string date;
    double precipitation = 0, temp_max = 0, temp_min = 0, wind = 0;
    std::string weather;

    friend bool operator==(Day const&, Day const&) = default;
};

/// A source that can be asked for what comes after a date, as an API with a cursor can.
class Source {
public:
    explicit Source(std::string const& csv) {
        std::ifstream file(csv);
        std::string line;
        std::getline(file, line);  // the names of the columns
        while (std::getline(file, line)) {
            std::replace(line.begin(), line.end(), ',', ' ');
            Day day;
            if (!(std::istringstream(line) >> day.date >> day.precipitation >> day.temp_max >> day.temp_min >>
                  day.wind >> day.weather))
                throw std::runtime_error(csv + ": this is not a row: " + line);
            days_.push_back(std::move(day));
        }
        if (days_.empty()) throw std::runtime_error(csv + " cannot be read, or has no rows");
    }

    /// At most `limit` days after `date`; the first ones if it is empty.
    std::span<Day const> after(std::string_view date, std::size_t limit) const {
        auto const from = std::upper_bound(days_.begin(), days_.end(), date,
                                           [](std::string_view d, Day const& day) { return d < day.date; });
        return {from, std::min(limit, static_cast<std::size_t>(days_.end() - from))};
    }

    std::vector<Day> const& days() const noexcept { return days_; }

private:
    std::vector<Day> days_;
};

#endif
