// What a payload says replaces what a state begins with; nothing of the two is mixed.

#include "json_support.hpp"

#include <boost/hana/adapt_struct.hpp>

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace json_defaults {

struct Settings {
    std::map<std::string, int> map{{"a", 1}};
    std::vector<int> list{1, 2};
    std::deque<int> deque{3};
    std::set<int> set{4};
    std::optional<int> optional = 5;
};

}  // namespace json_defaults

BOOST_HANA_ADAPT_STRUCT(json_defaults::Settings, map, list, deque, set, optional);

namespace json_defaults {

using json_support::read;

TEST_CASE("Json: what is read is not added to what was there") {
    auto const emptied = read<Settings>(R"({"map":{},"list":[],"deque":[],"set":[],"optional":null})").value();
    CHECK(emptied.map.empty());
    CHECK(emptied.list.empty());
    CHECK(emptied.deque.empty());
    CHECK(emptied.set.empty());
    CHECK_FALSE(emptied.optional);
    auto const other = read<Settings>(R"({"map":{"b":2},"list":[7],"deque":[8],"set":[9],"optional":6})").value();
    CHECK(other.map == std::map<std::string, int>{{"b", 2}});
    CHECK(other.list == std::vector{7});
    CHECK(other.deque == std::deque{8});
    CHECK(other.set == std::set{9});
    CHECK(other.optional == 6);
}

TEST_CASE("Json: what is missing is as in a state that was just made, but an optional is empty") {
    auto const missing = read<Settings>("{}").value();
    CHECK(missing.map == std::map<std::string, int>{{"a", 1}});
    CHECK(missing.list == std::vector{1, 2});
    CHECK_FALSE(missing.optional);
}

}  // namespace json_defaults
