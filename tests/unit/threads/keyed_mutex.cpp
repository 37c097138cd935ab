#include <holdfast/testing/environment.hpp>
#include <holdfast/threads/keyed_mutex.hpp>

#include <catch2/catch_test_macros.hpp>

#include <sanitizers.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace keyed_mutex_test {

using namespace holdfast;
using Mutex = holdfast::detail::KeyedMutex<int>;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The sanitizer's own locks would be held for ever in a child of which it does not know.
constexpr bool may_clone = !test::under_thread_sanitizer;

Context context(Duration timeout = seconds(60)) { return Context(Environment::system(), timeout); }

Errc code(Result<Mutex::Held> const& result) { return result ? Errc{} : result.error().code(); }

/// What another thread is told that tries.
Errc elsewhere(std::shared_ptr<Mutex> const& mutex, Duration timeout = Duration::zero()) {
    Errc told{};
    std::thread([&] { told = code(Mutex::acquire(mutex, context(timeout), "k")); }).join();
    return told;
}

/// An environment that says who has begun to wait.
struct Watched final : Environment {
    Instant monotonic() override { return system().monotonic(); }
    Timestamp wall() override { return system().wall(); }
    void sleep(Duration duration) override { system().sleep(duration); }
    void wait(WaitWord const* word, std::uint32_t expected, Duration at_most, WaitScope scope) override {
        waits = true;
        system().wait(word, expected, at_most, scope);
    }
    void wake(WaitWord const* word, WaitScope scope) noexcept override { system().wake(word, scope); }
    void random(void* out, std::size_t size) override { system().random(out, size); }
    Writer who() override { return system().who(); }

    std::atomic<bool> waits{false};
};

TEST_CASE("keyed mutex: who waits gets it in order of arrival, and who left is passed over", "[lock]") {
    auto const mutex = std::make_shared<Mutex>();
    auto held = std::make_optional(Mutex::acquire(mutex, context(), "k").value());
    constexpr int waiters = 16;
    std::vector<Watched> worlds(waiters);
    std::vector<int> order;  // guarded by the mutex under test
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < waiters; ++i) {
        Environment& env = worlds[static_cast<std::size_t>(i)];
        threads.emplace_back([&, i] {
            bool const leaves = i % 4 == 3;
            Context const ctx(env, seconds(60), leaves ? &stop : nullptr);
            auto got = Mutex::acquire(mutex, ctx, "k");
            if (got) order.push_back(i);
            else if (!leaves || got.error() != Errc::cancelled) order.push_back(-1);
        });
        while (!worlds[static_cast<std::size_t>(i)].waits) std::this_thread::yield();
    }
    stop = true;
    for (int i = 3; i < waiters; i += 4) threads[static_cast<std::size_t>(i)].join();
    held.reset();
    for (auto& thread : threads)
        if (thread.joinable()) thread.join();
    CHECK(order == std::vector<int>{0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14});
    CHECK_FALSE(mutex->in_use());
}

TEST_CASE("keyed mutex: many keys and threads, with and without patience; nothing is left", "[lock]") {
    auto const mutex = std::make_shared<Mutex>(4);
    constexpr int keys = 10;
    int inside[keys] = {};
    std::atomic<int> entered{0}, wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 400; ++i) {
                int const key = (i * 7 + t) % keys;
                Duration const patience = i % 3 == 0 ? Duration(std::chrono::microseconds(20)) : Duration(seconds(60));
                auto got = Mutex::acquire(mutex, context(patience), std::to_string(key));
                if (!got) {
                    if (got.error() != Errc::busy || i % 3 != 0) ++wrong;
                    continue;
                }
                if (++inside[key] != 1) ++wrong;
                if (i % 5 == 0) std::this_thread::yield();
                --inside[key];
                ++entered;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(entered >= 8 * 266);
    CHECK_FALSE(mutex->in_use());
}

TEST_CASE("keyed mutex: the holder is whoever has the guard, and only he is told already_held", "[lock]") {
    auto const mutex = std::make_shared<Mutex>();
    auto const again = [&](Duration timeout = milliseconds(5)) {
        return code(Mutex::acquire(mutex, context(timeout), "k"));
    };
    auto mine = std::make_optional(Mutex::acquire(mutex, context(), "k").value());
    CHECK(again(endless) == Errc::already_held);
    CHECK(elsewhere(mutex) == Errc::busy);

    Errc there{};
    std::thread([&] {  // the guard is moved away
        Mutex::Held const theirs = *std::move(mine);
        there = again(endless);
        Errc first_owner{};
        std::thread([&] { first_owner = again(); }).join();
        CHECK(first_owner == Errc::busy);
    }).join();
    CHECK(there == Errc::already_held);
    mine.reset();
    CHECK(again() == Errc{});

    mine.emplace(Mutex::acquire(mutex, context(), "k").value());
    std::thread([&] {  // it is used where it lies
        CHECK(again() == Errc::busy);
        mine->use();
        CHECK(again(endless) == Errc::already_held);
    }).join();
    CHECK(again() == Errc::busy);  // that thread has ended, and nobody can say who uses the guard next
    mine->use();
    CHECK(again(endless) == Errc::already_held);
    mine.reset();

    for (int i = 0; i < 20; ++i) {  // ids of threads are used again; a thread that has ended holds nothing
        std::thread([&] { mine.emplace(Mutex::acquire(mutex, context(), "k").value()); }).join();
        CHECK(elsewhere(mutex, milliseconds(1)) == Errc::busy);
        mine.reset();
    }
}

TEST_CASE("keyed mutex: a child begins anew, also when it was forked in the middle of a change", "[lock]") {
    auto const mutex = std::make_shared<Mutex>();
    auto held = std::make_optional(Mutex::acquire(mutex, context(), "k").value());
    Watched world;
    std::atomic<bool> end{false};
    std::thread waiting([&] { CHECK(Mutex::acquire(mutex, Context(world, seconds(60)), "k")); });
    std::thread busy([&] {  // so that some children are forked while the table is locked
        for (int i = 0; !end; ++i) (void)Mutex::acquire(mutex, context(), std::to_string(i % 100));
    });
    while (!world.waits) std::this_thread::yield();
    int failed = 0;
    for (int i = 0; i < 60; ++i) {
        bool const noticed = i % 2 == 0 || !may_clone;  // by handlers of pthread_atfork
        pid_t const child = noticed ? ::fork() : static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
        if (child == 0) {
            bool const dead = !*held;
            held.reset();  // releases nothing of its parent's
            auto mine = Mutex::acquire(mutex, Context(Environment::system(), seconds(20)), "k");
            bool const told = code(Mutex::acquire(mutex, context(), "k")) == Errc::already_held;
            ::_exit(dead && mine && *mine && told ? 0 : 1);
        }
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        failed += status != 0;
    }
    end = true;
    busy.join();
    CHECK(failed == 0);
    CHECK(*held);
    CHECK(elsewhere(mutex) == Errc::busy);
    held.reset();
    waiting.join();
}

TEST_CASE("keyed mutex: the world of one who waits may end with his wait", "[lock]") {
    auto const mutex = std::make_shared<Mutex>();
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                auto env = std::make_unique<holdfast::testing::TestEnvironment>();
                if (!Mutex::acquire(mutex, Context(*env, endless), "k")) ++wrong;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
}

}  // namespace keyed_mutex_test
