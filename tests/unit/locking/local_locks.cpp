#include <unit/storage/file_fixture.hpp>

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>

namespace local_locks_test {

using namespace holdfast;
using file_test::context;
using file_test::Directory;
using Storage = FileStorage<SlotFirst, Durability::none>;
using std::chrono::milliseconds;

static_assert(InspectableLocking<MutexLock, Storage> && InspectableLocking<FileLock, Storage>);

template <class T>
Errc code(Result<T> const& result) {
    return result ? Errc{} : result.error().code();
}

TEMPLATE_TEST_CASE("a lock is held by one at a time", "[lock]", MutexLock, FileLock) {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    TestType lock;
    std::atomic<int> inside{0}, wrong{0};
    int total = 0;  // not atomic: the lock guards it
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            TestType own = t == 3 ? TestType(lock) : lock;  // copies are one lock
            for (int i = 0; i < 300; ++i) {
                auto guard =
                    own.acquire(storage, t % 2 == 0 ? context() : context(std::chrono::seconds(60)), "k", "add");
                if (!guard) {
                    ++wrong;
                    continue;
                }
                if (++inside != 1) ++wrong;
                ++total;
                --inside;
                if (i % 2 == 0 && !guard->release(context())) ++wrong;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(total == 1200);
}

TEMPLATE_TEST_CASE("who holds a lock and asks again is told at once, others wait", "[lock]", MutexLock, FileLock) {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    TestType lock;
    auto guard = lock.acquire(storage, context(), "k", "nightly run");
    REQUIRE(guard);
    CHECK(guard->epoch() == 0);
    CHECK(guard->renew(context()));
    CHECK(code(lock.acquire(storage, context(), "k", "")) == Errc::already_held);
    CHECK(code(lock.acquire(storage, context(), "other", "")) == Errc{});

    Errc at_once{}, later{}, stopped{};
    std::thread([&] {
        at_once = code(lock.acquire(storage, context(Duration(0)), "k", ""));
        later = code(lock.acquire(storage, context(milliseconds(20)), "k", ""));
        std::atomic<bool> stop{true};
        stopped = code(lock.acquire(storage, Context(Environment::system(), endless, &stop), "k", ""));
    }).join();
    CHECK(at_once == Errc::busy);
    CHECK(later == Errc::busy);
    CHECK(stopped == Errc::cancelled);

    auto const info = lock.inspect(storage, context(), "k").value();
    REQUIRE(info);
    CHECK(info->who.view() == Environment::system().who().view());
    CHECK(info->purpose == "nightly run");
    CHECK(info->since > Timestamp{});
    CHECK_FALSE(lock.inspect(storage, context(), "other").value());
    CHECK_FALSE(lock.inspect(storage, context(), "never").value());

    std::atomic<bool> acquired{false};
    std::thread waiting([&] { acquired = lock.acquire(storage, context(), "k", "").has_value(); });
    std::this_thread::sleep_for(milliseconds(20));
    CHECK_FALSE(acquired);
    CHECK(guard->release(context()));
    CHECK(guard->release(context()));
    CHECK(code(guard->renew(context())) == Errc::lost);
    waiting.join();
    CHECK(acquired);
    CHECK_FALSE(lock.inspect(storage, context(), "k").value());
}

TEMPLATE_TEST_CASE("guards move, and release when they end", "[lock]", MutexLock, FileLock) {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    auto lock = std::make_optional<TestType>();
    using Guard = typename decltype(lock->acquire(storage, context(), "k", ""))::value_type;
    std::optional<Guard> kept;
    {
        auto guard = lock->acquire(storage, context(), "k", "").value();
        Guard moved = std::move(guard);
        kept.emplace(std::move(moved));
    }
    CHECK(code(lock->acquire(storage, context(), "k", "")) == Errc::already_held);
    *kept = lock->acquire(storage, context(), "other", "").value();  // gives up k
    CHECK(code(lock->acquire(storage, context(), "k", "")) == Errc{});
    lock.reset();  // a guard outlives the policy
    std::thread([&] { kept.reset(); }).join();
}

TEST_CASE("file locks: two objects of one process exclude each other", "[lock]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    FileLock one, other;
    auto guard = one.acquire(storage, context(), "k", "first");
    REQUIRE(guard);
    CHECK(code(other.acquire(storage, context(milliseconds(5)), "k", "")) == Errc::busy);
    CHECK(other.inspect(storage, context(), "k").value()->purpose == "first");
    REQUIRE(guard->release(context()));
    CHECK(code(other.acquire(storage, context(), "k", "")) == Errc{});
}

TEST_CASE("file locks: many keys, long and odd ones", "[lock]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    FileLock lock;
    std::vector<FileLock::Guard> guards;
    for (int i = 0; i < 200; ++i) {
        auto const key = Key::parse((i % 2 == 0 ? std::string(900, 'x') : "../A") + std::to_string(i)).value();
        guards.push_back(lock.acquire(storage, context(), key, "").value());
    }
    guards.clear();
    int open_files = 0;  // the descriptors of free locks are kept, but not without end
    for (int fd = 0; fd < 1024; ++fd) open_files += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    CHECK(open_files < 100);
    CHECK(file_test::count_files(storage.lock_directory()->path(), ".lock") == 200);
}

TEST_CASE("file locks: what a dead holder wrote is not reported", "[lock]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    FileLock lock;
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    pid_t const child = ::fork();
    if (child == 0) {
        FileLock own;
        auto const guard = own.acquire(storage, context(), "k", "doomed");
        (void)!::write(ready[1], "x", 1);
        for (;;) ::pause();
    }
    char c = 0;
    REQUIRE(::read(ready[0], &c, 1) == 1);
    auto const info = lock.inspect(storage, context(), "k").value();
    REQUIRE(info);
    CHECK(info->purpose == "doomed");
    CHECK(info->who.view().ends_with(":" + std::to_string(child)));
    CHECK(code(lock.acquire(storage, context(milliseconds(5)), "k", "")) == Errc::busy);
    ::kill(child, SIGKILL);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    CHECK_FALSE(lock.inspect(storage, context(), "k").value());

    // a successor that has the lock, but has not said its name yet
    std::string const path = storage.lock_directory()->path() + "/k.lock";
    CHECK(file_test::contents(path).find("doomed") != std::string::npos);
    detail::LockFile successor;
    REQUIRE(successor.open(AT_FDCWD, path));
    REQUIRE(*successor.try_lock(path));
    auto const unnamed = lock.inspect(storage, context(), "k").value();
    REQUIRE(unnamed);
    CHECK(unnamed->purpose.empty());
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("file locks: a child does not hold, and does not release, its parent's lock", "[lock]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    FileLock lock;
    auto guard = std::make_optional(lock.acquire(storage, context(), "k", "parent").value());
    pid_t const child = ::fork();
    if (child == 0) {
        bool const lost = code(guard->renew(context())) == Errc::lost;
        guard.reset();
        FileLock own;
        bool const busy = code(own.acquire(storage, context(milliseconds(5)), "k", "")) == Errc::busy;
        // the object that the child inherited opens a description of its own
        bool const busy_too = code(lock.acquire(storage, context(milliseconds(5)), "k", "")) == Errc::busy;
        ::_exit(lost && busy && busy_too ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(guard->renew(context()));
    FileLock other;
    CHECK(code(other.acquire(storage, context(milliseconds(5)), "k", "")) == Errc::busy);
}

TEST_CASE("mutex locks: a child of fork holds nothing and is kept out by nothing of its parent's", "[lock]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    MutexLock lock;
    auto guard = std::make_optional(lock.acquire(storage, context(), "k", "parent").value());
    pid_t const child = ::fork();
    if (child == 0) {
        bool const lost = code(guard->renew(context())) == Errc::lost;
        bool const nobody = !lock.inspect(storage, context(), "k").value();
        auto own = lock.acquire(storage, context(milliseconds(5)), "k", "child");
        guard.reset();  // that of the parent ends: nothing of ours is released
        bool const mine =
            own && own->renew(context()) && code(lock.acquire(storage, context(), "k", "")) == Errc::already_held;
        ::_exit(lost && nobody && mine ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(guard->renew(context()));
    CHECK(lock.inspect(storage, context(), "k").value()->purpose == "parent");
}

TEMPLATE_TEST_CASE("a guard works where it is handed to, and who has it is its holder", "[lock]", MutexLock, FileLock) {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    TestType lock;
    using Guard = typename decltype(lock.acquire(storage, context(), "k", ""))::value_type;
    std::optional<Guard> job;
    auto const ask = [&] { return code(lock.acquire(storage, context(milliseconds(5)), "k", "")); };
    for (int i = 0; i < 10; ++i) {  // a thread locks, hands the lock to us and ends; later ones may get its id
        std::thread([&] { job.emplace(lock.acquire(storage, context(), "k", "").value()); }).join();
        Errc later{};
        std::thread([&] { later = ask(); }).join();
        CHECK(later == Errc::busy);
        CHECK(job->renew(context()));
        CHECK(ask() == Errc::already_held);
        std::thread([&] {
            Guard const theirs = *std::move(job);
            later = ask();
        }).join();
        CHECK(later == Errc::already_held);
        job.reset();
        CHECK(ask() == Errc{});
    }
}

TEST_CASE("hazard: a lock file that is removed while somebody waits for it lets one in", "[lock]") {
    Directory const directory;
    auto storage = Storage::open(directory).value();
    FileLock holder, waiter, third;
    auto first = holder.acquire(storage, context(), "k", "").value();
    std::atomic<bool> second_in{false}, done{false};
    std::thread second([&] {
        auto const guard = waiter.acquire(storage, context(), "k", "");
        second_in = guard.has_value();
        while (!done) std::this_thread::yield();
    });
    std::this_thread::sleep_for(milliseconds(20));
    bool const removed = GENERATE(false, true);
    if (removed) ::unlink((storage.lock_directory()->path() + "/k.lock").c_str());
    REQUIRE(first.release(context()));
    while (!second_in) std::this_thread::yield();
    CHECK(code(third.acquire(storage, context(Duration(0)), "k", "")) == Errc::busy);
    done = true;
    second.join();
}

}  // namespace local_locks_test
