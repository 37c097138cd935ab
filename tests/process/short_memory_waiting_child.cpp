// Every allocation of whoever waits for a lock, or for his turn, fails, one after the other: nobody else is kept from
// it afterwards. Ends with 1 and a line for each case that is not so.

#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/posix/turnstile.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace {

thread_local long fails_at = -1;  // allocations until one fails; below zero: none does
thread_local bool failed = false;

bool fails() noexcept {
    if (fails_at < 0 || fails_at-- > 0) return false;
    return failed = true;
}

}  // namespace

void* operator new(std::size_t size) {
    if (fails()) throw std::bad_alloc();
    if (void* const at = std::malloc(size != 0 ? size : 1)) return at;
    throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace {

using namespace holdfast;
using std::chrono::seconds;

int failures = 0;

void expect(bool fine, char const* what, long n) {
    if (fine) return;
    std::printf("allocation %ld failed: %s\n", n, what);
    ++failures;
}

/// Says who has begun to wait.
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

/// With the nth allocation of one who waits for a lock, and says for what. Whether there are so many.
bool wait_for_mutex(long n) {
    ::alarm(20);
    using Store = StateStore<std::string, MemoryStorage, MutexLock, RawBytes>;
    std::string const purpose(200, 'p');
    Watched env;
    Store store(StoreOptions{seconds(10), &env});
    auto held = store.lock("k");
    bool got = false, threw = false, there = false;
    std::atomic<bool> over{false};
    std::thread waiter([&] {
        failed = false;
        fails_at = n;
        try {
            auto const mine = store.lock("k", {.purpose = purpose});
            fails_at = -1;
            got = static_cast<bool>(mine);
        } catch (std::bad_alloc const&) {
            threw = true;
        }
        fails_at = -1;
        there = failed;
        over = true;
    });
    while (!env.waits && !over) std::this_thread::yield();
    (void)held->release();
    waiter.join();
    expect(got != there, "the lock was given all the same, or there was enough", n);
    (void)threw;
    auto const next = store.try_lock("k");
    expect(next && *next, "the lock is not free afterwards", n);
    return there;
}

/// The same of one who takes his turn.
bool take_turn(std::string const& path, long n) {
    ::alarm(20);
    detail::Turnstile turnstile(0);
    detail::LockFile file;
    Context const ctx(Environment::system(), seconds(10));
    auto const take = [&] { return turnstile.turn(ctx, file, [&] { return file.open(AT_FDCWD, path); }); };
    bool threw = false;
    failed = false;
    fails_at = n;
    try {
        auto const turn = take();
        fails_at = -1;
    } catch (std::bad_alloc const&) {
        threw = true;
    }
    fails_at = -1;
    bool const there = failed;
    expect(threw == there, "a turn was given all the same, or there was enough", n);
    (void)detail::LockDescriptor::close_idle();
    expect(file.fd() < 0, "the lock file cannot be closed afterwards", n);
    expect(turnstile.is_free_here(), "the threads' queue is not free afterwards", n);
    auto const next = take();
    expect(next && *next, "there is no turn to be had afterwards", n);
    return there;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::setvbuf(stdout, nullptr, _IOLBF, 4096);
    long mutexes = 0, turns = 0;
    (void)wait_for_mutex(1'000'000);  // what is made at its first use must be there
    while (wait_for_mutex(mutexes)) ++mutexes;
    while (take_turn(argv[1], turns)) ++turns;
    std::printf("%ld and %ld allocations failed, %d times with a wrong end\n", mutexes, turns, failures);
    return failures == 0 && mutexes > 0 && turns > 0 ? 0 : 1;
}
