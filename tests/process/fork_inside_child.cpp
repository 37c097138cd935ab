// The process is forked while another thread is in the middle of something: at each of its allocations. The child has a
// picture of what that thread had locked, which nobody will ever unlock, and goes on all the same with objects that are
// its own. Ends with 1 and a line for each case that is not so.

#include <holdfast/layer/cached.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/versioning/history.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

thread_local long pauses_at = -1;  // allocations until one waits; below zero: none does
std::atomic<bool> paused{false}, go_on{false};

void pause_if_told() noexcept {
    if (pauses_at < 0 || pauses_at-- > 0) return;
    paused = true;
    while (!go_on) ::usleep(100);
}

}  // namespace

void* operator new(std::size_t size) {
    pause_if_told();
    if (void* const at = std::malloc(size != 0 ? size : 1)) return at;
    throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace {

using namespace holdfast;
using std::chrono::hours;
using std::chrono::seconds;

int failures = 0;

/// Forks at each allocation of `theirs` in another thread, and does `ours` in the child. `make` makes what both use.
template <class Make, class Theirs, class Ours>
void at_each_point(char const* what, Make make, Theirs theirs, Ours ours) {
    long n = 0;
    for (;; ++n) {
        auto thing = make();
        paused = go_on = false;
        std::atomic<bool> over{false};
        std::thread other([&] {
            pauses_at = n;
            theirs(thing);
            pauses_at = -1;
            over = true;
        });
        while (!paused && !over) std::this_thread::yield();
        bool const inside = paused;
        int status = 0;
        if (inside) {
            pid_t const child = ::fork();
            if (child == 0) {
                ::signal(SIGALRM, SIG_DFL);
                ::alarm(5);
                ::_exit(ours(thing) ? 0 : 1);
            }
            if (::waitpid(child, &status, 0) != child) status = -1;
        }
        go_on = true;
        other.join();
        if (!inside) break;
        if (status != 0) {
            std::printf("%s, allocation %ld: the child %s\n", what, n, WIFSIGNALED(status) ? "hung" : "failed");
            ++failures;
        }
    }
    if (n == 0) ++failures;
    std::printf("%s: %ld forks\n", what, n);
}

void add(std::string& text) { text += '+'; }

/// A key that shares a lock with another in a cache (one of 16 shards), and none in a `MemoryStorage` (one of 64).
std::string beside(std::string_view key) {
    std::hash<std::string_view> const hash;
    for (int i = 0;; ++i) {
        auto other = "other" + std::to_string(i);
        if (hash(other) % 16 == hash(key) % 16 && hash(other) % 64 != hash(key) % 64) return other;
    }
}

template <class Placement>
void leases(char const* what) {
    using Lock = LeaseLock<Placement>;
    using Store = StateStore<std::string, MemoryStorage, Lock, RawBytes>;
    Key const key = Key::parse("a key that is long enough to need memory of its own").value();
    at_each_point(
        what, [] { return Lock({.ttl = seconds(60)}); },
        [&](Lock& lock) { (void)Store(MemoryStorage(), lock, StoreOptions{seconds(2)}).update(key, add); },
        [&](Lock& lock) {
            Store mine(MemoryStorage(), lock, StoreOptions{seconds(2)});
            return mine.update("other", add) && mine.update(key, add) && mine.lock(key);
        });
}

void pins() {
    auto const id = [](std::uint64_t n) { return WriteId{n, 1}; };
    at_each_point(
        "pins", [] { return History<>(); },
        [&](History<>& history) {
            for (std::uint64_t n = 1; n <= 100; ++n)
                (void)history.pin_is_stale(Environment::system(), id(n), id(n), hours(1));
        },
        [&](History<>& history) {
            for (std::uint64_t n = 1; n <= 200; ++n)
                if (history.pin_is_stale(Environment::system(), id(n), id(n), hours(1))) return false;
            return true;
        });
}

void caches() {
    using Storage = Cached<MemoryStorage>;
    using Store = StateStore<std::string, Storage, RawBytes>;
    Key const key = Key::parse("a key that is long enough to need memory of its own").value();
    Key const other = Key::parse(beside(key.view())).value();
    at_each_point(
        "caches",
        [&] {
            Store store(Storage(MemoryStorage()), StoreOptions{seconds(2)});
            (void)store.create(other, "1");
            return store;
        },
        [&](Store& store) {
            (void)store.create(key, "1");
            (void)store.update(key, add);
            (void)store.get(key);
        },
        [&](Store& store) {
            auto const before = store.get(other);
            if (!before || !*before || ***before != "1") return false;
            if (!store.update(other, add)) return false;
            auto const after = store.get(other);
            return after && *after && ***after == "1+";
        });
}

}  // namespace

int main() {
    ::alarm(100);
    std::setvbuf(stdout, nullptr, _IOLBF, 4096);
    leases<Embedded>("leases");
    leases<OwnSlot>("leases in a slot");
    pins();
    caches();
    return failures == 0 ? 0 : 1;
}
