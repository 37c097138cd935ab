// What goes wrong for one who has waited for a name leaves it free.

#include <holdfast/threads/keyed_mutex.hpp>

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace keyed_mutex_details_test {

using namespace holdfast;
using Mutex = holdfast::detail::KeyedMutex<int>;
using std::chrono::seconds;

/// Calls something when somebody begins to wait.
class Calls final : public Environment {
public:
    explicit Calls(std::function<void()> on_wait) : on_wait_(std::move(on_wait)) {}

    Instant monotonic() override { return system().monotonic(); }
    Timestamp wall() override { return system().wall(); }
    void sleep(Duration duration) override { system().sleep(duration); }
    void wait(WaitWord const*, std::uint32_t, Duration, WaitScope) override { on_wait_(); }
    void random(void* out, std::size_t size) override { system().random(out, size); }
    Writer who() override { return system().who(); }

private:
    std::function<void()> on_wait_;
};

/// Another thread's lock, which it gives up as soon as we wait.
bool waits_and_throws() {
    auto const mutex = std::make_shared<Mutex>();
    std::optional<Mutex::Held> theirs;
    Calls env([&] { theirs.reset(); });
    std::thread([&] {
        auto held = Mutex::acquire(mutex, Context(env, seconds(5)), "k");
        if (held) theirs.emplace(*std::move(held));
    }).join();
    if (!theirs) return false;
    try {
        auto const mine = Mutex::acquire(mutex, Context(env, seconds(5)), "k", [](int&) { throw std::bad_alloc(); });
        if (mine) return false;
    } catch (std::bad_alloc const&) {
    }
    if (mutex->is_held("k") || mutex->in_use()) return false;
    return static_cast<bool>(Mutex::acquire(mutex, Context(env, Duration(0)), "k"));
}

TEST_CASE("keyed mutex: a name whose introduction throws is free, also for one who has waited", "[lock]") {
    auto const mutex = std::make_shared<Mutex>();
    Context const now(Environment::system(), Duration(0));
    CHECK_THROWS_AS(Mutex::acquire(mutex, now, "k", [](int&) { throw std::bad_alloc(); }), std::bad_alloc);
    CHECK_FALSE(mutex->is_held("k"));
    CHECK(Mutex::acquire(mutex, now, "k"));

    pid_t const child = ::fork();  // where it can hang as long as it likes
    if (child == 0) {
        ::signal(SIGALRM, SIG_DFL);
        ::alarm(10);
        ::_exit(waits_and_throws() ? 0 : 1);
    }
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

}  // namespace keyed_mutex_details_test
