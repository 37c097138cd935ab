// Who may use a database, and who only reads it.

#include <unit/storage/sqlite_support.hpp>

#include <holdfast/open.hpp>
#include <holdfast/serialization/raw_bytes.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <functional>
#include <optional>
#include <thread>

#include <grp.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace sqlite_rights_test {

using namespace sqlite_test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;
constexpr unsigned nobody = 65534, somebody = 12345, crew = 23456;

struct stat about(std::string const& path) {
    struct stat found {};
    CHECK(::stat(path.c_str(), &found) == 0);
    return found;
}
unsigned mode(std::string const& path) { return about(path).st_mode & 07777; }

constexpr SqliteOptions reading{.read_only = true};
constexpr SqliteOptions quick{.durability = Durability::none};

/// What another user finds out: 0, or the number of what failed.
int as(unsigned user, unsigned of_group, std::function<int()> const& work) {
    pid_t const child = ::fork();
    if (child == 0) {
        bool const changed = ::setgroups(0, nullptr) == 0 && ::setgid(of_group) == 0 && ::setuid(user) == 0;
        ::_exit(changed ? work() : 99);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

bool writes(std::string const& path) {
    auto storage = SqliteStorage::open(path, quick);
    if (!storage) return false;
    auto const done = storage->write(patient(), KeyView("by-another"), make("by-another", "v"), Precondition::none());
    return done && done->kind() == Kind::applied;
}

std::string read(std::string const& path) {
    auto storage = SqliteStorage::open(path, reading);
    if (!storage) return storage.error().describe();
    auto const found = storage->read(patient(), KeyView("k"));
    return !found ? found.error().describe() : *found ? std::string((*found)->payload.view()) : "nothing";
}

std::string refused(std::string_view uri) {
    auto const store = holdfast::open<std::string, SqliteStorage, RawBytes>(uri);
    REQUIRE_FALSE(store);
    return store.error().describe();
}

}  // namespace sqlite_rights_test

using namespace sqlite_rights_test;

TEST_CASE("sqlite: what the superuser makes in a user's directory is the user's") {
    if (::geteuid() != 0) SKIP("needs the superuser");
    Place const place;
    REQUIRE(::chown(place.directory().c_str(), nobody, nobody) == 0);
    std::string const path = place / "state.db";
    auto storage = open(path, quick);
    put(storage, make("k", "v"));
    for (auto const* const end : {"", "-wal", "-shm"}) {
        CHECK(about(path + end).st_uid == nobody);
        CHECK(about(path + end).st_gid == nobody);
    }
    CHECK(as(nobody, nobody, [&] { return writes(path) ? 0 : 1; }) == 0);  // while it is open, and afterwards
    storage = open(place / "other.db");
    CHECK(as(nobody, nobody, [&] { return writes(path) ? 0 : 1; }) == 0);
    // A run as root of a database that is there leaves nothing behind that its owner cannot use.
    (void)get(open(path, quick), KeyView("by-another"));
    put(*std::make_unique<SqliteStorage>(open(path, quick)), make("k", "v2"));
    CHECK(as(nobody, nobody, [&] { return writes(path) ? 0 : 1; }) == 0);
}

TEST_CASE("sqlite: a database for a group, and one that an administrator opened to it") {
    if (::geteuid() != 0) SKIP("needs the superuser");
    Place const place;
    std::string const path = place / "state.db";
    REQUIRE(::chown(place.directory().c_str(), nobody, crew) == 0);
    REQUIRE(::chmod(place.directory().c_str(), 02770) == 0);
    bool const option = GENERATE(true, false);
    mode_t const before = ::umask(077);
    std::optional<SqliteStorage> storage = open(path, {.durability = quick.durability, .group = option});
    ::umask(before);
    put(*storage, make("k", "v"));
    CHECK(mode(path) == (option ? 0660 : 0600));
    CHECK(mode(path + "-wal") == mode(path));
    if (!option) {
        CHECK(as(somebody, crew, [&] { return writes(path) ? 1 : 0; }) == 0);
        REQUIRE(::chmod(path.c_str(), 0660) == 0);
        put(*storage, make("k", "v2"));
        CHECK(mode(path) == 0660);
        (void)open(path, quick);  // who owns it and opens it next puts the log right, too
    }
    CHECK(mode(path + "-wal") == 0660);
    CHECK(mode(path + "-shm") == 0660);
    CHECK(as(somebody, crew, [&] { return writes(path) ? 0 : 1; }) == 0);
    storage.reset();
    CHECK(as(somebody, crew, [&] { return writes(path) ? 0 : 1; }) == 0);
    CHECK(as(nobody, nobody, [&] { return writes(path) ? 0 : 1; }) == 0);
    CHECK(mode(path) == 0660);
}

TEST_CASE("sqlite: who may write is the effective user, not the real one") {
    if (::geteuid() != 0) SKIP("needs the superuser");
    Place const place;
    std::string const path = place / "state.db";
    REQUIRE(::chmod(place.directory().c_str(), 0755) == 0);
    { put(*std::make_unique<SqliteStorage>(open(path, quick)), make("k", "v")); }
    pid_t const child = ::fork();
    if (child == 0) ::_exit(::setresuid(nobody, 0, 0) == 0 && writes(path) ? 0 : 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("sqlite: read-only") {
    Place const place;
    std::string const path = place / "state.db";
    CHECK(SqliteStorage::open(path, reading).error() == Errc::not_found);
    CHECK_FALSE(fs::exists(path));
    auto writer = open(path, quick);
    put(writer, make("k", "v"));
    auto reader = open(path, reading);
    CHECK(get(reader, KeyView("k"))->payload.view() == "v");
    put(writer, make("k", "v2"));
    CHECK(get(reader, KeyView("k"))->payload.view() == "v2");
    CHECK(reader.list(patient(), {})->records.size() == 1);
    auto const record = make("k", "mine");
    std::vector<Write> const batch{{KeyView("k"), record, Precondition::none()}};
    for (auto const& done :
         {reader.write(patient(), KeyView("k"), record, Precondition::none()),
          reader.remove(patient(), KeyView("k"), Precondition::none()), reader.write_all(patient(), batch)}) {
        REQUIRE_FALSE(done);
        CHECK(done.error() == Errc::permission_denied);
        CHECK_THAT(done.error().describe(), ContainsSubstring("without mode=ro"));
    }
    CHECK(get(reader, KeyView("k"))->payload.view() == "v2");
    Plain{place / "others.db"}("create table t (a)");
    auto const stranger = SqliteStorage::open(place / "others.db", reading);
    REQUIRE_FALSE(stranger);
    CAPTURE(stranger.error().describe());
    CHECK(stranger.error() == Errc::not_found);
}

TEST_CASE("sqlite: who may not write can read while a program writes, and is told what it takes otherwise") {
    if (::geteuid() != 0) SKIP("needs the superuser");
    Place const place;
    std::string const path = place / "state.db";
    REQUIRE(::chmod(place.directory().c_str(), 0755) == 0);
    { put(*std::make_unique<SqliteStorage>(open(path, quick)), make("k", "v")); }
    // A program of its own, since this one closes the database before it forks.
    std::string const answer = place / "answer";
    auto* const holder = ::popen(("sqlite3 '" + path + "' > '" + answer + "'").c_str(), "w");
    REQUIRE(holder != nullptr);
    REQUIRE(std::fputs("select count(*) from state;\n.print\n", holder) >= 0);
    std::fflush(holder);
    auto const answered = [&] { return fs::exists(answer) && fs::file_size(answer) > 0; };
    for (int i = 0; i < 1000 && !answered(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    REQUIRE(answered());  // before, the index of the log is there, and may be empty
    for (auto const* const end : {"", "-wal", "-shm"}) REQUIRE(::chmod((path + end).c_str(), 0644) == 0);
    CHECK(as(nobody, nobody, [&] { return read(path) == "v" ? 0 : 1; }) == 0);
    CHECK(as(nobody, nobody, [&] {
              auto const storage = SqliteStorage::open(path);
              return !storage && storage.error() == Errc::permission_denied &&
                             storage.error().message().find("mode=ro") != std::string_view::npos
                         ? 0
                         : 1;
          }) == 0);
    // The database itself would be his to write, and SQLite opens it so.
    REQUIRE(::chmod(path.c_str(), 0666) == 0);
    for (auto const* const end : {"-shm", "-wal"}) {
        CHECK(as(nobody, nobody, [&] {
                  auto const storage = SqliteStorage::open(path, quick);
                  return !storage && storage.error() == Errc::permission_denied &&
                                 storage.error().message().find("mode=ro") != std::string_view::npos
                             ? 0
                             : 1;
              }) == 0);
        REQUIRE(::chmod((path + end).c_str(), 0666) == 0);
    }
    CHECK(as(nobody, nobody, [&] { return SqliteStorage::open(path, quick) ? 0 : 1; }) == 0);
    REQUIRE(::pclose(holder) == 0);
    CHECK(as(nobody, nobody, [&] {
              auto const storage = SqliteStorage::open(path, reading);
              return !storage && storage.error() == Errc::permission_denied &&
                             storage.error().message().find("keep it open") != std::string_view::npos
                         ? 0
                         : 1;
          }) == 0);
}

TEST_CASE("sqlite: read-only media") {
    Place const place;
    std::string const medium = place / "a medium?100%#", path = medium + "/state.db";
    fs::create_directory(medium);
    if (::mount("none", medium.c_str(), "tmpfs", 0, nullptr) != 0) SKIP("no right to mount");
    auto const remount = [&](unsigned long flags) {
        return ::mount("none", medium.c_str(), "tmpfs", MS_REMOUNT | flags, nullptr) == 0;
    };
    { put(*std::make_unique<SqliteStorage>(open(path, quick)), make("k", "v")); }
    CHECK(remount(MS_RDONLY));
    CHECK(read(path) == "v");
    CHECK_THAT(SqliteStorage::open(path).error().describe(), ContainsSubstring("mode=ro"));
    CHECK_FALSE(fs::exists(path + "-shm"));
    {
        auto const reader = open(path, reading);
        CHECK(get(reader, KeyView("k"))->payload.view() == "v");
        // Writable again, and somebody writes: noticed, and what is there then is read.
        CHECK(remount(0));
        auto writer = open(path, quick);
        put(writer, make("k", "v2"));
        CHECK(reader.read(patient(), KeyView("k")).error() == Errc::unavailable);
        CHECK(get(reader, KeyView("k"))->payload.view() == "v2");
    }
    ::umount2(medium.c_str(), MNT_DETACH);
}

TEST_CASE("sqlite: URIs say what they mean") {
    CHECK_THAT(refused("sqlite:///~/state.db"), ContainsSubstring("a shell only"));
    CHECK_THAT(refused("sqlite:~/state.db"), ContainsSubstring("a shell only"));
    CHECK(SqliteStorage::open("~/state.db").error() == Errc::invalid_argument);
    CHECK(SqliteStorage::open("~alice/state.db").error() == Errc::invalid_argument);
    CHECK_THAT(refused("sqlite://state.db"), ContainsSubstring("three slashes"));
    CHECK_THAT(refused("sqlite:///no-such.db?create=no"),
               ContainsSubstring("/no-such.db is a file of the root directory") &&
                   ContainsSubstring("is written sqlite:no-such.db"));
    CHECK_THAT(refused("sqlite:///no/such.db"), !ContainsSubstring("root directory"));
    CHECK_THAT(refused("sqlite:///s.db?mode=r"), ContainsSubstring("accepted: rw ro"));
    CHECK_THAT(refused("sqlite:///s.db?group=me"), ContainsSubstring("accepted: yes no"));
    Place const place;
    { put(*std::make_unique<SqliteStorage>(open(place / "s.db", quick)), make("k", "v")); }
    auto store = holdfast::open<std::string, SqliteStorage, RawBytes>("sqlite://" + (place / "s.db") + "?mode=ro");
    REQUIRE(store);
    CHECK(**store->get("k").value() == "v");
    CHECK(store->update("k", [](std::string& v) { v = "w"; }).error() == Errc::permission_denied);
}

TEST_CASE("sqlite: errors name what the system refused") {
    Place const place;
    std::string const path = place / "state.db";
    SECTION("no descriptors are left") {
        { (void)open(path, quick); }
        rlimit before{};
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
        rlimit few = before;
        for (few.rlim_cur = 3; few.rlim_cur < 40; ++few.rlim_cur) {
            REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
            auto const storage = SqliteStorage::open(path, quick);
            ::setrlimit(RLIMIT_NOFILE, &before);
            if (storage) break;
            CAPTURE(few.rlim_cur, storage.error().describe());
            CHECK(storage.error() == Errc::unavailable);
            CHECK_THAT(storage.error().describe(), ContainsSubstring("too many files are open"));
        }
        CHECK(few.rlim_cur < 40);
    }
    SECTION("a directory in the place of the log") {
        { (void)open(path, quick); }
        fs::create_directory(path + "-wal");
        CHECK(SqliteStorage::open(path).error() == Errc::not_supported);
    }
    SECTION("somebody closed descriptors that are not theirs") {
        pid_t const child = ::fork();
        if (child == 0) {
            auto storage = open(path, quick);
            for (int fd = 3; fd < 64; ++fd) ::close(fd);
            Context const brief(Environment::system(), std::chrono::milliseconds(50));
            auto const done = storage.write(brief, KeyView("k"), make("k", "v"), Precondition::none());
            ::_exit(!done && done.error().message().find("closes descriptors that are not its own") != std::string_view::npos ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
}
