// FileStorage: directories that go away under who waits, and notices that the kernel had no room for. Both would be
// found out by the look once a second, which is too late here when they happen often.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <holdfast/concepts/wait_for_change.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace watch_file_lost_test {

using namespace file_test;
using Files = FileStorage<SlotFirst, Durability::none>;
using std::chrono::milliseconds;

Files open(std::string const& path) { return Files::open(path).value(); }

TEST_CASE("file: a record in a directory that went away and came again is noticed", "[file][watch]") {
    Directory const directory;
    Files storage = open(directory), other = open(directory);
    Context const ctx = context(std::chrono::seconds(20));
    RecordId const id("k"), beside("k", Slot::lock);
    for (int i = 0; i < 40; ++i) {
        REQUIRE(applied(set(other, beside, "v")));  // the directory is there, and the record is not
        std::thread writer([&] {
            Environment::system().sleep(milliseconds(10));  // by then it waits
            (void)other.remove(context(), beside, Precondition::none());
            Environment::system().sleep(milliseconds(5));
            (void)set(other, id, "v");
        });
        auto const found = detail::wait_for_change(storage, ctx, id, nullptr);
        writer.join();
        REQUIRE(found);
        CHECK(*found);
        REQUIRE(applied(other.remove(context(), id, Precondition::none())));
    }
    CHECK_FALSE(ctx.expired());
}

TEST_CASE("file: a file that comes by a second name is noticed", "[file][watch]") {
    Directory const directory;
    Files storage = open(directory);
    RecordId const id("k");
    std::filesystem::create_directories(directory.path() + "/states/k");
    file_test::put(directory.path() + "/states/k/stays", "so that the directory does");
    int go[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go) == 0);
    pid_t const child = ::fork();
    if (child == 0) {
        ::close(go[1]);
        Files mine = open(directory);
        if (!test::refuse_calls({{SYS_renameat2, EINVAL}})) ::_exit(77);
        char gone = 0;
        while (::read(go[0], &gone, 1) == 1) {
            Environment::system().sleep(milliseconds(10));  // by then it waits
            if (!applied(set(mine, id, "v"))) ::_exit(1);
            if (::read(go[0], &gone, 1) != 1 || !applied(mine.remove(context(), id, Precondition::none()))) ::_exit(2);
        }
        ::_exit(0);
    }
    ::close(go[0]);
    Context const ctx = context(std::chrono::seconds(20));
    RecordPtr known;
    for (int i = 0; i < 80 && ::send(go[1], "g", 1, MSG_NOSIGNAL) == 1; ++i) {
        auto const found = detail::wait_for_change(storage, ctx, id, known);
        if (!found) break;
        known = *found;
    }
    ::close(go[1]);
    int status = -1;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) SKIP("calls cannot be refused here: no seccomp");
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK_FALSE(ctx.expired());
}

/// How many notices the kernel keeps for one who does not take them.
int most_notices() {
    int most = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
    return most;
}

TEST_CASE("file: a change whose notice the kernel had no room for is noticed", "[file][watch]") {
    int const most = most_notices();
    if (most < 1 || most > 20'000) SKIP("the kernel keeps too many notices here to fill its queue");
    Directory const directory;
    Files storage = open(directory);
    RecordId const id("k");
    REQUIRE(applied(set(storage, id, "0")));
    constexpr int rounds = 4;
    int told[2];
    REQUIRE(::pipe2(told, O_CLOEXEC) == 0);
    pid_t const child = ::fork();
    if (child == 0) {
        Files mine = open(directory);
        Context const ctx = context(std::chrono::seconds(300));
        RecordPtr known = mine.read(ctx, id).value();
        for (int i = 0; i < rounds; ++i) {
            if (::write(told[1], "w", 1) != 1) ::_exit(2);
            auto const found = detail::wait_for_change(mine, ctx, id, known);
            if (!found || ctx.expired()) ::_exit(1);
            known = *found;
        }
        ::_exit(0);
    }
    ::close(told[1]);
    std::string const file = directory.path() + "/k/other";
    char waits = 0;
    int status = 0;
    Environment& env = Environment::system();
    Instant gone_on = env.monotonic();
    Duration waited{};  // without what filling the queue takes
    for (int i = 0; i < rounds && ::read(told[0], &waits, 1) == 1; ++i) {
        waited += env.monotonic() - gone_on;
        env.sleep(milliseconds(5));  // by then it waits
        ::kill(child, SIGSTOP);
        if (::waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status)) break;
        for (int n = 0; n < most / 2 + 10; ++n) {
            ::close(::creat(file.c_str(), 0600));
            ::unlink(file.c_str());
        }
        (void)set(storage, id, std::to_string(i + 1));
        gone_on = env.monotonic();
        ::kill(child, SIGCONT);
    }
    ::close(told[0]);
    if (WIFSTOPPED(status) || status == 0) ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(waited < std::chrono::seconds(2));
}

}  // namespace watch_file_lost_test
