// Databases and rows of other formats: those of early programs are refused, those of later ones told from damage.

#include <unit/storage/sqlite_support.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

namespace sqlite_formats_test {

using namespace sqlite_test;
using detail::sqlite::PackedStamp;
using detail::sqlite::Row;

TEST_CASE("sqlite: a database of an early format is refused, untouched", "[sqlite]") {
    for (char const* const version : {"1", "2", "3"}) {
        Place const place;
        std::string const path = place / "old.db";
        {
            auto storage = open(path);
            put(storage, make("k", "v"));
        }
        Plain{path}("pragma user_version = " + std::string(version));
        std::string const before = Plain{path}("select * from state");
        for (bool const read_only : {false, true}) {
            auto const refused = SqliteStorage::open(path, {.read_only = read_only});
            REQUIRE_FALSE(refused);
            CHECK(refused.error() == Errc::incompatible);
            CHECK(refused.error().message().find("with the program that wrote it") != std::string_view::npos);
        }
        CHECK(Plain{path}("pragma user_version") == version);
        CHECK(Plain{path}("select * from state") == before);
    }
}

TEST_CASE("sqlite: tables of an early program that lost their number are not ours", "[sqlite]") {
    Place const place;
    std::string const path = place / "old.db";
    {
        auto storage = open(path);
        put(storage, make("k", "v"));
    }
    Plain{path}("pragma application_id = 0; pragma user_version = 0; alter table state drop column lease");
    auto const refused = SqliteStorage::open(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Errc::incompatible);
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
    CHECK(future(4, 0));
    for (char const number : {'\0', '\3', '\5', '\x7f', '\xff'})
        for (std::size_t const words : {0u, 1u, 2u, 20u}) {
            auto const found = future(number, words);
            CAPTURE(int(number), words);
            REQUIRE_FALSE(found);
            CHECK(found.error() == Errc::incompatible);
            CHECK(found.error().message().find("another format") != std::string_view::npos);
        }
    CHECK(future(5, 100).error() == Errc::malformed);  // longer than can be summed
    CHECK(future(4, 1).error() == Errc::malformed);    // no ids are so long
    CHECK(future(4, 0));
    // Without the right checksum it is damage, whatever number it has.
    REQUIRE(Plain{path}("update state set stamp = cast(x'05' || substr(stamp, 2) as blob)").empty());
    CHECK(storage.read(patient(), KeyView("k")).error() == Errc::malformed);
}

TEST_CASE("sqlite: what the length of a stamp says", "[sqlite]") {
    for (std::size_t size = 0; size < 700; ++size) {
        CAPTURE(size);
        bool const of_another = size % 8 == 1 && size > 8 && size <= PackedStamp::max_size;
        CHECK(PackedStamp::fits(std::string(size, '\0')) == of_another);
        std::string ours(size, '\0');
        if (size > 0) ours[0] = '\4';
        CHECK(PackedStamp::fits(ours) == (size % 16 == 9 && size >= 105 && size <= 217));
    }
    Stamp stamp;
    for (std::uint64_t i = 1; i <= WriteRing::capacity; ++i) {
        stamp.ids.push({i, i});
        for (bool const author : {false, true}) {
            stamp.set_by.reset();
            if (author) stamp.set_by = Author{{}, Writer("w")};
            std::string const now(PackedStamp(stamp).view());
            Stamp out;
            REQUIRE(PackedStamp::fits(now));
            REQUIRE(PackedStamp::unpack(now, out));
            CHECK(out == stamp);
        }
    }
}

}  // namespace sqlite_formats_test
