#include "sqlite_support.hpp"

#include <fstream>

#include <sys/stat.h>
#include <sys/wait.h>

using namespace sqlite_test;

namespace {

unsigned mode_of(std::string const& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
}

Error refusal(std::string const& path, SqliteOptions const& options = {}) {
    auto const storage = SqliteStorage::open(path, options);
    REQUIRE_FALSE(storage);
    CHECK_FALSE(storage.error().message().empty());
    CHECK(storage.error().operation() == "open");
    return storage.error();
}

std::string bytes_of(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("sqlite: a person can read the state") {
    Place const place;
    auto storage = open(place / "state.db");
    auto record = *make("orders", R"({"last":"2024-05-01"})");
    record.attributes = {{"job", "nightly"}};
    record.stamp.when = Timestamp(Timestamp::duration(1714521600123456));
    record.stamp.who = Writer("ada@host:7");
    put(storage, std::make_shared<Record const>(record));
    put(storage, make("picture", "\x89PNG"));
    put(storage, make("gone", "", nullptr, true));
    Plain plain(place / "state.db");
    CHECK(plain("select key, value from state where key = 'orders'") == R"(orders|{"last":"2024-05-01"})");
    CHECK(plain("select json_extract(value, '$.last'), json_extract(attributes, '$.job'), updated_at, updated_by, "
                "sequence from state where key = 'orders'") ==
          "2024-05-01|nightly|2024-05-01T00:00:00.123456Z|ada@host:7|1");
    CHECK(plain("select key, typeof(value) from state order by key") == "gone|null\norders|text\npicture|blob");
    CHECK(plain("pragma journal_mode") == "wal");
    CHECK(plain("pragma integrity_check") == "ok");
    // Four of records, and one that says that it is written without syncs.
    CHECK(plain("select count(*) from pragma_table_list where strict and schema = 'main'") == "5");
}

TEST_CASE("sqlite: files are private whatever the umask") {
    Place const place;
    for (mode_t const mask : {0000u, 0077u, 0377u}) {
        std::string const path = place / ("state" + std::to_string(mask));
        mode_t const before = ::umask(mask);
        auto storage = open(path);
        put(storage, make("k", "v"));
        std::string const locks = storage.lock_directory()->path();
        ::umask(before);
        CHECK(mode_of(path) == 0600);
        CHECK(mode_of(path + "-wal") == 0600);
        CHECK(mode_of(path + "-shm") == 0600);
        CHECK(mode_of(locks) == 0700);
        CHECK(storage.lock_directory()->path() == locks);
    }
}

TEST_CASE("sqlite: every way to the same database has the same lock directory") {
    Place const place;
    auto const direct = open(place / "state.db");
    std::filesystem::create_symlink(place / "state.db", place / "link.db");
    CHECK(open(place / "link.db").lock_directory()->path() == direct.lock_directory()->path());
    CHECK(open(place / "./state.db").lock_directory()->path() == direct.lock_directory()->path());
}

TEST_CASE("sqlite: the last connection leaves one file behind") {
    Place const place;
    {
        auto storage = open(place / "state.db"), copy = storage;
        put(copy, make("k", "v"));
    }
    CHECK(std::filesystem::exists(place / "state.db"));
    CHECK_FALSE(std::filesystem::exists(place / "state.db-wal"));
    CHECK(get(open(place / "state.db"), KeyView("k"))->payload.view() == "v");
}

TEST_CASE("sqlite: paths that are not files on this machine") {
    Place const place;
    CHECK(refusal(":memory:") == Errc::invalid_argument);
    CHECK(refusal("") == Errc::invalid_argument);
    CHECK(refusal("file:x?mode=memory") == Errc::invalid_argument);
    CHECK(refusal(std::string("a\0b", 3)) == Errc::invalid_argument);
    CHECK(refusal(place.directory()) == Errc::malformed);
    CHECK(refusal("/dev/null") == Errc::malformed);
    CHECK(refusal(place / "missing/state.db") == Errc::not_found);
    CHECK(refusal(place / "none.db", {.create = false}) == Errc::not_found);
    CHECK_FALSE(std::filesystem::exists(place / "none.db"));
    std::filesystem::create_symlink(place / "nowhere", place / "dangling.db");
    CHECK(refusal(place / "dangling.db") == Errc::not_found);
    Plain(place / "tables.db")("create table t (a)");
    CHECK(refusal(place / "tables.db", {.create = false}) == Errc::not_found);
    CHECK(Plain(place / "tables.db")("select group_concat(name) from sqlite_schema") == "t");
    open(place / "ours.db");
    CHECK(SqliteStorage::open(place / "ours.db", {.create = false}));
}

TEST_CASE("sqlite: a locator and its options") {
    Place const place;
    auto const at = [&](std::vector<std::pair<std::string, std::string>> options, std::string host = {}) {
        return SqliteStorage::open(Locator{"sqlite", std::move(host), place / "s.db", std::move(options), "sqlite:…"});
    };
    CHECK(at({}, "example.org").error() == Errc::invalid_argument);
    CHECK(at({{"create", "no"}}).error() == Errc::not_found);
    CHECK(at({{"durability", "some"}}).error() == Errc::invalid_argument);
    CHECK(at({{"cache", "1"}}).error() == Errc::invalid_argument);
    for (Durability const durability : {Durability::full, Durability::data, Durability::none}) {
        std::string const text(name(durability));
        CHECK(at({{"durability", text}}));
        auto const options = detail::sqlite::options_of(Locator{"sqlite", {}, "s.db", {{"durability", text}}, {}});
        CHECK(options.value().durability == durability);
    }
    CHECK(detail::sqlite::options_of(Locator{"sqlite", {}, "s.db", {}, {}}).value().durability == Durability::full);
    CHECK(at({{"create", "no"}}));
}

TEST_CASE("sqlite: tables of others live beside ours") {
    Place const place;
    std::string const path = place / "warehouse.db";
    Plain{path}("create table orders (id integer, amount real); insert into orders values (1, 2.5)");
    {
        auto storage = open(path);
        put(storage, make("orders", "cursor"));
    }
    Plain plain(path);
    CHECK(plain("select * from orders") == "1|2.5");
    CHECK(plain("select value from state") == "cursor");
    CHECK(get(open(path), KeyView("orders"))->payload.view() == "cursor");
}

TEST_CASE("sqlite: what belongs to others, or to the future, is refused and not touched") {
    Place const place;
    std::string const path = place / "other.db";
    SECTION("a newer format") {
        open(path);
        Plain{path}("pragma user_version = 5");
        CHECK(Plain{path}("pragma wal_checkpoint(truncate)") == "0|0|0");
    }
    SECTION("an unknown format") {
        open(path);
        Plain{path}("pragma user_version = -1");
    }
    SECTION("another program's user_version") { Plain{path}("pragma user_version = 1; create table t (a)"); }
    SECTION("another program's application_id") { Plain{path}("pragma application_id = 77"); }
    SECTION("a table of the same name") { Plain{path}("create table State (state_id text)"); }
    SECTION("a view of the same name") { Plain{path}("create view locks as select 1"); }
    SECTION("text in UTF-16") { Plain{path}("pragma encoding = 'UTF-16'; create table t (a)"); }
    std::string const before = bytes_of(path);
    REQUIRE_FALSE(before.empty());
    CHECK(refusal(path) == Errc::incompatible);
    CHECK(bytes_of(path) == before);
}

TEST_CASE("sqlite: what cannot be written is refused") {
    Place const place;
    std::string const path = place / "state.db";
    open(path);
    constexpr unsigned nobody = 65534;
    if (::geteuid() == 0) {
        REQUIRE(::chown(place.directory().c_str(), nobody, nobody) == 0);
        REQUIRE(::chown(path.c_str(), nobody, nobody) == 0);
    }
    auto const check = [&] {
        if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) return 1;
        auto const refused = [](std::string const& name) {
            auto const storage = SqliteStorage::open(name);
            return !storage && storage.error() == Errc::permission_denied;
        };
        if (!SqliteStorage::open(path)) return 2;
        ::chmod(path.c_str(), 0400);
        if (!refused(path)) return 3;
        ::chmod(path.c_str(), 0600);
        ::chmod(place.directory().c_str(), 0500);
        if (!refused(place / "new.db")) return 4;
        if (!refused(path)) return 5;
        ::chmod(place.directory().c_str(), 0700);
        return 0;
    };
    // The superuser may write everywhere, so it takes another user, and a process that becomes it.
    pid_t const child = ::fork();
    if (child == 0) ::_exit(check());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
}
