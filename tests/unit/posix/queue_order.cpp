// Who goes before whom at a lock file: certain, since whoever comes second is let in when the first one waits.

#include <unit/posix/queue_party.hpp>
#include <unit/storage/file_fixture.hpp>

#include <holdfast/posix/ticket_queue.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <fcntl.h>

namespace queue_order_test {

using namespace holdfast;
using detail::LockFile;
using detail::QueueWords;
using detail::TicketQueue;
using file_test::Directory;
using holdfast_tests::Party;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A world of its own time, in which others act while somebody waits.
class Meanwhile final : public Environment {
public:
    explicit Meanwhile(std::function<void()> others) : others_(std::move(others)) {}

    Instant monotonic() override { return Instant(now_); }
    Timestamp wall() override { return system().wall(); }
    void sleep(Duration duration) override { now_ += duration; }
    void wait(WaitWord const*, std::uint32_t, Duration, WaitScope) override {
        now_ += milliseconds(5);
        others_();
    }
    void random(void* out, std::size_t size) override { system().random(out, size); }
    Writer who() override { return system().who(); }

private:
    std::function<void()> others_;
    Duration now_{seconds(1)};
};

TEST_CASE("tickets: who comes and has time does not try before those who wait", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    testing::TestEnvironment env;
    Party first(path), second(path);
    first.begin_slowly(env);
    CHECK(second.get(env, milliseconds(500)).error() == Errc::timed_out);
    CHECK(second.attempts == 0);
    first.leave();
    CHECK(second.get(env, milliseconds(500)));
    CHECK(second.attempts == 1);
}

TEST_CASE("tickets: who was passed over queues again, behind those who passed", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    testing::TestEnvironment env;
    Party first(path), late(path), next(path);
    QueueWords words(0);
    words.attach(first.file);
    first.begin_slowly(env);  // ticket 1
    int waits = 0, attempts = 0;
    Meanwhile world([&] {
        if (++waits == 1) {  // `late` has ticket 2, is passed over, and the next one has it now
            words.write_passed(first.file, 2);
            next.begin_slowly(env);
            first.leave();
        }
        if (waits == 6) next.leave();
    });
    auto const got = late.queue.wait(late.file, Context(world, seconds(5)), [&] {
        ++attempts;
        return Result<bool>(!next.queue.inside());
    });
    CHECK(got);
    CHECK(waits == 6);
    CHECK(attempts == 2);  // as the one who was passed, and when it is his turn
    late.leave();
}

TEST_CASE("tickets: damage in the words hides nobody who waits", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    testing::TestEnvironment env;
    Party first(path), second(path);
    first.begin_slowly(env);
    QueueWords words(0);
    words.attach(first.file);
    words.write_passed(first.file, ~std::uint64_t{0});
    CHECK(second.queue.occupied(second.file));
    CHECK(second.wait(env, milliseconds(500)).error() == Errc::timed_out);
    CHECK(second.attempts == 0);
    first.leave();
}

TEST_CASE("tickets: the first is the lowest, whichever the kernel names first", "[queue]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    testing::TestEnvironment env;
    Party early(path), slow(path), third(path);
    REQUIRE(early.file.take(0));  // Linux tells the locks of a description together, in the order of their first ones
    slow.begin_slowly(env);       // ticket 1
    bool came = false;
    Meanwhile world([&] {  // `early` has ticket 2
        if (std::exchange(came, true)) return slow.leave();
        CHECK(third.wait(env, seconds(1)).error() == Errc::timed_out);  // and 1 s is less than the slow one is given
        CHECK(third.attempts == 0);
    });
    CHECK(early.wait(world, seconds(60)));
    CHECK(came);
    early.leave();
}

}  // namespace queue_order_test
