#include "sqlite_support.hpp"

#include <csignal>
#include <fstream>

#include <sys/resource.h>

using namespace sqlite_test;

namespace {

void overwrite(std::string const& path, std::streamoff at, std::string const& bytes) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
    REQUIRE(file.flush());
}

std::string filled(Place const& place) {
    std::string const path = place / "state.db";
    auto storage = open(path);
    for (int i = 0; i < 50; ++i) {
        auto const key = Key::parse("key" + std::to_string(i)).value();
        put(storage, make(key, "payload-of-" + key.str() + std::string(3000, 'x')));
    }
    return path;
}

/// Reads everything; what is found must be whole.
Errc first_error(std::string const& path) {
    auto const storage = SqliteStorage::open(path);
    if (!storage) return storage.error().code();
    for (int i = 0; i < 50; ++i) {
        auto const key = Key::parse("key" + std::to_string(i)).value();
        auto const found = storage->read(patient(), RecordId(key));
        if (!found) return found.error().code();
        REQUIRE(*found);
        REQUIRE((*found)->payload.view() == "payload-of-" + key.str() + std::string(3000, 'x'));
    }
    return Errc{};
}

}  // namespace

TEST_CASE("sqlite: any column that changed is noticed") {
    Place const place;
    auto storage = open(place / "state.db");
    auto record = *make("k", "payload", make("k", "before"));
    record.attributes = {{"a", "1"}};
    put(storage, std::make_shared<Record const>(record));
    put(storage, make("other", "payload"));
    Plain plain(place / "state.db");
    REQUIRE(get(storage, KeyView("k")));
    for (std::string const change : {"value = 'pbyload'",
                                     "value = null",
                                     "value = value || 'x'",
                                     "sequence = sequence + 1",
                                     "updated_at = substr(updated_at, 1, 26) || 'z'",
                                     "updated_at = ''",
                                     "tombstone = 1",
                                     "updated_by = 'x'",
                                     "updated_by = printf('%.100c', 'x')",
                                     "write_id = substr(write_id, 2) || 'A'",
                                     "write_id = ''",
                                     "stamp = x''",
                                     "stamp = substr(stamp, 1, 64)",
                                     "stamp = substr(stamp, 1, 80)",
                                     "stamp = cast(stamp || x'00' as blob)",
                                     "stamp = cast(stamp || zeroblob(16) as blob)",
                                     "stamp = cast(stamp || zeroblob(16000) as blob)",
                                     "attributes = null",
                                     "attributes = '{}'",
                                     "key = 'moved'"}) {
        INFO(change);
        std::string const backup = plain(
            "create table backup as select key, value, sequence, updated_at, tombstone, updated_by, write_id, stamp, "
            "attributes from state where key = 'k'");
        REQUIRE(backup.empty());
        REQUIRE(plain("update state set " + change + " where key = 'k'").empty());
        auto const found = change == "key = 'moved'" ? storage.read(patient(), RecordId("moved"))
                                                     : storage.read(patient(), RecordId("k"));
        REQUIRE_FALSE(found);
        CHECK(found.error() == Errc::malformed);
        CHECK(found.error().describe().find("restore") != std::string::npos);
        REQUIRE(plain("delete from state where key in ('k', 'moved'); insert into state (key, value, sequence, "
                      "updated_at, tombstone, updated_by, write_id, stamp, attributes) select * from backup; drop "
                      "table backup")
                    .empty());
        REQUIRE(get(storage, KeyView("k")));
    }
    CHECK(get(storage, KeyView("other"))->payload.view() == "payload");
}

TEST_CASE("sqlite: any byte of the packed stamp that changed is noticed") {
    Place const place;
    auto storage = open(place / "state.db");
    put(storage, make("k", "payload", make("k", "before")));
    Plain plain(place / "state.db");
    int const size = std::stoi(plain("select length(stamp) from state"));
    REQUIRE(size == 121);
    for (int at = 1; at <= size; ++at) {
        std::string const there = plain("select hex(substr(stamp, " + std::to_string(at) + ", 1)) from state");
        auto const set = [&](std::string const& byte) {
            return plain("update state set stamp = cast(substr(stamp, 1, " + std::to_string(at - 1) + ") || x'" + byte +
                         "' || substr(stamp, " + std::to_string(at + 1) + ") as blob)");
        };
        REQUIRE(set(there == "5A" ? "5B" : "5A").empty());
        auto const found = storage.read(patient(), RecordId("k"));
        INFO(at);
        REQUIRE_FALSE(found);
        CHECK(found.error() == Errc::malformed);
        REQUIRE(set(there).empty());
        REQUIRE(get(storage, KeyView("k"))->payload.view() == "payload");
    }
}

TEST_CASE("sqlite: a flipped byte of a value is an error, never a wrong value") {
    Place const place;
    auto const path = filled(place);
    std::ifstream file(path, std::ios::binary);
    std::string const bytes{std::istreambuf_iterator<char>(file), {}};
    auto const at = bytes.find("payload-of-key7");
    REQUIRE(at != bytes.npos);
    overwrite(path, static_cast<std::streamoff>(at + 100), "y");
    CHECK(first_error(path) == Errc::malformed);
}

TEST_CASE("sqlite: a file that is not a database") {
    Place const place;
    auto const path = filled(place);
    SECTION("other bytes") { overwrite(path, 0, "This is no database"); }
    SECTION("a text file") { std::ofstream(path, std::ios::trunc) << std::string(5000, 'x'); }
    auto const storage = SqliteStorage::open(path);
    REQUIRE_FALSE(storage);
    CHECK(storage.error() == Errc::malformed);
    CHECK(storage.error().backend() == "SQLITE_NOTADB (26)");
    CHECK(storage.error().subject() == path);
}

TEST_CASE("sqlite: a database that was cut") {
    for (int const percent : {10, 50, 90, 99}) {
        Place const place;
        auto const path = filled(place);
        std::filesystem::resize_file(path, std::filesystem::file_size(path) * static_cast<unsigned>(percent) / 100);
        INFO(percent);
        CHECK(first_error(path) == Errc::malformed);
    }
}

TEST_CASE("sqlite: pages of noise give errors or whole values") {
    Place const place;
    auto const path = filled(place);
    auto const pages = std::filesystem::file_size(path) / 4096;
    int noticed = 0;
    for (std::uintmax_t page = 1; page < pages; ++page) {
        std::string const copy = place / "copy.db";
        std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
        std::string noise(4096, '\0');
        Environment::system().random(noise.data(), noise.size());
        overwrite(copy, static_cast<std::streamoff>(page * 4096), noise);
        Errc const code = first_error(copy);
        INFO(name(code));
        CHECK((code == Errc{} || code == Errc::malformed || code == Errc::incompatible));
        noticed += code != Errc{} ? 1 : 0;
        std::filesystem::remove(copy + "-wal");
        std::filesystem::remove(copy + "-shm");
    }
    CHECK(noticed > 50);  // all pages that hold a record
}

TEST_CASE("sqlite: a table that somebody dropped or changed") {
    Place const place;
    auto storage = open(place / "state.db");
    put(storage, make("k", "v"));
    SECTION("dropped") { Plain(place / "state.db")("drop table state"); }
    SECTION("a column renamed") { Plain(place / "state.db")("alter table state rename column value to content"); }
    CHECK(storage.read(patient(), RecordId("k")).error() == Errc::incompatible);
    CHECK(storage.write(patient(), RecordId("k"), make("k", "2"), Precondition::none()).error() == Errc::incompatible);
    CHECK(open(place / "state.db").read(patient(), RecordId("k")).error() == Errc::incompatible);
}

TEST_CASE("sqlite: a full database says so, and goes on when there is room") {
    Place const place;
    auto storage = open(place / "state.db");
    auto const first = make("k", "old");
    put(storage, first);
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    auto const old_handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit const small{256 * 1024, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    auto const refused = storage.write(patient(), RecordId("k"), make("k", std::string(1 << 20, 'x'), first),
                                       Precondition::matches(first->revision));
    REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, old_handler);
    INFO((refused ? std::string("no error") : refused.error().describe()));
    // The limit of a file's size is an I/O error to SQLite, which may mean anything.
    CHECK((refused ? refused->kind() == Kind::unknown : refused.error() == Errc::out_of_space));
    CHECK(get(storage, KeyView("k"))->payload.view() == "old");
    CHECK(put(storage, make("k", "new", first), Precondition::matches(first->revision)) == Kind::applied);
}
