// Connections to files of before: none is used again, and nobody throws away what only they hold.

#include <unit/storage/sqlite_support.hpp>

#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <memory>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sqlite_old_files_test {

using namespace sqlite_test;
using detail::sqlite::Identity;
using detail::sqlite::Pool;
using detail::sqlite::Session;
using detail::sqlite::Trouble;
namespace fs = std::filesystem;
constexpr SqliteOptions quick{.durability = Durability::none};

/// A database that holds one record, closed.
void fill(std::string const& path, std::string_view payload) {
    auto storage = open(path);
    put(storage, make("k", payload));
}

std::string payload(Result<RecordPtr> const& found) {
    return !found ? found.error().describe() : *found ? std::string((*found)->payload.view()) : "nothing";
}

/// Two connections to a database that is then replaced by another.
struct Replaced {
    Place place;
    std::string path = place / "state.db";
    Pool pool{path, quick};
    std::optional<Pool::Lease> one, two;

    Replaced() {
        fill(path, "old");
        fill(place / "other.db", "new");
        Context const ctx = patient();
        one.emplace(pool.take(ctx, true).value());
        two.emplace(pool.take(ctx).value());
    }
    void replace() { fs::rename(place / "other.db", path); }
};

TEST_CASE("sqlite: a connection that rested while another found its files replaced is not used again") {
    Replaced files;
    files.two.reset();
    files.replace();
    CHECK((*files.one)->look() == Trouble::replaced);
    files.one.reset();
    Context const ctx = patient();
    auto next = files.pool.take(ctx);
    INFO((next ? "" : next.error().describe()));
    REQUIRE(next);
    CHECK(payload(Session(**next).read(RecordId("k"))) == "new");
}

TEST_CASE("sqlite: new files are not opened while a call is still at the old ones") {
    Replaced files;
    files.replace();
    CHECK((*files.one)->look() == Trouble::replaced);
    files.one.reset();
    Context const ctx = patient();
    auto const early = files.pool.take(ctx);
    REQUIRE_FALSE(early);
    CHECK(early.error() == Errc::unavailable);  // and not of the log, which the other call may still put right
    files.two.reset();
    auto next = files.pool.take(ctx);
    INFO((next ? "" : next.error().describe()));
    REQUIRE(next);
    CHECK(payload(Session(**next).read(RecordId("k"))) == "new");
}

TEST_CASE("sqlite: a database is not opened while the log of the one before it lies beside it") {
    Replaced files;
    Context const ctx = patient();
    files.two.reset();
    {
        Plain other(files.path);  // another program, for which the old database and its log are kept
        REQUIRE(other("select count(*) from state") == "1");
        files.replace();
        CHECK((*files.one)->look() == Trouble::replaced);
        files.one.reset();
        auto const mixed = files.pool.take(ctx);
        REQUIRE_FALSE(mixed);
        CHECK(mixed.error() == Errc::malformed);
        CHECK(mixed.error().message().find("must not be mixed") != std::string_view::npos);
    }
    fs::remove(files.path + "-wal");
    fs::remove(files.path + "-shm");
    auto next = files.pool.take(ctx);
    INFO((next ? "" : next.error().describe()));
    REQUIRE(next);
    CHECK(payload(Session(**next).read(RecordId("k"))) == "new");
}

TEST_CASE("sqlite: what one call finds out about the files the next one looks at, however soon") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    put(storage, make("k", "v"));
    testing::TestEnvironment env;  // whose time stands still
    Context const at_once(env);
    CHECK(payload(storage.read(at_once, RecordId("k"))) == "v");
    fs::create_hard_link(path, place / "second.db");
    CHECK(storage.write(at_once, RecordId("k"), make("k", "late"), Precondition::none()).error() ==
          Errc::not_supported);
    auto const found = storage.read(at_once, RecordId("k"));
    REQUIRE_FALSE(found);
    CHECK(found.error() == Errc::not_supported);
}

TEST_CASE("sqlite: who has the only copy of the log keeps it until it can be moved into the database") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    put(storage, make("before", "v"));
    // A reader of another program, from before the write; it leaves the log alone when it ends.
    sqlite3* reader = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &reader) == SQLITE_OK);
    REQUIRE(sqlite3_db_config(reader, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_exec(reader, "begin; select count(*) from state", nullptr, nullptr, nullptr) == SQLITE_OK);
    put(storage, make("k", "acknowledged"));
    fs::remove(path + "-wal");
    CHECK(storage.write(patient(), RecordId("late"), make("late", "v"), Precondition::none()).error() ==
          Errc::unavailable);
    CHECK(sqlite3_exec(reader, "rollback", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(sqlite3_close(reader) == SQLITE_OK);
    Result<RecordPtr> found = RecordPtr();
    for (int calls = 0; calls < 3; ++calls)
        if (found = storage.read(patient(), RecordId("k")); found) break;
    CHECK(payload(found) == "acknowledged");
    CHECK(payload(open(path).read(patient(), RecordId("k"))) == "acknowledged");
}

TEST_CASE("sqlite: a log that was left with other rights gets those of its database") {
    Place const place;
    std::string const path = place / "state.db";
    pid_t const killed = ::fork();
    if (killed == 0) {
        auto storage = SqliteStorage::open(path, quick);
        (void)storage->write(patient(), RecordId("k"), make("k", "v"), Precondition::none());
        ::_exit(0);  // as one who is killed: the log stays
    }
    REQUIRE(::waitpid(killed, nullptr, 0) == killed);
    REQUIRE(fs::file_size(path + "-wal") > 0);
    REQUIRE(::chmod(path.c_str(), 0660) == 0);
    auto const storage = open(path);
    for (auto const* const end : {"-wal", "-shm"}) {
        struct stat about {};
        REQUIRE(::stat((path + end).c_str(), &about) == 0);
        CHECK((about.st_mode & 0777) == 0660);
    }
    CHECK(get(storage, RecordId("k"))->payload.view() == "v");
}

/// A directory under another name, read-only.
struct Medium {
    std::string const& at;
    bool mounted;
    Medium(std::string const& directory, std::string const& image)
        : at(image), mounted(::mount(directory.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) == 0) {}
    Medium(Medium const&) = delete;
    Medium& operator=(Medium const&) = delete;
    ~Medium() {
        if (mounted) (void)::umount2(at.c_str(), MNT_DETACH);
    }
    bool read_only() const {
        return mounted && ::mount(nullptr, at.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
    }
};

TEST_CASE("sqlite: a database on a read-only medium that changes in place is noticed") {
    Place const place;
    std::string const medium = place / "medium", path = medium + "/state.db", other = place / "other.db";
    fs::create_directory(medium);
    for (auto const& [at, text] : {std::pair(path, "one"), std::pair(other, "two")}) {
        fill(at, text);
        REQUIRE(Plain{at}("pragma journal_mode = delete") == "delete");
    }
    std::string const image = place / "image";
    fs::create_directory(image);
    Medium const mounted(medium, image);
    if (!mounted.read_only()) SKIP("no right to mount");
    auto const reader = open(image + "/state.db", {.read_only = true});
    CHECK(get(reader, RecordId("k"))->payload.view() == "one");
    {
        std::ifstream from(other, std::ios::binary);  // over the bytes of the same file: no name changes
        std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << from.rdbuf();
    }
    auto const found = reader.read(patient(), RecordId("k"));
    REQUIRE_FALSE(found);
    CHECK(found.error() == Errc::unavailable);
    CHECK(get(reader, RecordId("k"))->payload.view() == "two");
}

/// A database's files, which nobody has open.
struct Files {
    Place place;
    std::string path = place / "state.db", log = path + "-wal";
    Files() {
        for (auto const* const end : {"", "-wal", "-shm"}) std::ofstream(path + end) << "x";
    }
};

TEST_CASE("sqlite: a log that another began meanwhile is not removed") {
    Files files;
    auto const identity = Identity::of(files.path, false, false);
    fs::rename(files.log, files.place / "own");
    std::ofstream(files.log) << "another's";
    identity->drop_log();
    CHECK(fs::exists(files.log));
    fs::rename(files.place / "own", files.log);
    identity->drop_log();
    CHECK_FALSE(fs::exists(files.log));
}

#if defined(O_PATH)
TEST_CASE("sqlite: a log that we only look at is not one that SQLite has open") {
    Files files;
    auto const identity = Identity::of(files.path, false, false);
    CHECK_FALSE(identity->has_log_open());
    int const opened = ::open(files.log.c_str(), O_RDWR | O_CLOEXEC);
    CHECK(identity->has_log_open());
    ::close(opened);
}
#endif

}  // namespace sqlite_old_files_test
