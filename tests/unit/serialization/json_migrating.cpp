// A chain of versions over Json: which members survive, and what an error says.

#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/migrating.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/laws/serialization.hpp>

#include <boost/hana/adapt_struct.hpp>
#include <catch2/catch_test_macros.hpp>

namespace json_migrating {

struct V1 {
    std::string page;
};
struct V2 {
    int page = 0;
};
struct V3 {
    int page = 0;
    std::string token;
    friend bool operator==(V3 const&, V3 const&) = default;
};

}  // namespace json_migrating

BOOST_HANA_ADAPT_STRUCT(json_migrating::V1, page);
BOOST_HANA_ADAPT_STRUCT(json_migrating::V2, page);
BOOST_HANA_ADAPT_STRUCT(json_migrating::V3, page, token);

namespace json_migrating {

using namespace holdfast;
using namespace holdfast::testing;

Result<V2> to_v2(V1 const& old) {
    if (old.page != "one" && old.page != "two")
        return Error(Errc::invalid_argument, "a page is 'one' or 'two'; correct it");
    return V2{old.page == "one" ? 1 : 2};
}
V3 to_v3(V2 old) { return {old.page * 10, "none"}; }

using Chain = Migrating<Json, Step<V1, V2, &to_v2>, Step<V2, V3, &to_v3>>;
static_assert(SerializationPolicy<Chain, V3> && !SerializationPolicy<Chain, V2>);

CodingContext const about{KeyView("k"), 1, nullptr};
Result<V3> decode(std::string_view payload) {
    return Chain().decode<V3>(about, testing::law::make_record("k", payload));
}
std::string encode_over(std::string_view previous, V3 const& state) {
    auto const record = testing::law::make_record("k", previous);
    Buffer out;
    Chain().encode({KeyView("k"), 2, record.get()}, state, out).value();
    return std::string(out.view());
}

TEST_CASE("migrating Json: every version is read") {
    CHECK(*decode(R"({"page":"two"})") == V3{20, "none"});
    CHECK(*decode("holdfast-schema:2\n{\"page\":7}") == V3{70, "none"});
    CHECK(*decode("holdfast-schema:3\n{\"page\":7,\"token\":\"x\"}") == V3{7, "x"});
    Chain chain;
    CHECK(check_serialization<V3>(chain, {V3(), V3{-5, "\n\"ü"}}).text() == "");
}

TEST_CASE("migrating Json: errors name the version that was read, or the step") {
    CHECK(decode(R"({"page":2})").error().message() ==
          "read as version 1 of its schema: JSON at $.page: expected a string, found a number (byte 8); repair the "
          "record or restore it");
    CHECK(decode("holdfast-schema:3\n{\"page\":\"x\"}")
              .error()
              .message()
              .starts_with("read as version 3 of its schema: JSON at $.page"));
    auto const failed = decode(R"({"page":"three"})").error();
    CHECK(failed == Errc::incompatible);
    CHECK(failed.message().starts_with("the step from version 1 of the schema to 2 failed (invalid_argument: a page "));
    CHECK(failed.message().find("three") == std::string::npos);
}

TEST_CASE("migrating Json: unknown members survive a write over their own version, and no other") {
    V3 const state{1, "t"};
    std::string const plain = "holdfast-schema:3\n{\"page\":1,\"token\":\"t\"}";
    CHECK(encode_over("holdfast-schema:3\n{\"page\":9,\"more\":[1]}", state) ==
          "holdfast-schema:3\n{\"page\":1,\"token\":\"t\",\"more\":[1]}");
    CHECK(encode_over("holdfast-schema:2\n{\"page\":9,\"more\":[1]}", state) == plain);
    CHECK(encode_over("{\"page\":\"one\",\"more\":[1]}", state) == plain);
    CHECK(encode_over("broken, but of an older version", state) == plain);
}

TEST_CASE("migrating Json: a state that cannot be coded leaves nothing behind, not even its version") {
    Buffer out;
    out.append("before");
    CHECK(Chain().encode(about, V3{1, "\xff"}, out).error() == Errc::invalid_argument);
    CHECK(out.view() == "before");
}

TEST_CASE("migrating Json: a step that fails keeps the record from being written") {
    MemoryStorage memory;
    StateStore<V1>(memory).create("k", {"three"}).value();
    StateStore<V3, Chain> store(memory);
    auto const failed = store.update("k", [](V3& s) { s.page = 1; });
    CHECK(failed.error() == Errc::incompatible);
    CHECK((*StateStore<V1>(memory).get("k").value())->page == "three");
}

}  // namespace json_migrating
