// Values at the edges of what JSON has room for.

#include "json_support.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace json_edges {

struct Main {
    int rows = 0;
};
/// Of a codec that keeps unknown members only of objects.
struct Own {
    int rows = 0;
};
struct State {
    int count = 0;
    std::optional<Main> spare;
    std::optional<Own> own;
};

}  // namespace json_edges

BOOST_HANA_ADAPT_STRUCT(json_edges::Main, rows);
BOOST_HANA_ADAPT_STRUCT(json_edges::State, count, spare, own);

template <>
struct holdfast::JsonCodec<json_edges::Own> {
    static bool write(JsonWriter& out, json_edges::Own const& value) {
        return out.object([&] { return out.key("rows") && out.number(value.rows); });
    }
    static bool read(JsonReader& in, json_edges::Own& value) {
        return in.object([&](std::string_view, JsonReader& member) { return member.read(value.rows); });
    }
    static bool leftovers(JsonReader& in, detail::JsonLeftovers&) {
        return in.object([](std::string_view, JsonReader& member) { return member.skip(); });
    }
};

namespace json_edges {

using namespace json_support;

TEST_CASE("Json: a member that was null may get a value, and others survive that", "[json][edges]") {
    std::string const before = R"({"count":1,"spare":null,"own":null,"new":[7]})";
    auto const none = write(State{2, {}, {}}, before);
    REQUIRE(none);
    CHECK(*none == R"({"count":2,"new":[7]})");
    auto const some = write(State{2, Main{3}, Own{4}}, before);
    REQUIRE(some);
    CHECK(*some == R"({"count":2,"spare":{"rows":3},"own":{"rows":4},"new":[7]})");
}

TEST_CASE("Json: escapes of the last and the first characters of each length in UTF-8", "[json][edges]") {
    CHECK(*read<std::string>(R"("\u007f\u0080")") == "\x7f\xc2\x80");
    CHECK(*read<std::string>(R"("\u07ff\u0800")") == "\xdf\xbf\xe0\xa0\x80");
    CHECK(*read<std::string>(R"("\uffff\ud800\udc00")") == "\xef\xbf\xbf\xf0\x90\x80\x80");
    CHECK(*read<std::string>(R"("\udbff\udfff")") == "\xf4\x8f\xbf\xbf");
}

TEST_CASE("Json: a year with a sign has six digits or more, and has room", "[json][edges]") {
    using Seconds = std::chrono::sys_seconds;
    CHECK(read<Seconds>(R"("+012024-02-29T00:00:00Z")"));
    CHECK(read<Seconds>(R"("-000001-02-28T00:00:00Z")"));
    for (std::string_view const year : {"+12024", "-2024", "+0000000000000000012024"}) {
        INFO(year);
        CHECK(!read<Seconds>("\"" + std::string(year) + "-02-28T00:00:00Z\""));
    }
}

}  // namespace json_edges
