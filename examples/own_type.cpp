// A type of yours becomes JSON by saying which other type it looks like.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <iostream>

class Celsius {
public:
    Celsius() = default;
    explicit Celsius(double degrees) : degrees_(degrees) {}
    double degrees() const { return degrees_; }

private:
    double degrees_ = 0;
};

template <>
struct holdfast::JsonAs<Celsius> {
    static double to(Celsius const& value) { return value.degrees(); }
    static Result<Celsius> from(double degrees) {
        if (degrees < -273.15) return Error(Errc::malformed, "colder than absolute zero");
        return Celsius(degrees);
    }
};

struct Day {
    std::string date;
    Celsius highest;
};
BOOST_HANA_ADAPT_STRUCT(Day, date, highest);

int main() {
    holdfast::StateStore<Day> store;
    auto const day = store.create("seattle", {"2015-12-31", Celsius(5.6)}).value();
    std::cout << day.record()->payload.view() << '\n';  // {"date":"2015-12-31","highest":5.6}
    auto const impossible = store.create("nowhere", {"2015-12-31", Celsius(-300)}).value();
    auto const read = store.get("nowhere");
    std::cout << read.error().describe() << '\n';
    return day.record()->payload.view() == R"({"date":"2015-12-31","highest":5.6})" && !read ? 0 : 1;
}
