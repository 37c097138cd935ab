// What ends with the use of a lock file, and what does not.

#include <unit/storage/file_fixture.hpp>

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/posix/ticket_queue.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <thread>

#include <fcntl.h>

namespace lock_uses_test {

using namespace holdfast;
using detail::LockDescriptor;
using detail::LockFile;
using file_test::Directory;
using Part = LockFile::Part;
using Storage = FileStorage<SlotFirst, Durability::none>;

TEST_CASE("lock files: a use of a file that was closed since ends nobody's use of the one that was opened then",
          "[lock]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    LockFile file, other;
    REQUIRE(file.open(AT_FDCWD, path));
    LockFile::Use earlier(file);
    file.close();
    REQUIRE(file.open(AT_FDCWD, path));
    LockFile::Use later(file);
    REQUIRE(*file.try_lock(path));
    earlier.end();
    (void)LockDescriptor::close_idle();
    REQUIRE(other.open(AT_FDCWD, path));
    CHECK(file.fd() >= 0);
    CHECK_FALSE(*other.try_lock(path));
    later.end();
    (void)LockDescriptor::close_idle();
    CHECK(file.fd() < 0);
}

TEST_CASE("lock files: the word about the text is given up with the lock", "[lock]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    LockFile file, other;
    REQUIRE((file.open(AT_FDCWD, path) && other.open(AT_FDCWD, path)));
    REQUIRE((*file.try_lock(path) && *file.try_lock(path, Part::text)));
    REQUIRE(*other.held_elsewhere(path, Part::text));
    CHECK(file.unlock() == 0);
    CHECK_FALSE(*other.held_elsewhere(path, Part::exclusion));
    CHECK_FALSE(*other.held_elsewhere(path, Part::text));  // else the text would be taken for the next holder's
}

TEST_CASE("FileLock: who has waited and releases the lock is in nobody's way", "[lock]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    FileLock first, second;  // as of two processes
    auto held = first.acquire(storage, file_test::context(), "k", "").value();
    LockFile file;
    REQUIRE(file.open(AT_FDCWD, directory.path() + "/.holdfast/k.lock"));
    std::thread waiter([&] {
        auto const got = second.acquire(storage, file_test::context(std::chrono::seconds(30)), "k", "");
        CHECK(got);
    });
    for (int looks = 0; looks < 10000 && !detail::TicketQueue::anybody(file); ++looks)
        Environment::system().sleep(std::chrono::milliseconds(1));
    CHECK(detail::TicketQueue::anybody(file));
    CHECK(held.release(file_test::context()));
    waiter.join();
    CHECK_FALSE(*file.held_elsewhere("k.lock", Part::exclusion));
    CHECK_FALSE(detail::TicketQueue::anybody(file));
}

}  // namespace lock_uses_test
