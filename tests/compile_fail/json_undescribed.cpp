// link: json
// expect: holdfast: Json cannot code this type; describe it with BOOST_HANA_ADAPT_STRUCT, or spec
// expect: JsonRefuses<Undescribed>

#include <holdfast/serialization/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

struct Undescribed {
    int rows = 0;
};
struct Pipeline {
    std::string date;
    std::map<std::string, std::vector<std::optional<Undescribed>>> tables;
};
BOOST_HANA_ADAPT_STRUCT(Pipeline, date, tables);
#ifdef HOLDFAST_ACCEPT
BOOST_HANA_ADAPT_STRUCT(Undescribed, rows);
#else
static_assert(!holdfast::SerializationPolicy<holdfast::Json, Pipeline>);
#endif

int main() {
    holdfast::Buffer out;
    Pipeline state;
    state.tables["orders"].push_back(Undescribed{7});
    (void)holdfast::Json().encode({holdfast::KeyView("k"), 1, nullptr}, state, out);
    return out.view() == R"({"date":"","tables":{"orders":[{"rows":7}]}})" ? 0 : 1;
}
