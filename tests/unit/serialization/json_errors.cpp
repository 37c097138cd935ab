#include "json_support.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace json_errors {

struct Table {
    std::uint8_t rows = 0;
    std::string name;
};
/// JSON inside of a string of JSON.
struct Wrapped {
    std::vector<int> inner;
};
/// Of a codec that is wrong.
struct Twice {
    int value = 0;
};
struct State {
    std::vector<Table> tables;
    std::map<std::string, Table> named;
    std::optional<Table> spare;
    double ratio = 0.5;
};

}  // namespace json_errors

BOOST_HANA_ADAPT_STRUCT(json_errors::Table, rows, name);
BOOST_HANA_ADAPT_STRUCT(json_errors::State, tables, named, spare, ratio);

template <>
struct holdfast::JsonAs<json_errors::Wrapped> {
    static std::string to(json_errors::Wrapped const& value) { return json_support::write(value.inner).value(); }
    static holdfast::Result<json_errors::Wrapped> from(std::string const& text) {
        auto inner = json_support::read<std::vector<int>>(text);
        if (!inner) return inner.error();
        return json_errors::Wrapped{*std::move(inner)};
    }
};

template <>
struct holdfast::JsonCodec<json_errors::Twice> {
    static bool write(JsonWriter& out, json_errors::Twice const& twice) { return out.number(twice.value); }
    static bool read(JsonReader& in, json_errors::Twice& twice) {
        if (in.kind() == JsonKind::number) return in.number(twice.value) && in.number(twice.value);
        return in.array([&](std::size_t, JsonReader&) { return in.skip(); });
    }
};

namespace json_errors {

using namespace json_support;

TEST_CASE("Json: a codec that reads a value twice is told so") {
    for (char const* text : {"1", "[1,2]", "[[1,2],3]", "[[],[]]"}) {
        auto const state = read<Twice>(text);
        REQUIRE(!state);
        CHECK(state.error() == Errc::invalid_argument);
        CHECK(state.error().message().find("reads a value twice") != std::string_view::npos);
    }
}

TEST_CASE("Json: members may stand in any order, with any spaces") {
    for (char const* text : {R"({"tables":[{"rows":1,"name":"a"}],"named":{},"spare":{},"ratio":2})",
                             R"({"ratio":2,"spare":{},"tables":[{"name":"a","rows":1}],"named":{}})",
                             R"({"tables":[{"rows" :1,"name": "a"}],"spare":{},"new":[{}],"ratio":2.0})",
                             R"({ "tables" : [ { "new":0,"rows":1,"name":"a" } ] ,"spare":{},"r\u0061tio":20e-1})",
                             R"({"tables":[{"rows":1,"new":{"rows":2},"name":"a"} ],"spare":{"x":1},"ratio":2.00})"}) {
        INFO(text);
        auto const state = read<State>(text);
        REQUIRE(state);
        REQUIRE(state->tables.size() == 1);
        CHECK(state->tables[0].rows == 1);
        CHECK(state->tables[0].name == "a");
        CHECK(state->spare);
        CHECK(state->ratio == 2);
    }
    CHECK(read_error<State>(R"({"ratio":1,"spare":{}"named":{}})") != "accepted");
    CHECK(read_error<State>(R"({"tables":[]}"named":{}})") != "accepted");
    CHECK(read_error<State>(R"({{"tables":[]})") != "accepted");
    CHECK(read_error<State>(R"(,"tables":[]})") != "accepted");
}

TEST_CASE("Json: whole numbers at the limits of their types, decimals of any length") {
    CHECK(*read<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
    CHECK(*read<std::int64_t>("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
    CHECK(*read<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
    CHECK(*read<signed char>("-128") == -128);
    for (char const* text : {"9223372036854775808", "-9223372036854775809", "18446744073709551616", "-", "00", "-01"})
        CHECK(!read<std::int64_t>(text));
    CHECK(!read<std::uint64_t>("18446744073709551616"));
    CHECK(!read<std::uint64_t>("-0"));
    CHECK(!read<signed char>("128"));
    CHECK(!read<signed char>("-129"));
    CHECK(*read<double>("0.1") == 0.1);
    CHECK(*read<double>("-123456.789012") == -123456.789012);
    CHECK(*read<double>("9007199254740993") == 9007199254740992.0);
    CHECK(*read<double>("0.1000000000000000055511151231257827") == 0.1);
    CHECK(*read<float>("16777217") == 16777216.0F);
    CHECK(*read<float>("0.3") == 0.3F);
    CHECK(std::signbit(*read<double>("-0.0")));
}

TEST_CASE("Json: an error names the path, what was expected and the kind of what was found") {
    std::string const row = "expected a whole number from 0 to 255, found ";
    CHECK(read_error<State>(R"({"tables":[{},{},{},{"rows":"secret"}]})") ==
          "JSON at $.tables[3].rows: " + row + "a string (byte 28)");
    CHECK(read_error<State>(R"({"tables":[{"rows":256}]})") ==
          "JSON at $.tables[0].rows: " + row + "a number (byte 19)");
    CHECK(read_error<State>(R"({"tables":[{"rows":-1}]})") ==
          "JSON at $.tables[0].rows: " + row + "a number (byte 19)");
    CHECK(read_error<State>(R"({"tables":[{"rows":1.0}]})") ==
          "JSON at $.tables[0].rows: " + row + "a number (byte 19)");
    CHECK(read_error<State>(R"({"tables":[{"rows":1e1}]})") ==
          "JSON at $.tables[0].rows: " + row + "a number (byte 19)");
    CHECK(read_error<State>(R"({"tables":[{"rows":007}]})") ==
          "JSON at $.tables[0].rows: " + row + "what is not JSON (byte 19)");
    CHECK(read_error<State>(R"({"named":{"a":{},"secret":{"name":null}}})") ==
          "JSON at $.named{1}.name: expected a string, found null (byte 34)");
    CHECK(read_error<State>(R"({"spare":[]})") == "JSON at $.spare: expected an object, found an array (byte 9)");
    CHECK(read_error<State>(R"({"spare":{"name":{}}})") ==
          "JSON at $.spare.name: expected a string, found an object (byte 17)");
    CHECK(read_error<State>(R"({"tables":7})") == "JSON at $.tables: expected an array, found a number (byte 10)");
    CHECK(read_error<State>(R"({"ratio":true})") == "JSON at $.ratio: expected a number, found a boolean (byte 9)");
    CHECK(read_error<State>(R"({"ratio":1e999})") ==
          "JSON at $.ratio: expected a number within the range of double, found a number (byte 9)");
    CHECK(read_error<State>(R"({"ratio":nan})") ==
          "JSON at $.ratio: expected a number, found what is not JSON (byte 9)");
    CHECK(read_error<State>("null") == "JSON at $: expected an object, found null (byte 0)");
    CHECK(read_error<float>("1e39") ==
          "JSON at $: expected a number within the range of float, found a number (byte 0)");
    CHECK(read_error<bool>("tru") == "JSON at $: expected true or false, found what is not JSON (byte 0)");
    CHECK(read_error<bool>("truer") == "JSON at $: expected true or false, found what is not JSON (byte 0)");
    CHECK(read_error<bool>("0") == "JSON at $: expected true or false, found a number (byte 0)");
    CHECK(read_error<std::array<int, 2>>("[1]") ==
          "JSON at $: expected an array of 2 elements, found another length (byte 0)");
    CHECK(read_error<std::pair<int, int>>("[1,2,3]") ==
          "JSON at $: expected an array of 2 elements, found another length (byte 0)");
    CHECK(read_error<std::set<int>>("[1,2,1]") == "JSON at $[2]: this element of a set stands here twice (byte 5)");
}

TEST_CASE("Json: a member that is missing keeps its default") {
    auto const state = read<State>("{}");
    REQUIRE(state);
    CHECK(state->ratio == 0.5);
    CHECK(!state->spare);
    CHECK(!read<State>(R"({"spare":null})")->spare);
}

TEST_CASE("Json: two members of one name are refused, wherever they are") {
    CHECK(read_error<State>(R"({"ratio":1,"ratio":1})") ==
          "JSON at $.ratio: another member of this object has the same name (byte 19)");
    CHECK(read_error<State>(R"({"ratio":1,"r\u0061tio":1})") ==
          "JSON at $.ratio: another member of this object has the same name (byte 24)");
    CHECK(read_error<State>(R"({"named":{"a":{},"b":{},"a":{}}})") ==
          "JSON at $.named{2}: another member of this object has the same name (byte 28)");
    CHECK(read_error<State>(R"({"new":1,"ratio":1,"n\u0065w":1})") ==
          "JSON at $: two members have the same name (byte 0)");
    CHECK(read_error<State>(R"({"x":0,"ratio":1,"new":[{"a":1,"b":1,"a":1}]})") ==
          "JSON at ${2}[0]: two members have the same name (byte 24)");
    CHECK(read_error<JsonValue>(R"([{"a":1,"a":1}])") == "JSON at $[0]: two members have the same name (byte 1)");
}

TEST_CASE("Json: two members of one name are found among many") {
    for (int count : {2, 15, 16, 17, 18, 100}) {
        std::string text = "{\"n0\":0";
        for (int i = 1; i < count; ++i) text += ",\"n" + std::to_string(i) + "\":0";
        CHECK(read<JsonValue>(text + "}"));
        CHECK(read_error<JsonValue>(text + ",\"n0\":0}") == "JSON at $: two members have the same name (byte 0)");
        CHECK(read_error<JsonValue>(text + ",\"n" + std::to_string(count - 1) + "\":0}") != "accepted");
    }
}

TEST_CASE("Json: what is skipped is checked as what is read") {
    for (char const* value : {"tru",
                              "nul",
                              "01",
                              "1.",
                              ".5",
                              "-",
                              "1e",
                              "+1",
                              "1x",
                              "[1,]",
                              "[,1]",
                              "[1 2]",
                              "[1",
                              "[1}",
                              R"({"a":1,,})",
                              R"({"a":1,})",
                              R"({"a"})",
                              R"({"a" 1})",
                              R"({a:1})",
                              R"({1:1})",
                              R"(["a":1])",
                              R"({"a":"b":1})",
                              R"("\x")",
                              R"("\u12g4")",
                              R"("\ud800")",
                              R"("\udc00")",
                              R"("\ud800\u0041")",
                              R"("\ud800x")",
                              "'a'",
                              "NaN",
                              "Infinity",
                              "\"a\nb\"",
                              "\"a\tb\"",
                              "\"\x80\"",
                              "\"\xc0\xaf\"",
                              "\"\xed\xa0\x80\"",
                              "\"\xf4\x90\x80\x80\"",
                              "//",
                              "/**/1",
                              "\"a\"b",
                              "1\"a\"",
                              "true\"a\"",
                              "\"a\"\"b\"",
                              "",
                              "}",
                              "]",
                              ",",
                              ":",
                              "\"",
                              "\"\\\"",
                              "[\"a\":1],2]"}) {
        INFO(value);
        std::string const text(value);
        CHECK(read_error<State>("{\"new\":" + text + "}") != "accepted");
        CHECK(read_error<State>("{\"new\":[" + text + "]}") != (text.empty() ? "" : "accepted"));
        CHECK(read_error<JsonValue>(text) != "accepted");
        CHECK(read_error<JsonValue>("[" + text + ",1]") != "accepted");
        CHECK(read_error<JsonValue>("{\"a\":" + text + "}") != "accepted");
        CHECK(read_error<std::string>(text) != "accepted");
        CHECK(read_error<double>(text) != "accepted");
    }
}

TEST_CASE("Json: payloads that are no JSON at all") {
    CHECK(read_error<State>("") == "JSON at $: expected a value, found no bytes at all");
    CHECK(read_error<State>("\xef\xbb\xbf{}") == "JSON at $: expected a value, found a byte order mark");
    CHECK(read_error<State>(" \n ").starts_with("JSON at $: "));
    CHECK(read_error<int>(" \n ").starts_with("JSON at $: "));
    for (char const* text : {"{}x", "{} {}", "{}]", "[]", "{},", "{}\"", "{\"ratio\":1}}", "{}\\"})
        CHECK(read_error<State>(text).starts_with("JSON at $: "));
    for (char const* text : {"1 2", "1,", "1 x", "1]"}) CHECK(read_error<int>(text).starts_with("JSON at $: "));
    CHECK(read_error<std::string>("\"a\" \"b\"") == "JSON at $: something follows the value (byte 0)");
    CHECK(read_error<std::string>("\"a\":").starts_with("JSON at $: "));
    CHECK(read_error<std::string>(std::string_view("\"a\"\0", 4)) != "accepted");
    CHECK(read_error<State>(std::string_view("{}\0", 3)) != "accepted");
    CHECK(read_error<std::vector<int>>("[1,2") != "accepted");
    CHECK(read_error<std::vector<std::vector<int>>>("[[1,2]") != "accepted");
    CHECK(read_error<std::string>("\"abc") != "accepted");
}

TEST_CASE("Json: every cut of a good payload is refused") {
    std::string const text =
        R"({"tables":[{"rows":1,"name":"a\n"}],"named":{"x":{"rows":2}},"new":[1,{"a":null}],"ratio":1e5})";
    REQUIRE(read<State>(text));
    for (std::size_t size = 0; size < text.size(); ++size) CHECK(read_error<State>(text.substr(0, size)) != "accepted");
}

TEST_CASE("Json: depth has a limit, the same for reading and writing") {
    auto const nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(read<JsonValue>(nested(max_json_depth)));
    CHECK(read_error<JsonValue>(nested(max_json_depth + 1))
              .ends_with("arrays and objects are nested too deeply (byte 128)"));
    CHECK(read_error<State>("{\"new\":" + nested(max_json_depth) + "}").ends_with("nested too deeply (byte 134)"));
    CHECK(read_error<JsonValue>(nested(1'000'000)) != "accepted");
    CHECK(read_error<JsonValue>(std::string(1'000'000, '[')) != "accepted");
    JsonValue value;
    for (unsigned i = 0; i < max_json_depth; ++i) value = JsonValue::Array{value};
    CHECK(write(value));
    value = JsonValue::Array{value};
    CHECK(write_error(value).ends_with(": cannot write more levels of arrays and objects than a reader accepts"));
}

TEST_CASE("Json: what cannot be written is refused with its path") {
    State state;
    state.ratio = std::numeric_limits<double>::quiet_NaN();
    CHECK(write_error(state) == "JSON at $.ratio: cannot write NaN or an infinity, which JSON does not have");
    state.ratio = -std::numeric_limits<double>::infinity();
    CHECK(write_error(state) == "JSON at $.ratio: cannot write NaN or an infinity, which JSON does not have");
    state.ratio = 1;
    state.tables.resize(2);
    for (char const* bad : {"\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "ab\xe2\x82",
                            "0123456789abcdef\xff", "0123456789abcdef01234567\xff", "\xff\n"}) {
        state.tables[1].name = bad;
        CHECK(write_error(state) == "JSON at $.tables[1].name: cannot write text that is not UTF-8");
    }
    state.tables.clear();
    state.named["\xff"];
    CHECK(write_error(state) == "JSON at $.named{0}: cannot write text that is not UTF-8");
}

TEST_CASE("Json: an error never holds a part of the payload") {
    std::string const secret = "hunter2";
    for (std::string const& text :
         {"{\"" + secret + "\":tru}", "{\"named\":{\"" + secret + "\":1}}", "{\"ratio\":\"" + secret + "\"}",
          "{\"ratio\":" + secret + "}", "{\"named\":{\"" + secret + "\":{},\"" + secret + "\":{}}}",
          "\"" + secret + "\"", secret}) {
        auto const state = read<State>(text);
        REQUIRE(!state);
        CHECK(state.error().describe().find(secret) == std::string::npos);
    }
    State state;
    state.named[secret].name = secret + "\xff";
    CHECK(write(state).error().describe().find(secret) == std::string::npos);
}

TEST_CASE("Json: one may read inside of reading") {
    auto const wrapped = read<std::vector<Wrapped>>(R"(["[1,2]","[3]"])");
    REQUIRE(wrapped);
    CHECK(wrapped->at(0).inner == std::vector{1, 2});
    CHECK(wrapped->at(1).inner == std::vector{3});
    CHECK(*write(*wrapped) == R"(["[1,2]","[3]"])");
    CHECK(read_error<std::vector<Wrapped>>(R"(["[1,2]","[x]"])")
              .starts_with("JSON at $[1]: JSON at $[0]: expected a whole"));
}

TEST_CASE("Json: any thread may read and write") {
    std::vector<std::thread> threads;
    std::vector<int> sums(4);
    for (std::size_t i = 0; i < sums.size(); ++i) {
        threads.emplace_back([&, i] {
            for (int n = 0; n < 500; ++n) sums[i] += read<std::vector<int>>("[1,2,3]")->at(2);
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(sums == std::vector<int>(4, 1500));
}

TEST_CASE("Json: a large payload, and a small one after it") {
    std::vector<std::string> many(200'000, "some text that is neither short nor very long");
    auto const text = write(many);
    REQUIRE(text);
    CHECK(*read<std::vector<std::string>>(*text) == many);
    CHECK(*read<int>("1") == 1);
}

}  // namespace json_errors
