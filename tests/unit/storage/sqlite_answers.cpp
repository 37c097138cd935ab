// SqliteStorage: what it answers where it is asked for, or does, less usual things.

#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/storage/sqlite_support.hpp>

#include <string>

namespace sqlite_answers_test {

using namespace sqlite_test;

TEST_CASE("sqlite: a revision that is longer than its own is of another record", "[sqlite][answers]") {
    Place const place;
    SqliteStorage storage = open(place / "r.db");
    RecordId const id(KeyView("k"));
    RecordPtr const record = make("k", "1");
    REQUIRE(put(storage, record) == Kind::applied);
    Context const brief(Environment::system(), Duration::zero());
    CHECK(!storage.wait_for_change(brief, id, record->revision).value());
    auto const longer = Revision::parse(std::string(record->revision.view()) + "0").value();
    CHECK(storage.wait_for_change(brief, id, longer).value());
    auto const shorter = Revision::parse(record->revision.view().substr(0, 15)).value();
    CHECK(storage.wait_for_change(brief, id, shorter).value());
}

TEST_CASE("sqlite: an unconditional write that a trigger swallows is no conflict", "[sqlite][answers]") {
    Place const place;
    SqliteStorage storage = open(place / "r.db");
    REQUIRE(put(storage, make("k", "1")) == Kind::applied);
    REQUIRE(Plain(place / "r.db")("create trigger t before insert on state begin select raise(ignore); end") == "");
    RecordPtr const record = make("k", "2");
    Write const write{RecordId(KeyView("k")), record, Precondition::none()};
    auto const alone = storage.write(patient(), write.id, record, write.when);
    CHECK((!alone && alone.error() == Errc::store_violates_conditions));
    auto const batch = storage.write_all(patient(), {&write, 1});
    CHECK((!batch && batch.error() == Errc::store_violates_conditions));
}

TEST_CASE("sqlite: errors of every operation on a record say which", "[sqlite][answers]") {
    Place const place;
    { SqliteStorage const made = open(place / "r.db"); }
    SqliteStorage storage = open(place / "r.db", {.read_only = true});
    RecordId const id(KeyView("k"), Slot::lock);
    auto const said = [&](auto const& result, std::string_view operation) {
        REQUIRE(!result);
        CHECK(result.error() == Errc::permission_denied);
        CHECK(result.error().operation() == operation);
        CHECK(result.error().subject() == to_string(id));
    };
    said(storage.write(patient(), id, make("k", "1"), Precondition::none()), "write");
    said(storage.remove(patient(), id, Precondition::none()), "remove");
    Plain(place / "r.db")("drop table locks");
    auto const read = storage.read(patient(), id);
    REQUIRE(!read);
    CHECK(read.error().operation() == "read");
    CHECK(read.error().subject() == to_string(id));
}

}  // namespace sqlite_answers_test
