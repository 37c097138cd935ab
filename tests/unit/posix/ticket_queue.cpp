#include <unit/storage/file_fixture.hpp>

#include <holdfast/posix/ticket_queue.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

#include <fcntl.h>

namespace ticket_queue_test {

using namespace holdfast;
using detail::LockFile;
using detail::TicketQueue;
using file_test::Directory;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A process of its own, as far as the kernel's locks can tell.
struct Party {
    explicit Party(std::string const& path) { REQUIRE(file.open(AT_FDCWD, path)); }

    Result<void> wait(Environment& env, Duration timeout = seconds(60)) {
        return queue.wait(file, Context(env, timeout), [] { return Result<bool>(true); });
    }
    /// How long it waits for its turn, on a clock that nobody waits for.
    Duration turn_after(testing::TestEnvironment& env) {
        Instant const started = env.monotonic();
        REQUIRE(wait(env));
        return env.monotonic() - started;
    }

    LockFile file;
    TicketQueue queue{0};
};

TEST_CASE("tickets: who waits is seen, in his queue, and gone when he is gone", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    Party here(path);
    CHECK_FALSE(here.queue.occupied(here.file));
    CHECK_FALSE(TicketQueue::anybody(here.file));
    {
        Party other(path);
        REQUIRE(other.wait(Environment::system()));
        CHECK(here.queue.occupied(here.file));
        CHECK(TicketQueue::anybody(here.file));
        CHECK_FALSE(TicketQueue(1).occupied(here.file));
        CHECK_FALSE(other.queue.occupied(other.file));  // oneself is nobody
        other.queue.leave(other.file);
        CHECK_FALSE(here.queue.occupied(here.file));
        REQUIRE(other.wait(Environment::system()));
    }
    CHECK_FALSE(here.queue.occupied(here.file));
}

TEST_CASE("tickets: one who does not go on is passed over once, one who said that he is slow later", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    testing::TestEnvironment env;
    Party stopped(path), next(path), third(path);
    REQUIRE(stopped.wait(env));
    bool const slow = GENERATE(false, true);
    if (slow) stopped.queue.slow(stopped.file);
    Duration const waited = next.turn_after(env);
    CHECK(waited > (slow ? Duration(seconds(10)) : Duration(milliseconds(20))));
    CHECK(waited < (slow ? Duration(seconds(11)) : Duration(milliseconds(500))));
    next.queue.leave(next.file);
    CHECK_FALSE(third.queue.occupied(third.file));
    CHECK(third.turn_after(env) == Duration(0));  // the second time costs nothing
    third.queue.leave(third.file);
}

TEST_CASE("tickets: what a file says is not believed", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    testing::TestEnvironment env;
    Party first(path), second(path);
    REQUIRE(first.wait(env));
    std::string const junk = GENERATE(std::string(16384, '\xff'), std::string(16384, '\x01'), std::string(16384, '\0'));
    int const fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(::pwrite(fd, junk.data(), junk.size(), 0) == static_cast<ssize_t>(junk.size()));
    ::close(fd);
    CHECK(second.turn_after(env) < seconds(11));
    second.queue.leave(second.file);
    first.queue.leave(first.file);
    CHECK_FALSE(second.queue.occupied(second.file));
    CHECK(first.turn_after(env) == Duration(0));
    first.queue.leave(first.file);
}

TEST_CASE("tickets: a wait ends with its time, and gives the place up", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    testing::TestEnvironment env;
    Party first(path), second(path), third(path);
    REQUIRE(first.wait(env));
    first.queue.slow(first.file);
    CHECK(second.wait(env, milliseconds(15)).error() == Errc::timed_out);
    CHECK_FALSE(second.queue.inside());
    first.queue.leave(first.file);
    CHECK_FALSE(third.queue.occupied(third.file));
    Result<void> const failed = third.queue.wait(third.file, Context(env), []() -> Result<bool> {
        return Error(Errc::not_supported, "of its own");
    });
    CHECK(failed.error() == Errc::not_supported);
    CHECK_FALSE(second.queue.occupied(second.file));
    CHECK_THROWS(third.queue.wait(third.file, Context(env), []() -> Result<bool> { throw 1; }));
    CHECK_FALSE(second.queue.occupied(second.file));
}

}  // namespace ticket_queue_test
