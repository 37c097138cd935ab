// What is left of a database after damage, and how it is brought back: the advice in errors and docs, followed.

#include <unit/storage/sqlite_support.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdlib>
#include <fstream>
#include <set>

namespace sqlite_restore_test {

using namespace sqlite_test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

void shell(std::string const& command) {
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
}

Key numbered(int i) { return Key::parse("key" + std::to_string(i)).value(); }

void fill(std::string const& path, int records) {
    auto storage = open(path);
    for (int i = 0; i < records; ++i)
        put(storage,
            make(numbered(i), "payload \"'of' " + std::to_string(i) + std::string(1000, 'x') + "\n\x01\xc3\xa4"));
    put(storage, make("binary", std::string("\x00\xff\x89PNG", 6)));
    put(storage, make("gone", "", nullptr, true));
    VersionId const version{1, {2, 3}};
    auto const kept = storage.write(patient(), RecordId(KeyView("key1"), Slot::version, version), make("key1", "old"),
                                    Precondition::none());
    REQUIRE(kept);
}

}  // namespace sqlite_restore_test

using namespace sqlite_restore_test;

TEST_CASE("sqlite: a dump that was read in is recognized") {
    Place const place;
    std::string const path = place / "state.db", again = place / "again.db";
    fill(path, 20);
    shell("sqlite3 '" + path + "' .dump | sqlite3 '" + again + "'");
    CHECK(Plain{again}("pragma application_id; pragma user_version; pragma journal_mode") == "0\n0\ndelete");
    SECTION("to be read") {
        auto const storage = open(again, {.read_only = true});
        CHECK(get(storage, KeyView("key3"))->payload.view().starts_with("payload \"'of' 3"));
        CHECK(Plain{again}("pragma application_id") == "0");
    }
    SECTION("to be used") {
        auto storage = open(again, {.durability = Durability::none, .create = false});
        for (int i = 0; i < 20; ++i) {
            auto const record = get(storage, RecordId(numbered(i)));
            REQUIRE(record);
            CHECK(record->payload.view().ends_with("\n\x01\xc3\xa4"));
        }
        CHECK(get(storage, KeyView("binary"))->payload.view() == std::string_view("\x00\xff\x89PNG", 6));
        CHECK(get(storage, KeyView("gone"))->stamp.tombstone);
        put(storage, make("more", "v"));
        CHECK(Plain{again}("pragma application_id; pragma user_version; pragma journal_mode") == "1752131180\n4\nwal");
    }
    SECTION("of one table, without the others") {
        fs::remove(again);
        shell("sqlite3 '" + path + "' '.dump state' | sqlite3 '" + again + "'");
        auto storage = open(again);
        CHECK(get(storage, RecordId(numbered(7))));
        put(storage, make("key1", "old"), Precondition::none(), Slot::version, VersionId{1, {2, 3}});
    }
}

TEST_CASE("sqlite: tables that are almost ours are strangers'") {
    Place const place;
    std::string const path = place / "state.db", again = place / "again.db";
    fill(path, 1);
    shell("sqlite3 '" + path + "' .dump | sqlite3 '" + again + "'");
    std::string const change = GENERATE("alter table state add column more text", "alter table locks drop column value",
                                        "alter table versions rename column value to content",
                                        "drop table retention; "
                                        "create view retention as select 1",
                                        "pragma user_version = 7");
    Plain{again}(change);
    std::string const before = Plain{again}("select group_concat(sql) from sqlite_schema");
    auto const storage = SqliteStorage::open(again);
    REQUIRE_FALSE(storage);
    CHECK(storage.error() == Errc::incompatible);
    CHECK(Plain{again}("select group_concat(sql) from sqlite_schema") == before);
    CHECK(Plain{again}("pragma application_id") == "0");
}

TEST_CASE("sqlite: what the advice saves of a damaged database can be used") {
    Place const place;
    std::string const path = place / "state.db";
    fill(path, 200);
    Plain{path}("pragma wal_checkpoint(truncate)");
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096 * 40);  // a page of rows
        file << std::string(4096, '\xee');
    }
    std::string advice;
    {
        auto const storage = open(path);
        for (int i = 0; i < 200 && advice.empty(); ++i)
            if (auto const found = storage.read(patient(), RecordId(numbered(i))); !found)
                advice = found.error().message();
    }
    std::size_t const begin = advice.find("sqlite3 FILE .dump");
    REQUIRE(begin != advice.npos);
    std::string command = advice.substr(begin);
    command.replace(command.find("FILE"), 4, "'" + path + "'");
    command.replace(command.find("NEW"), 3, "'" + (place / "saved.db") + "'");
    (void)std::system(("(" + command + ") 2> /dev/null").c_str());
    auto storage = open(place / "saved.db");
    std::size_t saved = 0;
    auto const page = storage.list(patient(), {}).value();
    for (auto const& listed : page.records)
        if (auto const found = storage.read(patient(), RecordId(listed.key)); found && *found) ++saved;
    CHECK(saved > 100);
    put(storage, make("after", "v"));
}

TEST_CASE("sqlite: an empty database beside which something lies was not always empty") {
    Place const place;
    std::string const path = place / "state.db";
    fill(path, 3);
    auto const cut =
        [&](std::string const& remains) {
            fs::resize_file(path, 0);
            std::ofstream(path + remains)
                << (remains == "-journal" ? std::string("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7\0\0\0\1abcd\0\0\0\x09", 20)
                                          : std::string(100, 'x'));
        };
    SECTION("a log, a journal, the order of those who wrote") {
        fs::remove(path + "-turn");
        cut(GENERATE("-wal", "-journal", "-turn"));
        auto const storage = SqliteStorage::open(path);
        REQUIRE_FALSE(storage);
        CHECK(storage.error() == Errc::malformed);
        CHECK_THAT(storage.error().describe(), ContainsSubstring("cut to 0 bytes"));
        CHECK(fs::file_size(path) == 0);
    }
    SECTION("nothing: it is the first run") {
        fs::resize_file(path, 0);
        fs::remove(path + "-turn");
        CHECK(get(open(path), KeyView("key1")) == nullptr);
    }
    SECTION("the database was removed, and not what is no state") {
        CHECK(fs::exists(path + "-turn"));
        if (GENERATE(false, true)) fs::create_directory(path + "-locks");
        fs::remove(path);
        CHECK(get(open(path), KeyView("key1")) == nullptr);
        auto again = open(path);
        put(again, make("key1", "anew"));
    }
    SECTION("the database is gone, its log is not") {
        std::string const end = GENERATE("-wal", "-journal");
        cut(end);
        fs::remove(path);
        auto const storage = SqliteStorage::open(path);
        REQUIRE_FALSE(storage);
        CHECK(storage.error() == Errc::malformed);
        CHECK_FALSE(fs::exists(path));
        CHECK(fs::file_size(path + end) > 0);
        fs::remove(path + end);
        CHECK(get(open(path), KeyView("key1")) == nullptr);
    }
}

TEST_CASE("sqlite: a row whose name is not ours does not end a listing") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    for (int i = 0; i < 10; ++i) {
        put(storage, make(numbered(i), "v"));
        put(storage, make(numbered(i), "v"), Precondition::none(), Slot::version, VersionId{1, {2, 3}});
    }
    Plain plain(path);
    CHECK(
        plain("update state set key = cast(x'6b65790a41' as text) where key = 'key4'; update state set key = '' where "
              "key = 'key5'; update state set key = cast(x'ff00' as text) where key = 'key9'; update versions set "
              "version = 'x' || char(10) || 'y' where key = 'key4'; update versions set key = 'key5' || char(10) "
              "where key = 'key5'") == "");
    std::size_t const limit = GENERATE(1u, 2u, 3u, 1000u);
    for (Slot const slot : {Slot::current, Slot::version}) {
        CAPTURE(limit, static_cast<int>(slot));
        std::multiset<std::string> keys;
        std::vector<Error> odd;
        std::string cursor;
        int pages = 0;
        do {
            auto const page = storage.list(patient(), {.slot = slot, .cursor = cursor, .limit = limit}).value();
            CHECK(page.records.size() + page.unreadable.size() <= limit);
            for (auto const& listed : page.records) keys.insert(listed.key.str());
            odd.insert(odd.end(), page.unreadable.begin(), page.unreadable.end());
            cursor = page.next;
        } while (!cursor.empty() && ++pages < 50);
        CHECK(keys.size() == (slot == Slot::current ? 7 : 8));
        CHECK(keys.count("key7") == 1);
        REQUIRE(odd.size() == (slot == Slot::current ? 3 : 2));
        for (auto const& error : odd) {
            CHECK(error == Errc::malformed);
            CHECK_THAT(std::string(error.subject()), ContainsSubstring(", rowid "));
        }
    }
    CHECK(storage.list(patient(), {.cursor = "x"}).error() == Errc::invalid_argument);
    CHECK(storage.list(patient(), {.cursor = "99:x"}).error() == Errc::invalid_argument);
}

TEST_CASE("sqlite: a write that the database swallows is told from a conflict") {
    Place const place;
    auto storage = open(place / "state.db");
    auto const first = make("k", "1");
    put(storage, first);
    Plain plain(place / "state.db");
    auto const swallowed = [&](Result<WriteOutcome> const& done) {
        REQUIRE_FALSE(done);
        CHECK(done.error() == Errc::store_violates_conditions);
        CHECK_THAT(done.error().describe(), ContainsSubstring("raise(ignore)"));
    };
    auto const none = Precondition::none(), absent = Precondition::absent(),
               same = Precondition::unchanged_since(first);
    for (std::string const what : {"insert", "update", "delete"})
        REQUIRE(plain("create trigger t_" + what + " before " + what + " on state begin select raise(ignore); end") ==
                "");
    auto const next = make("k", "2", first);
    swallowed(storage.write(patient(), KeyView("k"), next, none));
    swallowed(storage.write(patient(), KeyView("k"), next, same));
    swallowed(storage.write(patient(), KeyView("new"), make("new", "v"), none));
    swallowed(storage.write(patient(), KeyView("new"), make("new", "v"), absent));
    swallowed(storage.remove(patient(), KeyView("k"), none));
    swallowed(storage.remove(patient(), KeyView("k"), same));
    std::vector<Write> const batch{{RecordId(KeyView("k"), Slot::lock), make("k", "l"), none},
                                   {KeyView("k"), next, same}};
    swallowed(storage.write_all(patient(), batch));
    CHECK(get(storage, RecordId(KeyView("k"), Slot::lock)) == nullptr);
    // What is a conflict, or nothing to do, still is.
    CHECK(put(storage, next, Precondition::unchanged_since(next)) == Kind::conflict);
    CHECK(put(storage, next, absent) == Kind::conflict);
    CHECK(storage.remove(patient(), KeyView("new"), none)->kind() == Kind::applied);
    CHECK(get(storage, KeyView("k"))->payload.view() == "1");
}

TEST_CASE("sqlite: a backup is restored into a database that is in use, as the documentation says") {
    Place const place;
    std::string const path = place / "state.db", backup = place / "backup.db";
    fill(path, 20);
    auto storage = open(path);
    shell("sqlite3 '" + path + "' '.backup " + backup + "'");
    put(storage, make("key1", "later"));
    put(storage, make("more", "later"));
    shell("sqlite3 '" + path + "' '.restore " + backup + "'");
    CHECK(get(storage, KeyView("key1"))->payload.view().starts_with("payload"));
    CHECK(get(storage, KeyView("more")) == nullptr);
    put(storage, make("after", "v"));
    CHECK(get(open(path), KeyView("after"))->payload.view() == "v");
    CHECK(Plain{path}("pragma integrity_check") == "ok");
}
