// Who waits for a database that others use: in order, for nobody who waits for him, and whatever SQLite says of it.

#include <unit/storage/sqlite_support.hpp>
#include <unit/support/refused_calls.hpp>

#include <holdfast/posix/ticket_queue.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace sqlite_order_test {

using namespace sqlite_test;
using detail::LockFile;
using detail::TicketQueue;
using detail::sqlite::WriteOrder;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("sqlite: a writer does not try before another whose turn it is") {
    Place const place;
    std::string const path = place / "state.db";
    (void)open(path);
    testing::TestEnvironment env;
    LockFile file;
    REQUIRE(file.open(AT_FDCWD, path + "-turn"));
    TicketQueue first(0);  // of another process, in the lane of all writers
    REQUIRE(first.wait(file, Context(env), [] { return Result<bool>(true); }));
    first.slow(file);
    WriteOrder order(path);
    int attempts = 0;
    auto const attempt = [&] { return ++attempts, Result<bool>(true); };
    CHECK(order.write(Context(env, milliseconds(500)), attempt).error() == Errc::timed_out);
    CHECK(attempts == 0);
    first.leave(file);
    CHECK(order.write(Context(env, milliseconds(500)), attempt));
    CHECK(attempts == 1);
}

TEST_CASE("sqlite: who has a turn takes none that comes before it") {
    Place const place;
    auto const storage = open(place / "state.db");
    RecordId earlier("a"), later("b");
    Key key("b");
    for (int n = 0; storage.turn_rank(earlier) == storage.turn_rank(later) && n < 100; ++n) {
        key = Key::parse("b" + std::to_string(n)).value();
        later = RecordId(key);
    }
    REQUIRE(storage.turn_rank(earlier) != storage.turn_rank(later));
    if (storage.turn_rank(later) < storage.turn_rank(earlier)) std::swap(earlier, later);
    Context const ctx(Environment::system(), seconds(5));
    {
        auto const second = storage.turn(ctx, later, true).value();
        REQUIRE(second);
        CHECK_FALSE(storage.turn(ctx, earlier, true).value());  // whose holder may be waiting for the later one
    }
    auto const first = storage.turn(ctx, earlier, true).value();
    REQUIRE(first);
    CHECK(storage.turn(ctx, later, true).value());
}

/// How often SQLite would have slept; in time it gets the log.
int pauses = 0, locked = -1;
constexpr int more_than_sqlite_waits = 150;  // it gives up after 100, with SQLITE_PROTOCOL and no word to the handler

int pause_briefly(sqlite3_vfs*, int) {
    if (++pauses == more_than_sqlite_waits) {
        struct flock all {};
        all.l_type = F_UNLCK;
        all.l_whence = SEEK_SET;
        (void)::fcntl(locked, F_OFD_SETLK, &all);
    }
    return 0;
}

TEST_CASE("sqlite: a log that another process has in the works for long is waited for, as any busy database") {
    Place const place;
    std::string const path = place / "state.db";
    // In a child, since it changes how SQLite sleeps, and lost descriptors would take its locks along.
    CHECK(test::in_child([&] {
              static sqlite3_vfs vfs = *sqlite3_vfs_find(nullptr);
              vfs.zName = "impatient";
              vfs.xSleep = pause_briefly;
              if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) return 90;
              auto storage = SqliteStorage::open(path, {.durability = Durability::none});
              if (!storage) return 91;
              if (!storage->write(patient(), RecordId("k"), make("k", "v"), Precondition::none())) return 92;
              // Somebody writes the index of the log, and is not ready: its header is half done, the lock of writers
              // (byte 120; sqlite.org/walformat.html) taken.
              locked = ::open((path + "-shm").c_str(), O_RDWR | O_CLOEXEC);
              struct flock writers {};
              writers.l_type = F_WRLCK;
              writers.l_whence = SEEK_SET;
              writers.l_start = 120;
              writers.l_len = 1;
              if (::fcntl(locked, F_OFD_SETLK, &writers) != 0) return 93;
              std::string const half(96, '\xff');
              if (::pwrite(locked, half.data(), half.size(), 0) != static_cast<ssize_t>(half.size())) return 94;
              auto const found = storage->read(patient(), RecordId("k"));
              if (!found) return found.error() == Errc::busy ? 1 : 2;
              if (!*found || (*found)->payload.view() != "v") return 3;
              return pauses >= more_than_sqlite_waits ? 0 : 4;
          }) == 0);
}

}  // namespace sqlite_order_test
