// What those who queue at a lock file write into it: beside its text, each lane for itself, and never beyond a limit.

#include <holdfast/posix/queue_words.hpp>
#include <holdfast/posix/ticket_queue.hpp>
#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <string>

#include <sys/resource.h>

namespace queue_words_test {

using namespace holdfast;
using detail::LockFile;
using detail::QueueWords;
using detail::TicketQueue;

TEST_CASE("queue words: they leave the text of the file alone, and each other", "[queue]") {
    file_test::Directory const directory;
    std::string const path = directory.path() + "/lock", text(4096, 't');
    file_test::put(path, text);
    LockFile file;
    REQUIRE(file.open(AT_FDCWD, path));
    QueueWords first(0), second(1);
    first.attach(file);
    second.attach(file);
    second.write_turn(file, 7);
    second.write_passed(file, 8);
    CHECK(first.read(file).turn == 0);
    CHECK(first.read(file).passed == 0);
    CHECK(second.read(file).turn == 7);
    CHECK(second.read(file).passed == 8);
    CHECK(file_test::contents(path).starts_with(text));
}

TEST_CASE("queue words: a limit of file sizes does not end who queues", "[queue]") {
    file_test::Directory const directory;
    std::string const path = directory.path() + "/lock";
    file_test::put(path, "");
    CHECK(test::in_child([&] {
              LockFile file;
              if (!file.open(AT_FDCWD, path)) return 1;
              rlimit const most{4096, 4096};
              if (::setrlimit(RLIMIT_FSIZE, &most) != 0) return 90;
              (void)std::signal(SIGXFSZ, SIG_DFL);
              QueueWords words(0);
              words.attach(file);
              words.write_turn(file, 7);
              return 0;
          }) == 0);
}

TEST_CASE("tickets: without patience there is one attempt, whoever waits", "[queue]") {
    file_test::Directory const directory;
    std::string const path = directory.path() + "/lock";
    file_test::put(path, "");
    LockFile theirs, mine;  // descriptions of their own, as of two processes
    REQUIRE(theirs.open(AT_FDCWD, path));
    REQUIRE(mine.open(AT_FDCWD, path));
    TicketQueue their_queue(0), my_queue(0);
    REQUIRE(their_queue.wait(theirs, file_test::context(), [] { return Result<bool>(true); }));
    REQUIRE(my_queue.occupied(mine));
    int attempts = 0;
    Context const now(Environment::system(), Duration::zero());
    CHECK(my_queue.get(mine, now, [&] { return Result<bool>(++attempts == 1); }));
    CHECK(attempts == 1);
    CHECK(my_queue.get(mine, now, [&] { return ++attempts, Result<bool>(false); }).error() == Errc::timed_out);
    CHECK(attempts == 2);
    their_queue.leave(theirs);
    CHECK_FALSE(my_queue.occupied(mine));
}

}  // namespace queue_words_test
