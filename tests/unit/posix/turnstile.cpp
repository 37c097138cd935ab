// Where those who write the same thing queue: who waits for a turn, who goes past, and whose place it is.

#include <unit/storage/file_fixture.hpp>

#include <holdfast/posix/turnstile.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/threads/strand.hpp>

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace turnstile_test {

using namespace holdfast;
using detail::LockFile;
using detail::QueueWords;
using detail::Strand;
using detail::this_strand;
using detail::ThisStrand;
using detail::TicketQueue;
using detail::Turnstile;
using std::chrono::seconds;

/// A process of its own, as far as the kernel's locks can tell.
struct Party {
    explicit Party(std::string const& at) : path(at) {}

    /// Of the strand that asks.
    Turn turn(Environment& env) {
        return turnstile.turn(Context(env), file, [this] { return file.open(AT_FDCWD, path); }).value();
    }

    std::string path;
    LockFile file;
    Turnstile turnstile{0};
};

struct Fixture {
    file_test::Directory directory;
    testing::TestEnvironment env;
    Party here{directory.path() + "/lock"};
    Strand other;  ///< somebody else of this process

    Turn turn_of_other() {
        ThisStrand::As const as(other);
        Turn turn = here.turn(env);
        REQUIRE(turn);
        return turn;
    }
    /// How long it takes to get in, on a clock that nobody waits for.
    Duration enters_after() {
        Instant const started = env.monotonic();
        REQUIRE(here.turnstile.enter(Context(env, seconds(60))));
        return env.monotonic() - started;
    }
};

TEST_CASE("turnstile: who has a turn himself waits for no other's", "[queue]") {
    Fixture f;
    auto const turn = f.turn_of_other();
    this_strand().has_turn = true;
    Duration const waited = f.enters_after();
    this_strand().has_turn = false;
    CHECK(waited == Duration(0));
}

TEST_CASE("turnstile: once one turn took too long, the next is waited for as ever", "[queue]") {
    Fixture f;
    for (int again = 0; again < 2; ++again) {
        auto const turn = f.turn_of_other();
        CHECK(f.enters_after() >= seconds(10));
        CHECK(f.enters_after() == Duration(0));  // of this turn it is known
    }
}

TEST_CASE("turnstile: who tries in his own turn keeps his place, and is seen to try", "[queue]") {
    Fixture f;
    Turn const turn = f.here.turn(f.env);
    REQUIRE(turn);
    QueueWords words(0);
    words.attach(f.here.file);
    auto const looks = words.read(f.here.file).looks;
    auto pass = f.here.turnstile.enter(Context(f.env, seconds(60)));
    REQUIRE(pass);
    int attempts = 0;
    CHECK(pass->get(f.here.file, Context(f.env, seconds(60)), [&] { return Result<bool>(++attempts == 4); }));
    CHECK(words.read(f.here.file).looks > looks);  // else those behind him would pass him over
}

#if defined(__linux__)
TEST_CASE("turnstile: a copy of the process that ends its copy of a turn does not end the turn", "[queue]") {
    Fixture f;
    std::optional<Turn> turn(f.here.turn(f.env));
    REQUIRE(*turn);
    LockFile beside;
    REQUIRE(beside.open(AT_FDCWD, f.here.path));
    REQUIRE(TicketQueue::anybody(beside));
    pid_t const child = ::_Fork();  // which no handler is told of: the descriptors are there
    if (child == 0) {
        turn.reset();
        ::_exit(0);
    }
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    CHECK(TicketQueue::anybody(beside));
    turn.reset();
    CHECK_FALSE(TicketQueue::anybody(beside));
}
#endif

}  // namespace turnstile_test
