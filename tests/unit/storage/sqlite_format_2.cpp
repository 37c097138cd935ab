// Rows whose stamps do not begin with the number of their format, and some that begin with a number of the future.

#include <unit/storage/sqlite_support.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

namespace sqlite_format_2_test {

using namespace sqlite_test;
using detail::sqlite::PackedStamp;
using detail::sqlite::Row;

/// What a program of format 2 wrote: one key with attributes, one with all that a stamp can hold.
constexpr char const* format_2 = R"(
pragma journal_mode = wal;
CREATE TABLE state (key text not null,  sequence integer not null, tombstone integer not null, updated_at text not null, updated_by text not null, write_id text not null, stamp blob not null, attributes text, lease text, value any, primary key (key)) strict;
INSERT INTO state VALUES('orders',2,0,'2026-11-29T12:45:20.950860Z','0@vm:21799','i0z4jMOoJX0jHSJ1bnUWlw',X'61b9097597070335000000000000000000000000000000004cda8aaa6961060000000000000000007d25a8c38cf84c8b9716756e75221d237d25a8c38cf84c8b9716756e75221d23030000000000000004000000000000007d25a8c38cf84c8b9716756e75221d23','{"run":"7"}',NULL,'two');
INSERT INTO state VALUES('full ring',12,0,'2026-11-29T12:45:20.962571Z','0@vm:21799','AAAAAAAAAAgAAAAAAAAAbA',X'11df2a02d3207aa3060000000000000000010000000000000b088baa696106000500000000000000446771df397b162d7c2bc558b28213d3446771df397b162d7c2bc558b28213d30000000000000000000000000000000008000000000000006c0000000000000007000000000000006b0000000000000006000000000000006a000000000000000500000000000000690000000000000004000000000000006800000000000000030000000000000067000000000000000200000000000000660000000000000001000000000000006500000000000000070000000000000009000000000000006d6540686f73743a31000000000000000000000000000000000000000000000000000000000000000000000000000000',NULL,'{"lease":"AAAAAAAAAAEAAAAAAAAAAg","lease_state":"held","lease_ttl":"30000000","lease_acquired":"1970-01-01T00:00:00.000000Z","lease_renewed":"1970-01-01T00:00:00.000000Z","lease_holder":"me@host:1","lease_purpose":"why"}','11');
CREATE TABLE versions (key text not null, version text not null, sequence integer not null, tombstone integer not null, updated_at text not null, updated_by text not null, write_id text not null, stamp blob not null, attributes text, lease text, value any, primary key (key, version)) strict;
CREATE TABLE locks (key text not null,  sequence integer not null, tombstone integer not null, updated_at text not null, updated_by text not null, write_id text not null, stamp blob not null, attributes text, lease text, value any, primary key (key)) strict;
CREATE TABLE retention (key text not null,  sequence integer not null, tombstone integer not null, updated_at text not null, updated_by text not null, write_id text not null, stamp blob not null, attributes text, lease text, value any, primary key (key)) strict;
pragma application_id = 1752131180;
pragma user_version = 2;
)";

void make_database(Place const& place, std::string const& path) {
    std::ofstream(place / "old.sql") << format_2;
    REQUIRE(std::system(("sqlite3 '" + path + "' < '" + (place / "old.sql") + "' > /dev/null").c_str()) == 0);
}

void check_old_rows(SqliteStorage const& storage) {
    auto const orders = get(storage, KeyView("orders"));
    REQUIRE(orders);
    CHECK(orders->payload.view() == "two");
    CHECK(orders->stamp.sequence == 2);
    CHECK(orders->stamp.previous == WriteId{3, 4});
    CHECK(orders->stamp.ids.size() == 1);
    CHECK_FALSE(orders->stamp.set_by);
    CHECK(orders->attributes == Attributes{{"run", "7"}});
    auto const full = get(storage, KeyView("full ring"));
    REQUIRE(full);
    CHECK(full->stamp.ids.size() == WriteRing::capacity);
    CHECK(full->stamp.ids.newest() == WriteId{8, 108});
    CHECK(full->stamp.restored == 5);
    CHECK(full->stamp.epoch == 6);
    CHECK(full->stamp.set_by == Author{Timestamp(std::chrono::microseconds(7)), Writer("me@host:1")});
    REQUIRE(full->lease);
    CHECK(full->lease->purpose == "why");
}

TEST_CASE("sqlite: a database of format 2 is read as it is, and brought up to date by who writes", "[sqlite]") {
    Place const place;
    std::string const path = place / "old.db";
    make_database(place, path);
    std::string const stamps = "select group_concat(hex(stamp)) from state where key <> 'new'";
    std::string const before = Plain{path}(stamps);
    check_old_rows(open(path, {.read_only = true}));
    CHECK(Plain{path}("pragma user_version") == "2");

    auto storage = open(path);
    check_old_rows(storage);
    put(storage, make("new", "v"));
    CHECK(Plain{path}("pragma user_version") == "3");
    CHECK(Plain{path}("select hex(substr(stamp, 1, 1)) from state where key = 'new'") == "03");
    CHECK(Plain{path}(stamps) == before);  // each row is rewritten when its record is

    auto const orders = get(storage, KeyView("orders"));
    CHECK(put(storage, make("orders", "three", orders), Precondition::unchanged_since(orders)) == Kind::applied);
    CHECK(get(storage, KeyView("orders"))->stamp.ids.size() == 2);
    CHECK(Plain{path}("select hex(substr(stamp, 1, 1)) from state where key = 'orders'") == "03");
}

TEST_CASE("sqlite: a row of a format of the future is told from a damaged one", "[sqlite]") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    auto const record = make("k", "payload");
    put(storage, record);
    // The same row under another number, and as long as that format may make it, with the right checksum.
    auto const future = [&](char number, std::size_t further_words) {
        std::string stamp(PackedStamp(record->stamp).view());
        stamp[0] = number;
        stamp.append(8 * further_words, 'x');
        auto const when = detail::to_rfc3339(record->stamp.when);
        auto const id = record->stamp.ids.newest().text();
        Row const row{.sequence = 1,
                      .tombstone = 0,
                      .updated_at = {when.data(), when.size()},
                      .updated_by = record->stamp.who.view(),
                      .write_id = {id.data(), id.size()},
                      .stamp = stamp,
                      .attributes = {},
                      .lease = {},
                      .value = "payload"};
        if (PackedStamp::fits(stamp)) detail::store_little(stamp.data() + 1, row.sum("k", ""));
        std::string hex;
        for (char const c : stamp) {
            auto const byte = static_cast<unsigned char>(c);
            hex.push_back(detail::hex_digits[byte >> 4]);
            hex.push_back(detail::hex_digits[byte & 15]);
        }
        REQUIRE(Plain{path}("update state set stamp = x'" + hex + "'").empty());
        return storage.read(patient(), KeyView("k"));
    };
    CHECK(future(3, 0));
    for (char const number : {'\0', '\1', '\2', '\4', '\x7f', '\xff'})
        for (std::size_t const words : {0u, 1u, 2u, 20u}) {
            auto const found = future(number, words);
            CAPTURE(int(number), words);
            REQUIRE_FALSE(found);
            CHECK(found.error() == Errc::incompatible);
            CHECK(found.error().message().find("newer program") != std::string_view::npos);
        }
    CHECK(future(4, 100).error() == Errc::malformed);  // longer than can be summed
    CHECK(future(3, 1).error() == Errc::malformed);    // no ids are so long
    CHECK(future(3, 0));
    // Without the right checksum it is damage, whatever number it has.
    REQUIRE(Plain{path}("update state set stamp = cast(x'04' || substr(stamp, 2) as blob)").empty());
    CHECK(storage.read(patient(), KeyView("k")).error() == Errc::malformed);
}

TEST_CASE("sqlite: what the length of a stamp says of its format", "[sqlite]") {
    auto const fits = [](std::size_t size) { return PackedStamp::fits(std::string(size, '\0')); };
    for (std::size_t size = 0; size < 700; ++size) {
        bool const of_1 = size % 16 == 0 && size >= 80 && size <= 192,
                   of_2 = size % 16 == 8 && size >= 104 && size <= 216;
        bool const numbered = size % 8 == 1 && size > 8 && size <= PackedStamp::max_size;  // number 0: of the future
        CAPTURE(size);
        CHECK(fits(size) == (of_1 || of_2 || numbered));
    }
    Stamp stamp;
    for (std::uint64_t i = 1; i <= WriteRing::capacity; ++i) {
        stamp.ids.push({i, i});
        for (bool const author : {false, true}) {
            stamp.set_by.reset();
            if (author) stamp.set_by = Author{{}, Writer("w")};
            std::string const now(PackedStamp(stamp).view());
            Stamp out, of_2;
            REQUIRE(PackedStamp::fits(now));
            REQUIRE(PackedStamp::unpack(now, out));
            CHECK(out == stamp);
            std::string const before = now.substr(1);  // as format 2 wrote it
            REQUIRE(PackedStamp::fits(before));
            REQUIRE(PackedStamp::unpack(before, of_2));
            CHECK(of_2 == stamp);
        }
    }
}

}  // namespace sqlite_format_2_test
