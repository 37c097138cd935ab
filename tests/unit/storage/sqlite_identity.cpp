// A database that is moved, replaced or stripped of its log under a program that has it open.

#include <unit/storage/sqlite_support.hpp>

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fstream>
#include <thread>

#include <sys/mount.h>
#include <sys/stat.h>

namespace sqlite_identity_test {

using namespace sqlite_test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;
using Store = StateStore<std::string, SqliteStorage, RawBytes>;

/// A storage with an acknowledged record, in a directory that can be moved.
struct Open {
    Place place;
    std::string directory = place / "here";
    std::string path = directory + "/state.db";
    std::optional<SqliteStorage> storage;

    Open() {
        fs::create_directory(directory);
        storage = open(path);
        put(*storage, make("before", "acknowledged"));
    }
};

Result<WriteOutcome> try_put(SqliteStorage& storage, KeyView key) {
    return storage.write(patient(), RecordId(key), make(key, "late"), Precondition::none());
}

/// The next write is refused, by an error: known not to be applied.
Error refused(SqliteStorage& storage) {
    auto const done = try_put(storage, "refused");
    REQUIRE_FALSE(done);
    CHECK_FALSE(done.error().message().empty());
    return done.error();
}

/// What a program finds that opens the database afresh; empty if there is no such record.
std::string found_at(std::string const& path, KeyView key) {
    auto const record = get(open(path, {.durability = Durability::none, .create = false}), RecordId(key));
    return record ? std::string(record->payload.view()) : std::string();
}

void rest() { std::this_thread::sleep_for(std::chrono::milliseconds(60)); }  // longer than nobody looks

}  // namespace sqlite_identity_test

using namespace sqlite_identity_test;

TEST_CASE("sqlite: a database that was moved is not written to") {
    Open open;
    std::string const elsewhere = open.place / "elsewhere.db";
    fs::rename(open.path, elsewhere);
    CHECK(refused(*open.storage) == Errc::not_found);
    CHECK(refused(*open.storage) == Errc::not_found);
    CHECK(open.storage->read(patient(), KeyView("before")).error() == Errc::not_found);
    CHECK_FALSE(fs::exists(open.path));
    CHECK_FALSE(fs::exists(open.path + "-wal"));  // its log went into it
    CHECK(found_at(elsewhere, "before") == "acknowledged");
    CHECK(found_at(elsewhere, "refused").empty());

    fs::rename(elsewhere, open.path);  // and back: it is used again
    CHECK(put(*open.storage, make("after", "back")) == Kind::applied);
    CHECK(found_at(open.path, "before") == "acknowledged");
    CHECK(found_at(open.path, "after") == "back");
}

TEST_CASE("sqlite: a database that was moved away and back is the same") {
    Open open;
    fs::rename(open.path, open.place / "elsewhere.db");
    fs::rename(open.place / "elsewhere.db", open.path);
    CHECK(put(*open.storage, make("after", "back")) == Kind::applied);
    CHECK(found_at(open.path, "before") == "acknowledged");
    CHECK(found_at(open.path, "after") == "back");
}

TEST_CASE("sqlite: a database that was removed is not written to, and none is made in its place") {
    Open open;
    SECTION("alone") { fs::remove(open.path); }
    SECTION("with its log") {
        for (auto const* const name : {"", "-wal", "-shm"}) fs::remove(open.path + name);
    }
    SECTION("with its directory") { fs::remove_all(open.directory); }
    CHECK(refused(*open.storage) == Errc::not_found);
    CHECK(refused(*open.storage) == Errc::not_found);
    CHECK(open.storage->read(patient(), KeyView("before")).error() == Errc::not_found);
    CHECK_FALSE(fs::exists(open.path));
}

TEST_CASE("sqlite: another database in the place of the open one is noticed once, then used") {
    Open open;
    std::string const other = open.place / "other.db", old = open.place / "old.db";
    put(*std::make_unique<SqliteStorage>(sqlite_test::open(other)), make("before", "of the backup"));
    bool const kept = GENERATE(true, false), written = GENERATE(true, false);
    CAPTURE(kept, written);
    if (kept) fs::rename(open.path, old);
    fs::rename(other, open.path);
    if (written) {
        CHECK(refused(*open.storage) == Errc::unavailable);
    } else {
        rest();
        CHECK(open.storage->read(patient(), KeyView("before")).error() == Errc::unavailable);
    }
    CHECK(get(*open.storage, KeyView("before"))->payload.view() == "of the backup");
    CHECK(put(*open.storage, make("after", "v")) == Kind::applied);
    CHECK(found_at(open.path, "after") == "v");
    CHECK(found_at(open.path, "refused").empty());
    if (kept) CHECK(found_at(old, "before") == "acknowledged");
}

TEST_CASE("sqlite: the directory is moved, and another put in its place") {
    Open open;
    std::string const moved = open.place / "moved";
    fs::rename(open.directory, moved);
    SECTION("one further up") {
        fs::rename(moved, open.directory);
        std::string const above = open.place.directory() + "-above";
        fs::rename(open.place.directory(), above);
        auto const done = try_put(*open.storage, "refused");
        rest();
        CHECK(refused(*open.storage) == Errc::not_found);
        fs::rename(above, open.place.directory());
        CHECK(found_at(open.path, "before") == "acknowledged");
        CHECK(found_at(open.path, "refused") == (done ? "late" : ""));  // acknowledged: it went along
        return;
    }
    SECTION("nothing stands there") {
        CHECK(refused(*open.storage) == Errc::not_found);
        CHECK(refused(*open.storage) == Errc::not_found);
    }
    SECTION("another database does") {
        fs::create_directory(open.directory);
        auto other = sqlite_test::open(open.path);
        put(other, make("before", "other"));
        CHECK(refused(*open.storage) == Errc::unavailable);
        CHECK(put(*open.storage, make("after", "v")) == Kind::applied);
        CHECK(get(other, KeyView("after"))->payload.view() == "v");
        CHECK(found_at(moved + "/state.db", "after").empty());
    }
    CHECK(found_at(moved + "/state.db", "before") == "acknowledged");
    CHECK(found_at(moved + "/state.db", "refused").empty());
}

TEST_CASE("sqlite: something else in the place of the database is not used") {
    Open open;
    fs::rename(open.path, open.place / "old.db");
    SECTION("no database") { std::ofstream(open.path) << std::string(8192, 'x'); }
    SECTION("of another program") { Plain{open.path}("create table t (a)"); }
    SECTION("an empty file") { std::ofstream{open.path}; }
    SECTION("a link to a database elsewhere") { fs::create_symlink(open.place / "old.db", open.path); }
    refused(*open.storage);
    std::string const before = Plain{open.path}("select group_concat(name) from sqlite_schema");
    for (int again = 0; again < 2; ++again) {
        CAPTURE(again, refused(*open.storage).describe());
        CHECK_FALSE(open.storage->read(patient(), KeyView("before")));
    }
    CHECK(Plain{open.path}("select group_concat(name) from sqlite_schema") == before);
}

TEST_CASE("sqlite: the log or its index is removed") {
    Open open;
    bool const log = GENERATE(true, false), index = GENERATE(true, false);
    if (!log && !index) return;
    CAPTURE(log, index);
    if (log) fs::remove(open.path + "-wal");
    if (index) fs::remove(open.path + "-shm");
    CHECK(refused(*open.storage) == Errc::unavailable);
    CHECK(get(*open.storage, KeyView("before"))->payload.view() == "acknowledged");
    CHECK(put(*open.storage, make("after", "v")) == Kind::applied);
    // Others find all of it, while this one is open and afterwards.
    CHECK(Plain{open.path}("select group_concat(key) from state") == "after,before");
    open.storage.reset();
    CHECK(Plain{open.path}("select group_concat(key) from state") == "after,before");
    CHECK(Plain{open.path}("pragma integrity_check") == "ok");
}

TEST_CASE("sqlite: a log that belongs to another database is not written to, nor read") {
    Open open;
    std::string const other = open.directory + "/other.db";
    auto neighbour = sqlite_test::open(other);
    for (int i = 0; i < 20; ++i) put(neighbour, make(Key::parse("n" + std::to_string(i)).value(), "neighbour's"));
    bool const log = GENERATE(true, false), index = GENERATE(true, false);
    if (!log && !index) return;
    CAPTURE(log, index);
    auto const swap = [&](std::string const& end) {
        fs::rename(open.path + end, open.place / "x");
        fs::rename(other + end, open.path + end);
        fs::rename(open.place / "x", other + end);
    };
    auto const swap_all = [&] {
        if (log) swap("-wal");
        if (index) swap("-shm");
    };
    swap_all();
    for (int again = 0; again < 2; ++again) {
        CHECK(refused(*open.storage) == Errc::malformed);
        CHECK(refused(neighbour) == Errc::malformed);
        CHECK_FALSE(open.storage->read(patient(), KeyView("before")));
    }
    SECTION("they are put back") {
        swap_all();
        CHECK(put(*open.storage, make("after", "v")) == Kind::applied);
        CHECK(put(neighbour, make("after", "v")) == Kind::applied);
    }
    SECTION("the programs end, and they are put back") {
        open.storage.reset();
        neighbour = sqlite_test::open(open.place / "nothing");
        swap_all();
    }
    CHECK(found_at(open.path, "before") == "acknowledged");
    CHECK(found_at(other, "n19") == "neighbour's");
    CHECK(found_at(open.path, "n19").empty());
    CHECK(Plain{open.path}("pragma integrity_check") == "ok");
    CHECK(Plain{other}("pragma integrity_check") == "ok");
}

TEST_CASE("sqlite: who still has the old database open does not remove the log of the new one") {
    Open open;
    fs::remove(open.path);
    fs::remove(open.path + "-wal");
    fs::remove(open.path + "-shm");
    auto fresh = sqlite_test::open(open.path);
    put(fresh, make("fresh", "acknowledged"));
    open.storage.reset();
    CHECK(fs::exists(open.path + "-wal"));
    put(fresh, make("more", "acknowledged"));
    CHECK(found_at(open.path, "fresh") == "acknowledged");
    CHECK(found_at(open.path, "more") == "acknowledged");
}

TEST_CASE("sqlite: two storages of a process leave the old files one after the other") {
    Open open;
    auto second = sqlite_test::open(open.path);
    CHECK(put(second, make("second", "v")) == Kind::applied);
    std::string const other = open.place / "other.db";
    put(*std::make_unique<SqliteStorage>(sqlite_test::open(other)), make("before", "of the backup"));
    fs::rename(open.path, open.place / "old.db");
    fs::rename(other, open.path);
    CHECK(refused(*open.storage) == Errc::unavailable);
    // The log still belongs to the old one, which the other storage has open.
    CHECK_THAT(refused(*open.storage).describe(), ContainsSubstring("must not be mixed"));
    CHECK(refused(second) == Errc::unavailable);
    for (auto* const storage : {&*open.storage, &second}) {
        CHECK(get(*storage, KeyView("before"))->payload.view() == "of the backup");
        CHECK(put(*storage, make("after", "v")) == Kind::applied);
    }
    CHECK(found_at(open.place / "old.db", "second") == "v");
    CHECK(found_at(open.place / "old.db", "before") == "acknowledged");
}

TEST_CASE("sqlite: a database with a second name") {
    Open open;
    std::string const second = open.directory + "/second.db";
    fs::create_hard_link(open.path, second);
    for (auto const& path : {open.path, second}) {
        auto const storage = SqliteStorage::open(path);
        REQUIRE_FALSE(storage);
        CHECK(storage.error() == Errc::not_supported);
        CHECK_THAT(storage.error().describe(), ContainsSubstring("hard link"));
    }
    CHECK(refused(*open.storage) == Errc::not_supported);
    CHECK(refused(*open.storage) == Errc::not_supported);
    fs::remove(second);
    CHECK(put(*open.storage, make("after", "v")) == Kind::applied);
    fs::create_hard_link(open.path + "-wal", second);
    CHECK(SqliteStorage::open(open.path).error() == Errc::not_supported);
}

TEST_CASE("sqlite: a symbolic link is another way to the same database") {
    Open open;
    fs::create_symlink(open.directory, open.place / "link");
    fs::create_symlink("state.db", open.directory + "/link.db");
    for (auto const& path : {open.place / "link/state.db", open.directory + "/link.db"}) {
        auto storage = sqlite_test::open(path);
        CHECK(get(storage, KeyView("before"))->payload.view() == "acknowledged");
        CHECK(put(storage, make("after", path)) == Kind::applied);
        CHECK(put(*open.storage, make("after", "v")) == Kind::applied);
    }
    CHECK_FALSE(fs::exists(open.directory + "/link.db-wal"));
    open.storage.reset();
    fs::create_symlink("elsewhere", open.path + "-wal");
    CHECK(SqliteStorage::open(open.path).error() == Errc::not_supported);
}

TEST_CASE("sqlite: the database is cut to nothing under a program") {
    Open open;
    fs::resize_file(open.path, 0);
    CHECK(refused(*open.storage) == Errc::malformed);
    rest();
    CHECK(open.storage->read(patient(), KeyView("before")).error() == Errc::malformed);
    open.storage.reset();
    CHECK(SqliteStorage::open(open.path).error() == Errc::malformed);  // nor does a new one take it for a first run
}

TEST_CASE("sqlite: a single file that is mounted elsewhere is refused") {
    Open open;
    std::string const target = open.place / "mounted.db";
    std::ofstream{target};
    if (::mount(open.path.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0) SKIP("no right to mount");
    auto const storage = SqliteStorage::open(target);
    ::umount(target.c_str());
    REQUIRE_FALSE(storage);
    CHECK(storage.error() == Errc::not_supported);
    CHECK_THAT(storage.error().describe(), ContainsSubstring("mount the directory"));
    CHECK(put(*open.storage, make("after", "v")) == Kind::applied);
}

TEST_CASE("sqlite: a file system is mounted over the database's directory") {
    Open open;
    if (::mount("none", open.directory.c_str(), "tmpfs", 0, nullptr) != 0) SKIP("no right to mount");
    rest();
    auto const done = try_put(*open.storage, "refused");
    ::umount(open.directory.c_str());
    REQUIRE_FALSE(done);
    CHECK(done.error() == Errc::not_found);
    CHECK(put(*open.storage, make("after", "v")) == Kind::applied);
    CHECK(found_at(open.path, "before") == "acknowledged");
    CHECK(found_at(open.path, "after") == "v");
}

TEST_CASE("sqlite: an update is repeated on the database that took the place of the old one") {
    Open open;
    Store store(*open.storage);
    (void)store.update("n", [](std::string& n) { n = "old"; }).value();
    std::string const other = open.place / "other.db";
    {
        Store backup(sqlite_test::open(other));
        (void)backup.update("n", [](std::string& n) { n = "backup"; }).value();
    }
    fs::rename(other, open.path);
    CHECK(store.update("n", [](std::string& n) { n += "+1"; }).error() == Errc::unavailable);
    CHECK(**store.update("n", [](std::string& n) { n += "+1"; }) == "backup+1");
}
