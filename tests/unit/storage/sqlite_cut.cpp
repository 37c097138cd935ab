// Somebody cuts the database or its log while it is in use: what would be written then lies behind a hole, so it is
// refused, and what is saved stays.

#include <unit/storage/sqlite_support.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <string>

namespace sqlite_cut_test {

using namespace sqlite_test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

std::string refusal(SqliteStorage& storage, RecordPtr const& record) {
    auto const done = storage.write(patient(), RecordId(record->key), record, Precondition::none());
    if (done) return "not refused";
    CHECK(done.error() == Errc::malformed);
    return done.error().describe();
}

TEST_CASE("sqlite: nothing is written into a log that was cut") {
    Place const place;
    std::string const path = place / "state.db";
    {
        auto storage = open(path);
        put(storage, make("moved", "v"));
        (void)Plain{path}("pragma wal_checkpoint");
        put(storage, make("logged", std::string(20'000, 'x')));
        fs::resize_file(path + "-wal", GENERATE(0u, 32u, 10'000u));
        CHECK_THAT(refusal(storage, make("late", "v")), ContainsSubstring("(-wal) was cut"));
        if (GENERATE(true, false)) put(storage, make("next", "v"));  // what is left is used from then on
    }
    auto storage = open(path);
    CHECK(get(storage, KeyView("moved"))->payload.view() == "v");
    CHECK(get(storage, KeyView("late")) == nullptr);
    put(storage, make("late", "v"));
    CHECK(get(open(path), KeyView("late"))->payload.view() == "v");
}

TEST_CASE("sqlite: nothing is written into a database that was cut to a part") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    put(storage, make("k", std::string(50'000, 'x')));
    (void)Plain{path}("pragma wal_checkpoint");
    auto const all = fs::file_size(path);
    fs::resize_file(path, GENERATE(4096u, 20'000u));
    CHECK_THAT(refusal(storage, make("late", "v")), ContainsSubstring("cut to a part"));
    CHECK_THAT(refusal(storage, make("late", "v")), ContainsSubstring("restore a backup"));
    CHECK(fs::file_size(path) < all);
}

TEST_CASE("sqlite: what SQLite itself makes shorter was not cut") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    Plain other(path);
    for (int round = 0; round < 3; ++round) {
        auto const large = make("large", std::string(300'000, 'x'));
        put(storage, large);
        if (round > 0) other("pragma wal_checkpoint(truncate)");
        put(storage, make("small", "v"));
        REQUIRE(storage.remove(patient(), KeyView("large"), Precondition::none()));
        other(round == 2 ? "vacuum" : "vacuum; pragma wal_checkpoint(truncate)");
        put(storage, make("small", "w"));
        put(storage, make("other", "w"));
        CHECK(get(storage, KeyView("small"))->payload.view() == "w");
    }
}

}  // namespace sqlite_cut_test
