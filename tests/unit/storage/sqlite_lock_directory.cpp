// Whose the locks beside a database are, and that they lie beside it.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

#include <grp.h>
#include <sys/stat.h>

namespace sqlite_lock_directory_test {

using namespace holdfast;
using file_test::Directory;
using Store = StateStore<std::string, SqliteStorage, FileLock, RawBytes>;

constexpr unsigned alice = 12345, bob = 12346, team = 23456;

/// Which error an update ends with, in a process of another user; 0: none.
int update_as(unsigned user, unsigned group, std::string const& database, bool shared) {
    return test::in_child([&] {
        ::umask(022);
        if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0) return 90;
        auto storage = SqliteStorage::open(database, {.group = shared});
        if (!storage) return 91;
        Store store(*std::move(storage));
        auto const done =
            store.update("k", [](std::string& value) { value += "x"; }, {.timeout = std::chrono::seconds(5)});
        return done ? 0 : 1 + static_cast<int>(done.error().code());
    });
}

TEST_CASE("sqlite: the locks that the superuser makes are the owner's of the database", "[sqlite][lock]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Directory const directory;
    REQUIRE(::chown(directory.path().c_str(), alice, alice) == 0);
    std::string const database = directory.path() + "/db";
    CHECK(update_as(0, 0, database, false) == 0);
    CHECK(update_as(alice, alice, database, false) == 0);
    CHECK(update_as(0, 0, database, false) == 0);
    struct stat made {};
    REQUIRE(::stat((database + "-locks").c_str(), &made) == 0);
    CHECK(made.st_uid == alice);
    CHECK((made.st_mode & 07777) == 0700);
}

TEST_CASE("sqlite: the locks of a database that a group shares are the group's", "[sqlite][lock]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Directory const directory;
    REQUIRE(::chown(directory.path().c_str(), alice, team) == 0);
    REQUIRE(::chmod(directory.path().c_str(), 02770) == 0);
    std::string const database = directory.path() + "/db";
    CHECK(update_as(alice, team, database, true) == 0);
    CHECK(update_as(bob, team, database, true) == 0);
    CHECK(update_as(alice, team, database, true) == 0);
    struct stat made {};
    REQUIRE(::stat((database + "-locks").c_str(), &made) == 0);
    CHECK(made.st_gid == team);
    CHECK((made.st_mode & 07777) == 02770);
}

TEST_CASE("sqlite: locks are not made through a link beside the database", "[sqlite][lock]") {
    Directory const directory;
    std::string const database = directory.path() + "/db", elsewhere = directory.path() + "/elsewhere";
    Store store(SqliteStorage::open(database).value());
    REQUIRE(::mkdir(elsewhere.c_str(), 0700) == 0);
    std::filesystem::create_directory_symlink(elsewhere, database + "-locks");
    auto const refused = store.update("k", [](std::string& value) { value = "x"; });
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Errc::malformed);
    CHECK(std::filesystem::is_empty(elsewhere));
}

TEST_CASE("sqlite: a database that was opened to be read gets no directory of locks", "[sqlite][lock]") {
    Directory const directory;
    std::string const database = directory.path() + "/db";
    {
        REQUIRE(Store(SqliteStorage::open(database).value()).update("k", [](std::string& value) { value += "x"; }));
    }
    std::filesystem::remove_all(database + "-locks");
    Store store(SqliteStorage::open(database, {.read_only = true}).value());
    for (Error const& refused : {store.lock("k").error(), store.holder("k").error()}) {
        CHECK(refused == Errc::permission_denied);
        CHECK(refused.message().find("read-only") != std::string_view::npos);
    }
    CHECK_FALSE(std::filesystem::exists(database + "-locks"));
}

}  // namespace sqlite_lock_directory_test
