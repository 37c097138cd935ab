#include <holdfast/core/backoff.hpp>
#include <holdfast/core/context.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <new>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace waiting_test {

using namespace holdfast;
using holdfast::testing::TestEnvironment;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Waits until `word` is another; true if that came to its end in time.
bool changes(Environment& env, WaitWord const& word, std::uint32_t old, WaitScope scope = {}) {
    Instant const end = env.monotonic() + seconds(30);
    while (word.load() == old && env.monotonic() < end) env.wait(&word, old, seconds(30), scope);
    return word.load() != old;
}

/// As people wrote them before there was a word to wait on: nothing but what must be overridden.
struct OldEnvironment final : Environment {
    Instant monotonic() override { return system().monotonic(); }
    Timestamp wall() override { return system().wall(); }
    void sleep(Duration duration) override {
        ++sleeps;
        longest = duration > longest ? duration : longest;
        system().sleep(duration);
    }
    void random(void* out, std::size_t size) override { system().random(out, size); }
    Writer who() override { return system().who(); }

    std::atomic<int> sleeps{0};
    Duration longest{0};
};

TEST_CASE("waiting: another value is no reason to begin, and the time limit ends it", "[core]") {
    Environment& env = Environment::system();
    WaitWord word{7};
    env.wait(&word, 1, endless);
    Instant const begun = env.monotonic();
    env.wait(&word, 7, Duration::zero());
    env.wait(&word, 7, Duration::min());
    Instant const end = env.monotonic() + milliseconds(5);
    while (env.monotonic() < end) env.wait(&word, 7, milliseconds(5));
    CHECK(env.monotonic() - begun < seconds(30));
}

TEST_CASE("waiting: who waits is woken, in every environment", "[core]") {
    OldEnvironment old;
    TestEnvironment test;
    Environment* const all[] = {&Environment::system(), &old, &test};
    for (Environment* const env : all) {
        WaitWord word{0};
        bool woken = false;
        std::thread waiting([&] {
            while (word.load() == 0) env->wait(&word, 0, endless);
            woken = true;
        });
        Instant const end = Environment::system().monotonic() + seconds(30);
        Environment::system().sleep(milliseconds(5));
        // A thread may begin later than that; of the old environment it can be seen whether it waits.
        while (env == &old && old.sleeps == 0 && Environment::system().monotonic() < end)
            Environment::system().sleep(milliseconds(1));
        word = 1;
        env->wake(&word);
        waiting.join();
        CHECK(woken);
    }
    CHECK(old.sleeps > 0);
    CHECK(old.longest <= milliseconds(1));  // so nobody waits long for what has come
}

TEST_CASE("waiting: a wake reaches those whose bits it names", "[core]") {
    Environment& env = Environment::system();
    WaitWord word{0};
    std::atomic<int> left{0}, right{0};
    std::atomic<bool> over{false};
    auto const wait = [&](std::uint32_t bits, std::atomic<int>& woken) {
        env.wait(&word, 0, seconds(30), {.bits = bits});
        if (!over) ++woken;
    };
    std::thread a(wait, 1u, std::ref(left)), b(wait, 2u, std::ref(right));
    Instant const end = env.monotonic() + seconds(20);
    while (left == 0 && env.monotonic() < end) {  // until it waits, and is woken
        env.wake(&word, {.bits = 1});
        env.sleep(milliseconds(1));
    }
    CHECK(left == 1);
    CHECK(right == 0);
    over = true;
    word = 1;
    env.wake(&word);
    a.join();
    b.join();
}

TEST_CASE("waiting: between processes, on a word in memory that they share", "[core]") {
    void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(page != MAP_FAILED);
    auto* const words = ::new (page) WaitWord[2]{};
    Environment& env = Environment::system();
    pid_t const child = ::fork();
    if (child == 0) {
        words[1] = 1;
        env.wake(&words[1], {.shared = true});
        ::_exit(changes(Environment::system(), words[0], 0, {.shared = true}) ? 0 : 1);
    }
    CHECK(changes(env, words[1], 0, {.shared = true}));
    env.sleep(milliseconds(5));
    words[0] = 1;
    env.wake(&words[0], {.shared = true});
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    ::munmap(page, 4096);
}

TEST_CASE("waiting: a mapping whose file was cut off is no danger, and no reason to ask without a pause", "[core]") {
    char name[] = "/tmp/holdfast-waiting-XXXXXX";
    int const fd = ::mkstemp(name);
    REQUIRE(fd >= 0);
    ::unlink(name);
    REQUIRE(::ftruncate(fd, 4096) == 0);
    void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    REQUIRE(page != MAP_FAILED);
    auto const* const word = ::new (page) WaitWord(0);
    REQUIRE(::ftruncate(fd, 0) == 0);  // to read the word would end the process (SIGBUS)
    Environment& env = Environment::system();
    Instant const begun = env.monotonic();
    for (int i = 0; i < 3; ++i) env.wait(word, 0, milliseconds(50), {.shared = true});
    env.wake(word, {.shared = true});
    CHECK(env.monotonic() - begun >= milliseconds(3));
    ::munmap(page, 4096);
    ::close(fd);
}

TEST_CASE("waiting: a context's wait ends at its time limit and when it is told to stop", "[core]") {
    TestEnvironment env;
    WaitWord word{0};
    Context const limited(env, seconds(10));
    Result<void> done;
    while ((done = limited.wait(word, 0))) {
    }
    CHECK(done.error() == Errc::timed_out);
    CHECK(env.elapsed() == seconds(10));

    std::atomic<bool> stop{false};
    Context const stoppable(env, endless, &stop);
    CHECK(stoppable.wait(word, 0));  // in slices, so that it can look
    CHECK(env.elapsed() <= seconds(10) + milliseconds(20));
    stop = true;
    CHECK(stoppable.wait(word, 0).error() == Errc::cancelled);
}

TEST_CASE("waiting: a limit of nearly for ever, or of less than nothing, is what it says", "[core]") {
    TestEnvironment env;
    env.advance(hours(24 * 365 * 100));
    for (Duration const timeout : {endless - seconds(1), endless - Duration(1), Duration(hours(24 * 365 * 200))}) {
        Context const patient(env, timeout);
        CHECK(patient.limited());
        CHECK_FALSE(patient.expired());
        CHECK(patient.remaining() >= hours(24 * 365 * 150));
        CHECK(patient.deadline() > env.monotonic());
        Backoff backoff(patient);
        for (int i = 0; i < 50; ++i) REQUIRE(backoff.wait());
        CHECK(patient.wait(seconds(1)));
        CHECK_FALSE(patient.expired());
    }
    for (Duration const timeout : {Duration::min(), Duration(-1)}) {
        Context const never(env, timeout);
        CHECK(never.immediate());
        CHECK(never.expired());
        CHECK(never.remaining() == Duration::zero());
        CHECK(never.wait(seconds(1)).error() == Errc::timed_out);
    }
}

}  // namespace waiting_test
