// What those who queue owe each other: to wake the next, and patience with who is only late.

#include <unit/posix/queue_party.hpp>
#include <unit/storage/file_fixture.hpp>

#include <holdfast/posix/ticket_queue.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <fcntl.h>

namespace ticket_queue_details_test {

using namespace holdfast;
using detail::LockFile;
using detail::QueueWords;
using detail::TicketQueue;
using file_test::Directory;
using holdfast_tests::Party;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A world of its own time, whose waits are what a test says.
class Waits final : public Environment {
public:
    explicit Waits(std::function<void(Waits&, WaitWord const*, std::uint32_t, WaitScope)> on_wait)
        : on_wait_(std::move(on_wait)) {}

    Instant monotonic() override { return Instant(now_); }
    Timestamp wall() override { return system().wall(); }
    void sleep(Duration duration) override { now_ += duration; }
    void wait(WaitWord const* word, std::uint32_t expected, Duration, WaitScope scope) override {
        on_wait_(*this, word, expected, scope);
    }
    void random(void* out, std::size_t size) override { system().random(out, size); }
    Writer who() override { return system().who(); }

private:
    std::function<void(Waits&, WaitWord const*, std::uint32_t, WaitScope)> on_wait_;
    Duration now_{seconds(1)};
};

TEST_CASE("tickets: whoever leaves wakes the next", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    testing::TestEnvironment env;
    Party first(path), second(path);
    REQUIRE(first.wait(env));
    constexpr Duration too_long = seconds(10);
    std::atomic<bool> waits{false};
    Duration waited{};
    // It waits in the kernel for longer than it would be let wait, so that nothing but the bell ends it soon.
    Waits asleep([&](Waits&, WaitWord const* word, std::uint32_t expected, WaitScope scope) {
        Environment& real = Environment::system();
        Instant const begin = real.monotonic();
        waits = true;
        real.wait(word, expected, too_long, scope);
        waited = real.monotonic() - begin;
    });
    Result<void> got = Error(Errc::timed_out, "not asked yet");
    std::thread waiter([&] { got = second.wait(asleep); });
    while (!waits) std::this_thread::yield();
    Environment::system().sleep(milliseconds(50));
    first.leave();
    waiter.join();
    CHECK(got);
    CHECK(waited < too_long / 2);
    CHECK(second.attempts == 1);
    second.leave();
}

TEST_CASE("tickets: what a dead one said of himself is not taken for a word of who comes later", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    testing::TestEnvironment env;
    {
        Party killed(path);
        REQUIRE(killed.wait(env));
        killed.queue.slow(killed.file);
        killed.file.close();  // as the kernel does it
    }
    Party stopped(path), next(path);
    REQUIRE(stopped.wait(env));
    CHECK(env.elapsed() == Duration(0));
    REQUIRE(next.wait(env));
    CHECK(env.elapsed() > milliseconds(20));
    CHECK(env.elapsed() < milliseconds(500));  // not 10 s: nobody who lives said that he is slow
    next.leave();
    stopped.leave();
}

TEST_CASE("tickets: where everybody's looks come late nobody is passed over", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    testing::TestEnvironment env;
    Party first(path), second(path);
    REQUIRE(first.wait(env));
    QueueWords words(0);
    words.attach(first.file);
    std::uint32_t looks = words.read(first.file).looks;
    int waits = 0;
    // The machine is so busy that each look comes 30 ms late: of us, and still later of the one before us.
    Waits busy([&](Waits& world, WaitWord const*, std::uint32_t, WaitScope) {
        world.sleep(milliseconds(30));
        if (++waits % 3 == 0) words.write_looks(first.file, ++looks);
    });
    CHECK(second.wait(busy, seconds(2)).error() == Errc::timed_out);
    CHECK(second.attempts == 0);
    CHECK(waits > 60);
    CHECK(words.read(first.file).passed == 0);
    // Who does not look at all is passed over there, too.
    Waits still([](Waits& world, WaitWord const*, std::uint32_t, WaitScope) { world.sleep(milliseconds(30)); });
    CHECK(second.wait(still, seconds(2)));
    second.leave();
    first.leave();
}

}  // namespace ticket_queue_details_test
