// Details of the SQLite storage that are easy to get wrong.

#include <unit/storage/sqlite_support.hpp>

#include <holdfast/storage/sqlite/pool.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/mount.h>

namespace sqlite_details_test {

using namespace sqlite_test;
using Catch::Matchers::ContainsSubstring;
using detail::sqlite::Pool;

constexpr SqliteOptions unsynced{.durability = Durability::none};

TEST_CASE("sqlite: what was changed by hand into something else that is valid is noticed, too") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    auto record = *make("k", "payload");
    record.attributes = {{"a", "1"}};
    auto lease = std::make_shared<Lease>();
    lease->purpose = "import";
    record.lease = lease;
    put(storage, std::make_shared<Record const>(record));
    REQUIRE(get(storage, KeyView("k"))->lease->purpose == "import");
    Plain plain(path);
    std::string const now = plain("select quote(key), quote(attributes), quote(lease) from state");
    for (std::string const change :
         {"attributes = replace(attributes, '1', '2')", "lease = replace(lease, 'import', 'export')", "key = 'l'"}) {
        INFO(change << " of " << now);
        plain("create table kept as select * from state");
        REQUIRE(plain("update state set " + change).empty());
        REQUIRE(plain("select quote(key), quote(attributes), quote(lease) from state") != now);
        RecordId const id(change.starts_with("key") ? KeyView("l") : KeyView("k"));
        CHECK(storage.read(patient(), id).error() == Errc::malformed);
        plain("delete from state; insert into state select * from kept; drop table kept");
        CHECK(get(storage, KeyView("k"))->attributes == record.attributes);
    }
}

TEST_CASE("sqlite: every member of a stamp and of a lease comes back") {
    Place const place;
    auto storage = open(place / "state.db");
    auto record = *make("k", "payload", make("k", "before"));
    Writer const longest(std::string(47, 'w'));
    Stamp& stamp = record.stamp;
    stamp.lineage = {1, 2}, stamp.payload_id = {3, 4}, stamp.previous = {5, 6};
    stamp.restored = 7, stamp.sequence = 8, stamp.epoch = 9;
    stamp.discipline = Discipline::history;
    stamp.when = Timestamp(std::chrono::microseconds(10));
    stamp.who = GENERATE_COPY(longest, Writer());
    stamp.set_by = Author{Timestamp(std::chrono::microseconds(-11)), GENERATE_COPY(longest, Writer("w"), Writer())};
    Lease lease;
    lease.id = {12, 13}, lease.held = false, lease.wanted = true, lease.dirty = true, lease.ttl = Duration(14'000'000);
    lease.acquired = Timestamp(std::chrono::microseconds(15)), lease.renewed = Timestamp(std::chrono::microseconds(16));
    lease.holder = longest, lease.purpose = "a \"purpose\"";
    record.lease = std::make_shared<Lease const>(lease);
    REQUIRE(put(storage, std::make_shared<Record const>(record)) == Kind::applied);
    auto const found = get(storage, KeyView("k"));
    CHECK(found->stamp == stamp);
    CHECK(found->stamp.previous == WriteId{5, 6});
    CHECK(found->stamp.restored == 7);
    CHECK(found->stamp.who == stamp.who);
    CHECK(found->stamp.set_by == stamp.set_by);
    REQUIRE(found->lease);
    CHECK(*found->lease == lease);
}

TEST_CASE("sqlite: each discipline comes back as it was written, by a number that never changes") {
    using detail::sqlite::PackedStamp;
    for (auto const& row : detail::all_disciplines) {
        Stamp stamp, out;
        stamp.ids.push({1, 2});
        stamp.discipline = row.discipline;
        std::string const packed(PackedStamp(stamp).view());
        REQUIRE(PackedStamp::unpack(packed, out));
        CHECK(out.discipline == row.discipline);
    }
    CHECK(static_cast<int>(Discipline::compare_and_swap) == 0);
    CHECK(static_cast<int>(Discipline::last_writer_wins) == 1);
    CHECK(static_cast<int>(Discipline::history) == 2);
}

TEST_CASE("sqlite: a discipline that is not known is never written") {
    Place const place;
    auto storage = open(place / "state.db");
    auto record = *make("k", "payload");
    for (int const number : {static_cast<int>(std::size(detail::all_disciplines)), 255}) {
        record.stamp.discipline = static_cast<Discipline>(number);
        auto const refused =
            storage.write(patient(), KeyView("k"), std::make_shared<Record const>(record), Precondition::none());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == Errc::invalid_argument);
    }
    CHECK(get(storage, KeyView("k")) == nullptr);
}

TEST_CASE("sqlite: a packed stamp that says what none can say is refused") {
    using detail::sqlite::PackedStamp;
    Stamp stamp;
    stamp.ids.push({1, 2});
    stamp.set_by = Author{{}, Writer("w")};
    std::string const good(PackedStamp(stamp).view());
    Stamp out;
    REQUIRE(PackedStamp::fits(good));
    REQUIRE(PackedStamp::unpack(good, out));
    CHECK(out.set_by == stamp.set_by);
    std::string discipline = good;
    discipline[17] = static_cast<char>(std::size(detail::all_disciplines));  // beyond the last
    CHECK_FALSE(PackedStamp::unpack(discipline, out));
    std::string name = good;
    name[name.size() - 64 + 8] = 49;  // one more than there is room for
    CHECK_FALSE(PackedStamp::unpack(name, out));
}

TEST_CASE("sqlite: where the names end that begin so") {
    using detail::sqlite::end_of_prefix;
    CHECK(end_of_prefix("ab") == "ac");
    CHECK(end_of_prefix("a\x7f") == "a\x80");
    CHECK(end_of_prefix("a\xff\xff") == "b");
    CHECK(end_of_prefix("\xff").empty());  // nowhere
    CHECK(end_of_prefix("").empty());
}

TEST_CASE("sqlite: how far a connection syncs, whoever was there before") {
    Place const place;
    auto const syncs = [&](std::string const& name, Durability durability) {
        Pool pool(place / name, {.durability = durability});
        auto const lease = pool.take(patient()).value();
        return lease->ask("pragma synchronous").value();
    };
    std::string const off = "0", normal = "1", full = "2";
    for (char const* const name : {"full.db", "data.db", "none.db"}) open(place / name);
    { (void)open(place / "full.db", {.durability = Durability::full}); }
    { (void)open(place / "data.db", {.durability = Durability::data}); }
    CHECK(syncs("none.db", Durability::none) == off);
    CHECK(syncs("full.db", Durability::none) == normal);
    CHECK(syncs("data.db", Durability::none) == normal);
    CHECK(syncs("data.db", Durability::data) == normal);
    CHECK(syncs("full.db", Durability::data) == normal);
    CHECK(syncs("data.db", Durability::full) == full);
}

TEST_CASE("sqlite: what is no journal does not keep a database from being made") {
    Place const place;
    std::string const path = place / "state.db";
    std::ofstream(path + "-journal") << "notes of somebody, of more than twenty bytes";
    auto storage = SqliteStorage::open(path, unsynced);
    INFO((storage ? std::string() : storage.error().describe()));
    CHECK(storage);
}

TEST_CASE("sqlite: on a read-only medium nothing that only the log holds is missed") {
    Place const place;
    std::string const medium = place / "medium", path = medium + "/state.db", from = place / "state.db";
    std::filesystem::create_directory(medium);
    if (::mount("none", medium.c_str(), "tmpfs", 0, nullptr) != 0) SKIP("no right to mount");
    {
        auto storage = open(from);
        put(storage, make("k", "old"));
        (void)Plain{from}("pragma wal_checkpoint");
        put(storage, make("k", "new"));
        for (char const* const file : {"", "-wal"}) std::filesystem::copy(from + file, path + file);
    }
    CHECK(::mount("none", medium.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0);
    {
        auto const reader = SqliteStorage::open(path, {.read_only = true});
        if (reader) CHECK(get(*reader, KeyView("k"))->payload.view() == "new");
        else CHECK(reader.error() == Errc::permission_denied);
    }
    ::umount2(medium.c_str(), MNT_DETACH);
}

TEST_CASE("sqlite: a revision that only begins as the one that is stored does not match") {
    Place const place;
    auto storage = open(place / "state.db");
    auto const first = make("k", "1");
    put(storage, first);
    std::string longer(first->revision.view());
    longer.push_back('x');
    auto const other = Precondition::matches(Revision::parse(longer).value());
    CHECK(put(storage, make("k", "2", first), other) == Kind::conflict);
    CHECK(storage.remove(patient(), RecordId("k"), other).value().kind() == Kind::conflict);
    CHECK(get(storage, KeyView("k"))->payload.view() == "1");
}

TEST_CASE("sqlite: a log of the largest pages that was cut is noticed") {
    Place const place;
    std::string const path = place / "state.db";
    Plain{path}("pragma page_size = 65536; create table other (a)");
    auto storage = open(path);
    put(storage, make("k", std::string(300'000, 'x')));
    REQUIRE(Plain{path}("pragma page_size") == "65536");
    std::filesystem::resize_file(path + "-wal", 100'000);
    auto const refused = storage.write(patient(), RecordId("late"), make("late", "v"), Precondition::none());
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().describe(), ContainsSubstring("(-wal) was cut"));
}

TEST_CASE("sqlite: who asks to stop while he waits to read is told so") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    put(storage, make("k", "v"));
    storage = open(place / "another.db");  // or it could not be had alone
    Plain alone(path);
    alone("pragma locking_mode = exclusive; begin immediate; insert into state select * from state where 0; commit");
    auto second = std::make_unique<Pool>(path, unsynced);
    std::atomic<bool> stop{false};
    std::thread stopper([&] {
        Environment::system().sleep(std::chrono::milliseconds(50));
        stop = true;
    });
    auto const refused = second->take(Context(Environment::system(), std::chrono::seconds(30), &stop));
    stopper.join();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Errc::cancelled);
}

std::atomic<int> opened{0};

int count_opening(sqlite3*, char const**, sqlite3_api_routines const*) {
    ++opened;
    return SQLITE_OK;
}

TEST_CASE("sqlite: tables are made although another program writes meanwhile") {
    Place const place;
    std::string const path = place / "state.db";
    Plain other(path);
    REQUIRE(other("pragma journal_mode = wal") == "wal");
    REQUIRE(other("begin immediate; create table other (a)").empty());
    std::thread committer([&] {
        Environment::system().sleep(std::chrono::milliseconds(300));  // by then the other side waits
        other("commit");
    });
    auto storage = SqliteStorage::open(path, {.durability = Durability::none, .patience = std::chrono::seconds(10)});
    committer.join();
    INFO((storage ? std::string() : storage.error().describe()));
    REQUIRE(storage);
    CHECK(put(*storage, make("k", "v")) == Kind::applied);
}

TEST_CASE("sqlite: after which failures a recovery may find a commit") {
    using detail::sqlite::may_have_committed;
    for (int const code : {SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_NOMEM}) CHECK(may_have_committed(code));
    for (int const code : {SQLITE_FULL, SQLITE_BUSY, SQLITE_CONSTRAINT_COMMITHOOK, SQLITE_READONLY})
        CHECK_FALSE(may_have_committed(code));
}

TEST_CASE("sqlite: a removal is a change, and nothing is none") {
    Place const place;
    auto storage = open(place / "state.db");
    auto const record = make("k", "v");
    put(storage, record);
    REQUIRE(storage.remove(patient(), RecordId("k"), Precondition::none()));
    Context const at_once(Environment::system(), Duration::zero());
    CHECK(storage.wait_for_change(at_once, RecordId("k"), record->revision).value());
    CHECK_FALSE(storage.wait_for_change(at_once, RecordId("k"), Revision()).value());
}

TEST_CASE("sqlite: a record's turn is the same in programs of every version") {
    Place const place;
    auto const storage = open(place / "state.db");
    CHECK(storage.turn_rank(RecordId("k")) == 0x23);  // of the XXH64 c3d31922c50b1b63 the last six bits
    CHECK(storage.turn_rank(RecordId("orders")) == 0x35);  // 0f4f95cfb44ca775
}

/// Ends a reader as soon as somebody waits.
class Releasing final : public Environment {
public:
    explicit Releasing(std::unique_ptr<Plain>& reader) : reader_(reader) {}
    Instant monotonic() override { return now_; }
    Timestamp wall() override { return system().wall(); }
    void sleep(Duration duration) override {
        if (reader_) reader_.reset();
        now_ += duration;
    }
    void random(void* out, std::size_t size) override { system().random(out, size); }
    Writer who() override { return system().who(); }

private:
    std::unique_ptr<Plain>& reader_;
    Instant now_{std::chrono::hours(1)};
};

TEST_CASE("sqlite: who moves the log waits for readers that end soon") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = open(path);
    put(storage, make("k", "first"));
    auto reader = std::make_unique<Plain>(path);
    (*reader)("begin");
    CHECK((*reader)("select value from state") == "first");
    Releasing env(reader);
    auto const write = [&](int i) {
        auto const record = make("k", std::string(1 << 18, static_cast<char>('a' + i % 26)));
        auto const done = storage.write(Context(env), RecordId("k"), record, Precondition::none());
        REQUIRE(done);
        CHECK(done->kind() == Kind::applied);
    };
    int i = 0;
    for (; i < 40 && reader; ++i) write(i);
    CHECK(i < 20);  // 4 MiB, and not 10
    auto const length = std::filesystem::file_size(path + "-wal");
    for (int more = 0; more < 8; ++more) write(++i);
    CHECK(std::filesystem::file_size(path + "-wal") == length);  // begun anew
}

TEST_CASE("sqlite: of many connections 16 are kept") {
    Place const place;
    std::string const path = place / "state.db";
    auto const storage = open(path);
    auto const entry = reinterpret_cast<void (*)()>(&count_opening);
    REQUIRE(sqlite3_auto_extension(entry) == SQLITE_OK);
    opened = 0;
    {
        Pool pool(path, unsynced);
        Context const ctx = patient();
        for (int round = 0; round < 2; ++round) {
            std::vector<Pool::Lease> leases;
            for (int i = 0; i < 20; ++i) leases.push_back(pool.take(ctx).value());
        }
    }
    sqlite3_cancel_auto_extension(entry);
    CHECK(opened == 20 + 4);
}

}  // namespace sqlite_details_test
