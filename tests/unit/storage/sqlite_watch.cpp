// SqliteStorage: rereads, and waits for changes by other threads and processes.

#include <holdfast/storage/sqlite.hpp>

#include <holdfast/concepts/wait_for_change.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/storage/sqlite_support.hpp>

#include <sys/wait.h>

#include <atomic>
#include <thread>

namespace sqlite_watch_test {

using namespace sqlite_test;

TEST_CASE("sqlite: a reread returns the same object as long as the row is of its write", "[sqlite][reread]") {
    Place const place;
    SqliteStorage storage = open(place / "r.db");
    VersionId const version{1, WriteId{2, 3}};
    for (RecordId const& id :
         {RecordId(KeyView("k")), RecordId(KeyView("k"), Slot::lock), RecordId(KeyView("k"), Slot::version, version)}) {
        CHECK(storage.reread(patient(), id, nullptr).value() == nullptr);
        auto const first = make("k", std::string(100'000, 'a'));
        CHECK(storage.reread(patient(), id, first).value() == nullptr);
        REQUIRE(put(storage, first, Precondition::none(), id.slot, id.version) == Kind::applied);
        CHECK(storage.reread(patient(), id, first).value() == first);
        for (auto const& record : {make("k", std::string("\0\xff", 2), first), make("k", "text", first),
                                   make("k", "", first), make("k", "", first, true)}) {
            REQUIRE(put(storage, record, Precondition::none(), id.slot, id.version) == Kind::applied);
            RecordPtr const now = storage.reread(patient(), id, first).value();
            REQUIRE(now);
            CHECK(now->payload.view() == record->payload.view());
            CHECK(now->stamp == record->stamp);
            CHECK(storage.reread(patient(), id, now).value() == now);
        }
        Record foreign = *first;
        foreign.revision = Revision::parse("an ETag").value();
        CHECK(storage.reread(patient(), id, std::make_shared<Record const>(foreign)).value()->stamp.tombstone);
    }
    // What was changed by hand under another name of its write is refused, as by a read.
    RecordId const id(KeyView("k"));
    RecordPtr const known = get(storage, id);
    REQUIRE(put(storage, make("k", "2", known)) == Kind::applied);
    Plain(place / "r.db")("update state set value = 'forged'");
    CHECK(storage.reread(patient(), id, known).error() == Errc::malformed);
}

TEST_CASE("sqlite: changes by another process are noticed, up to the last", "[sqlite][watch]") {
    Place const place;
    constexpr int changes = 300;
    std::string const path = place / "w.db";
    { SqliteStorage const made = open(path); }
    pid_t const writer = ::fork();
    if (writer == 0) {
        auto mine = SqliteStorage::open(path, {.durability = Durability::none});
        bool fine = mine.has_value();
        RecordPtr base;
        for (int i = 1; fine && i <= changes; ++i) {
            if (i % 50 == 0) fine = mine->remove(patient(), KeyView("k"), Precondition::none()).has_value();
            base = make("k", std::to_string(i), base);
            fine = fine && mine->write(patient(), KeyView("k"), base, Precondition::none()).has_value();
            Environment::system().sleep(std::chrono::microseconds(200));
        }
        ::_exit(fine ? 0 : 1);
    }
    SqliteStorage storage = open(path);
    RecordPtr known;
    for (int last = 0; last < changes;) {
        auto found = detail::wait_for_change(storage, patient(), KeyView("k"), known);
        INFO("after " << last << (found ? "" : ": " + found.error().describe()));
        REQUIRE(found);
        REQUIRE((*found ? (*found)->revision : Revision()) != (known ? known->revision : Revision()));
        known = *std::move(found);
        if (!known) continue;
        int const number = std::stoi(std::string(known->payload.view()));
        REQUIRE(number > last);
        last = number;
    }
    int status = -1;
    REQUIRE(::waitpid(writer, &status, 0) == writer);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

TEST_CASE("sqlite: nothing wakes but a change, the time limit and a request to stop", "[sqlite][watch]") {
    Place const place;
    SqliteStorage storage = open(place / "n.db");
    RecordId const id(KeyView("k"));
    REQUIRE(put(storage, make("k", "1")) == Kind::applied);
    Revision const since = get(storage, id)->revision;
    auto const wait = [&](Duration limit, Revision const& revision) {
        return storage.wait_for_change(Context(Environment::system(), limit), id, revision);
    };
    CHECK(wait(Duration::zero(), since).value() == false);
    CHECK(wait(Duration::zero(), Revision()).value() == true);
    CHECK(wait(Duration::zero(), Revision::parse("an ETag").value()).value() == true);

    std::atomic<bool> stop{false};
    std::thread other([&] {
        for (int i = 0; i < 50; ++i) (void)storage.write(patient(), KeyView("l"), make("l", "x"), Precondition::none());
        stop = true;
    });
    auto const stopped =
        storage.wait_for_change(Context(Environment::system(), std::chrono::seconds(30), &stop), id, since);
    other.join();
    REQUIRE(!stopped);
    CHECK(stopped.error() == Errc::cancelled);
    CHECK(wait(std::chrono::milliseconds(30), since).value() == false);

    // The same object writes what it waits for, by another of its connections.
    std::thread writer([&] {
        Environment::system().sleep(std::chrono::milliseconds(10));
        (void)storage.write(patient(), KeyView("k"), make("k", "2"), Precondition::none());
    });
    CHECK(wait(std::chrono::seconds(30), since).value() == true);
    writer.join();
    CHECK(get(storage, id)->payload.view() == "2");
}

}  // namespace sqlite_watch_test
