#include "json_support.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// Two versions of one program. The older one must not lose what the newer one wrote.
namespace json_versions {

struct NewerTable {
    int rows = 0;
    std::string cursor = "start";
    bool operator==(NewerTable const&) const = default;
};
struct NewerOwner {
    std::string name, mail;
    bool operator==(NewerOwner const&) const = default;
};
struct Newer {
    std::string date;
    std::optional<std::string> note;
    NewerTable main;
    std::optional<NewerTable> spare;
    std::map<std::string, NewerTable> tables;
    std::vector<NewerTable> list;
    std::variant<NewerTable, NewerOwner> either;
    holdfast::JsonValue extra;
    bool operator==(Newer const&) const = default;
};

struct OlderTable {
    int rows = 0;
};
struct OlderOwner {
    std::string name;
};
struct Older {
    std::string date;
    OlderTable main;
    std::optional<OlderTable> spare;
    std::map<std::string, OlderTable> tables;
    std::vector<OlderTable> list;
    std::variant<OlderTable, OlderOwner> either;
};

}  // namespace json_versions

BOOST_HANA_ADAPT_STRUCT(json_versions::NewerTable, rows, cursor);
BOOST_HANA_ADAPT_STRUCT(json_versions::NewerOwner, name, mail);
BOOST_HANA_ADAPT_STRUCT(json_versions::Newer, date, note, main, spare, tables, list, either, extra);
BOOST_HANA_ADAPT_STRUCT(json_versions::OlderTable, rows);
BOOST_HANA_ADAPT_STRUCT(json_versions::OlderOwner, name);
BOOST_HANA_ADAPT_STRUCT(json_versions::Older, date, main, spare, tables, list, either);

template <>
struct holdfast::JsonNames<std::variant<json_versions::NewerTable, json_versions::NewerOwner>> {
    static constexpr std::string_view names[] = {"table", "owner"};
};
template <>
struct holdfast::JsonNames<std::variant<json_versions::OlderTable, json_versions::OlderOwner>> {
    static constexpr std::string_view names[] = {"table", "owner"};
};

namespace json_versions {

using namespace json_support;

Newer newer() {
    Newer state;
    state.date = "2024-02-29";
    state.note = "keep me";
    state.main = {1, "m"};
    state.spare = {2, "s"};
    state.tables = {{"a\n", {3, "a"}}, {"b", {4, "b"}}, {"c", {5, "c"}}};
    state.list = {{6, "l"}};
    state.either = NewerOwner{"ana", "ana@example.org"};
    state.extra = *read<JsonValue>(R"({"z":1.50,"a":[1e999,"\u00e9",{"k":null}]})");
    return state;
}

TEST_CASE("Json: a write by an older program keeps what it does not know") {
    std::string const before = *write(newer());
    Older older = *read<Older>(before);
    older.date = "2024-03-01";
    older.main.rows = 10;
    older.spare->rows = 20;
    older.tables.at("a\n").rows = 30;
    older.tables.erase("b");
    older.tables["d"].rows = 70;
    older.list[0].rows = 60;

    auto const text = write(older, before);
    REQUIRE(text);
    Newer expected = newer();
    expected.date = "2024-03-01";
    expected.main.rows = 10;
    expected.spare->rows = 20;
    expected.tables.at("a\n").rows = 30;
    expected.tables.erase("b");
    expected.tables["d"] = {70, "start"};
    expected.list = {{60, "start"}};  // an element has no name by which to find it again
    CHECK(*read<Newer>(*text) == expected);
    CHECK(*text == R"({"date":"2024-03-01","main":{"rows":10,"cursor":"m"},"spare":{"rows":20,"cursor":"s"},)"
                   R"("tables":{"a\n":{"rows":30,"cursor":"a"},"c":{"rows":5,"cursor":"c"},"d":{"rows":70}},)"
                   R"("list":[{"rows":60}],"either":{"owner":{"name":"ana","mail":"ana@example.org"}},)"
                   R"("note":"keep me","extra":{"z":1.50,"a":[1e999,"é",{"k":null}]}})");
    CHECK(*write(older, before) == *text);
    CHECK(*write(older, *text) == *text);
}

TEST_CASE("Json: unknown members keep their text, without the spaces between") {
    std::string const before =
        "{ \"new\" : { \"a\" : [ 1.0 , \"\\u00e9 \\/ x\" , true , null , { } , [ ] ] } ,\n\"rows\" : 1 , "
        "\"\\u006eext\" : \"\" }";
    CHECK(*write(OlderTable{2}, before) == R"({"rows":2,"new":{"a":[1.0,"\u00e9 \/ x",true,null,{},[]]},"next":""})");
}

TEST_CASE("Json: what was emptied stays empty, and nothing comes back under another alternative") {
    std::string const before = *write(newer());
    Older older = *read<Older>(before);
    older.spare.reset();
    older.either = OlderTable{9};
    Newer const after = *read<Newer>(*write(older, before));
    CHECK(!after.spare);
    CHECK(after.either == decltype(after.either)(NewerTable{9, "start"}));

    Newer without = newer();
    without.note.reset();
    CHECK(!read<Newer>(*write(without, before))->note);
}

TEST_CASE("Json: a newer program reads what an older one wrote, with defaults") {
    Older older;
    older.date = "2024-02-29";
    Newer const state = *read<Newer>(*write(older));
    CHECK(state.date == "2024-02-29");
    CHECK(state.main == NewerTable());
    CHECK(!state.note);
}

TEST_CASE("Json: a previous record of another shape has nothing to keep") {
    CHECK(*write(OlderTable{2}, "[1,2]") == R"({"rows":2})");
    CHECK(*write(OlderTable{2}, "7") == R"({"rows":2})");
    CHECK(*write(OlderTable{2}, "{}") == R"({"rows":2})");
    CHECK(*write(std::vector<int>{1}, "{\"a\":1}") == "[1]");
    CHECK(*write(std::map<std::string, OlderTable>{{"a", {1}}}, R"({"a":5,"b":{"x":1}})") == R"({"a":{"rows":1}})");
    CHECK(*write(std::optional<OlderTable>(), R"({"new":1})") == "null");
    CHECK(*write(std::optional(OlderTable{1}), R"({"new":1})") == R"({"rows":1,"new":1})");
    CHECK(*write(std::optional(OlderTable{1}), "null") == R"({"rows":1})");

    Record removed{*Key::parse("k"), {}, {}, {}, {}};
    Buffer out;
    REQUIRE(Json().encode({KeyView("k"), 1, &removed}, OlderTable{1}, out));
    CHECK(out.view() == R"({"rows":1})");
}

TEST_CASE("Json: writing over a damaged record is refused, as what it held is not known") {
    for (char const* before :
         {"{\"rows\":1", "{\"new\":tru}", "{\"rows\":tru}", "{\"new\":1,\"new\":2}", "garbage", "{}{}",
          "{\"new\":\"\\x\"}", "{\"new\":\"\xff\"}", "\xef\xbb\xbf{}", "{\"new\":{\"a\":1,}}"}) {
        INFO(before);
        auto const text = write(OlderTable{1}, before);
        REQUIRE(!text);
        CHECK(text.error() == Errc::malformed);
        CHECK(text.error().message().ends_with(
            "; this record would be replaced, and its unknown members lost: repair it, or remove it first"));
    }
}

TEST_CASE("Json: what is replaced as a whole is checked, but for equal names in it") {
    CHECK(*write(Newer(), R"({"list":[{"a":1,"a":2},[],{},[[{}]]],"other":[1.5]})") ==
          write(Newer())->substr(0, write(Newer())->size() - 1) + R"(,"other":[1.5]})");
    std::string const deep(max_json_depth, '[');
    for (std::string const& list : std::initializer_list<std::string>{
             "[{\"rows\":tru}]", "[1,]",      "[,1]",  "[1 2]", "[1}",  "{\"a\":1]", "{\"a\"}",   "{\"a\" 1}",
             "{\"a\":1,}",       "{,}",       "{1:1}", "[01]",  "[1x]", "[1.]",      "[\"\\x\"]", "{\"\\x\":1}",
             "[\"a\"b]",         "[\"a\":1]", "nul",   "]",     "[",    "{",         ""}) {
        INFO(list);
        auto const text = write(Newer(), "{\"list\":" + list + "}");
        REQUIRE(!text);
        CHECK(text.error() == Errc::malformed);
    }
    CHECK(write(Newer(), "{\"list\":" + deep.substr(1) + std::string(max_json_depth - 1, ']') + "}"));
    CHECK(!write(Newer(), "{\"list\":" + deep + std::string(max_json_depth, ']') + "}"));
}

TEST_CASE("Json: unknown members below the limit of depth are written back") {
    std::string const deep = std::string(max_json_depth - 1, '[') + std::string(max_json_depth - 1, ']');
    std::string const before = "{\"rows\":1,\"new\":" + deep + "}";
    auto const text = write(OlderTable{1}, before);
    REQUIRE(text);
    CHECK(*text == before);
    CHECK(read<OlderTable>(*text));
}

TEST_CASE("Json: an older program may write again and again") {
    std::string text = *write(newer());
    for (int i = 0; i < 20; ++i) {
        Older older = *read<Older>(text);
        ++older.main.rows;
        text = *write(older, text);
    }
    Newer expected = newer();
    expected.main.rows += 20;
    expected.list[0].cursor = "start";
    CHECK(*read<Newer>(text) == expected);
}

}  // namespace json_versions
