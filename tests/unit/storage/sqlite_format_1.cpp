#include <unit/storage/sqlite_support.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <fstream>

namespace {

using namespace sqlite_test;

/// What a program of format 1 wrote: one key with attributes, one whose ring of write ids is full.
constexpr char const* format_1 = R"(
pragma journal_mode = wal;
CREATE TABLE state (key text not null,  sequence integer not null, tombstone integer not null, updated_at text not null, updated_by text not null, write_id text not null, stamp blob not null, attributes text, value any, primary key (key)) strict;
INSERT INTO state VALUES('orders',2,0,'2026-11-21T14:06:47.743111Z','0@vm:9865','kkj0dQyFYLWAje4jnrhFag',X'80f2934ac0502cf400000000000000000000000000000000876216dfc96006005447049326c0b3974d18913c826c81e3b560850c75f448926a45b89e23ee8d80b560850c75f448926a45b89e23ee8d805447049326c0b3974d18913c826c81e3','{"run":"7"}','two');
INSERT INTO state VALUES('full ring',12,0,'2026-11-21T14:06:47.745622Z','0@vm:9865','4yuBtbHRiHw1xwbEhykiEw',X'0d4e88f443ead1b200000000000000000000000000000000566c16dfc960060082f20eb9dea06500e9a6e27f47af6bcb7c88d1b1b5812be313222987c406c7357c88d1b1b5812be313222987c406c7358d84f09e1923461f4a560076ba55bca691632b328218f1c3128c2939caff4be2944c643579471cb2c60acf49a1905a4f38a4348a0a5c55c592db5349d59df2d4c13f09b6fedf42c7d08d0c4bb1eca99abcc804ca312b4b554c6a24794db0348e3cdb24acbf7b3a8e9cb9b2e09bfaa9c9',NULL,'11');
CREATE TABLE versions (key text not null, version text not null, sequence integer not null, tombstone integer not null, updated_at text not null, updated_by text not null, write_id text not null, stamp blob not null, attributes text, value any, primary key (key, version)) strict;
CREATE TABLE locks (key text not null,  sequence integer not null, tombstone integer not null, updated_at text not null, updated_by text not null, write_id text not null, stamp blob not null, attributes text, value any, primary key (key)) strict;
CREATE TABLE retention (key text not null,  sequence integer not null, tombstone integer not null, updated_at text not null, updated_by text not null, write_id text not null, stamp blob not null, attributes text, value any, primary key (key)) strict;
pragma application_id = 1752131180;
pragma user_version = 1;
)";

}  // namespace

TEST_CASE("sqlite: a database of format 1 is brought up to date", "[sqlite]") {
    Place place;
    std::string const path = place / "old.db";
    std::ofstream(place / "old.sql") << format_1;
    REQUIRE(std::system(("sqlite3 '" + path + "' < '" + (place / "old.sql") + "' > /dev/null").c_str()) == 0);
    auto storage = open(path);

    auto const orders = storage.read(patient(), KeyView("orders"));
    REQUIRE(orders);
    REQUIRE(*orders);
    CHECK((*orders)->payload.view() == "two");
    CHECK((*orders)->stamp.sequence == 2);
    CHECK((*orders)->attributes == Attributes{{"run", "7"}});
    CHECK((*orders)->lease == nullptr);
    CHECK_FALSE((*orders)->stamp.previous);
    auto const full = storage.read(patient(), KeyView("full ring"));
    REQUIRE(full);
    CHECK((*full)->stamp.ids.size() == WriteRing::capacity);
    CHECK((*full)->stamp.sequence == 12);

    Record next = **orders;
    next.stamp.ids.push(Environment::system().new_write_id());
    next.lease = std::make_shared<Lease const>(
        Lease{.id = {1, 2}, .ttl = std::chrono::seconds(30), .holder = Writer("me@host:1"), .purpose = "a \"run\""});
    next.stamp.previous = {3, 4};
    next.stamp.restored = 1;
    next.stamp.set_by = Author{Timestamp(std::chrono::microseconds(7)), Writer(std::string(47, 'x'))};
    auto const written = storage.write(patient(), KeyView("orders"), std::make_shared<Record const>(next),
                                       Precondition::unchanged_since(*orders));
    REQUIRE(written);
    CHECK(written->kind() == Kind::applied);
    auto const again = open(path).read(patient(), KeyView("orders"));
    REQUIRE(again);
    CHECK((*again)->stamp == next.stamp);
    REQUIRE((*again)->lease);
    CHECK(*(*again)->lease == *next.lease);
    CHECK(storage.read(patient(), KeyView("full ring"))->get()->payload.view() == "11");
}
