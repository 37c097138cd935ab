// Processes that want the same thing get it in order of arrival, and nothing that becomes of the queue lets two in.

#include <process/child.hpp>

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/open.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace order {

using namespace holdfast;
using std::chrono::milliseconds;
using Fast = FileStorage<SlotFirst, Durability::none>;

Context context(Duration timeout = std::chrono::seconds(30)) { return Context(Environment::system(), timeout); }
void pause_for(Duration duration) { Environment::system().sleep(duration); }

test::Child start(std::vector<std::string> words) {
    words.insert(words.begin(), test::child_program("order_child"));
    return test::Child(words);
}

/// How many hold a ticket at a lock file.
int waiting(std::string const& path) {
    detail::LockFile file;
    if (auto const there = file.open_existing(AT_FDCWD, path); !there || !*there) return 0;
    int count = 0;
    constexpr off_t first = off_t{1} << 40, last = first + (off_t{1} << 50);
    for (auto at = file.first_held(first, last); at; at = file.first_held(*at + 1, last)) ++count;
    return count;
}
bool wait_until_waiting(std::string const& path, int count) {
    for (int looks = 0; looks < 5000 && waiting(path) != count; ++looks) pause_for(milliseconds(1));
    return waiting(path) == count;
}

/// The lock is held here, and three processes wait for it, one after the other.
struct Queue {
    test::TemporaryDirectory directory;
    std::string path = directory.path() + "/.holdfast/k.lock";
    Fast storage = Fast::open(directory.path()).value();
    FileLock lock;
    std::optional<FileLock::Guard> guard{lock.acquire(storage, context(), "k", "first").value()};
    std::vector<test::Child> children;

    Queue() {
        for (std::string const name : {"a", "b", "c"}) {
            children.push_back(start({directory.path(), "lock", name, "50"}));
            REQUIRE(wait_until_waiting(path, static_cast<int>(children.size())));
        }
    }
    /// Who has the lock, as it says itself.
    std::string holder() {
        auto const info = lock.inspect(storage, context(), "k").value();
        return info ? info->purpose : "";
    }
    /// Who gets it, one after the other, until nobody waits.
    std::string order(int stopped = 0) {
        guard.reset();
        std::string names, before;
        for (int looks = 0; looks < 10000; ++looks) {
            auto const now = holder();
            if (!now.empty() && now != before) names += before = now;
            if (now.empty() && waiting(path) == stopped) break;
            pause_for(milliseconds(1));
        }
        return names;
    }
};

TEST_CASE("Those who wait for a file lock get it in the order in which they came", "[order]") {
    Queue queue;
    SECTION("all") { CHECK(queue.order() == "abc"); }
    SECTION("one was killed") {
        queue.children[0].signal(SIGKILL);
        REQUIRE(wait_until_waiting(queue.path, 2));
        CHECK(queue.order() == "bc");
    }
    SECTION("one is stopped, and is served when he goes on") {
        queue.children[0].signal(SIGSTOP);
        CHECK(queue.order(1) == "bc");
        CHECK(waiting(queue.path) == 1);
        auto const started = Environment::system().monotonic();
        for (int i = 0; i < 20; ++i) REQUIRE(queue.lock.acquire(queue.storage, context(), "k", "not waited for again"));
        CHECK(Environment::system().monotonic() - started < milliseconds(2000));
        queue.children[0].signal(SIGCONT);
        CHECK(queue.children[0].finish() == "a");
    }
    SECTION("the file is cut to nothing") {
        REQUIRE(::truncate(queue.path.c_str(), 0) == 0);
        CHECK(queue.order() == "abc");
    }
    SECTION("the file is full of junk") {
        int const file = ::open(queue.path.c_str(), O_WRONLY | O_CLOEXEC);
        std::string const junk(16384, '\xff');
        REQUIRE(::pwrite(file, junk.data(), junk.size(), 0) == static_cast<ssize_t>(junk.size()));
        ::close(file);
        CHECK(queue.order() == "abc");
    }
    SECTION("the file is removed: those who wait for the old one take the new one in turn") {
        REQUIRE(::unlink(queue.path.c_str()) == 0);
        CHECK(queue.guard->confirm(context()).error() == Errc::lost);
        queue.guard.reset();
        std::string all;
        for (auto& child : queue.children) all += child.finish();
        CHECK(all == "abc");
    }
    for (auto& child : queue.children) child.signal(SIGCONT);
}

TEST_CASE("The holder of a file lock is killed, and the next one goes on", "[order]") {
    Queue queue;
    auto hung = start({queue.directory.path(), "lock", "hung", "60000"});
    REQUIRE(wait_until_waiting(queue.path, 4));
    queue.guard.reset();
    for (int looks = 0; looks < 5000 && queue.holder() != "hung"; ++looks) pause_for(milliseconds(1));
    REQUIRE(queue.holder() == "hung");
    auto next = start({queue.directory.path(), "lock", "next", "0"});
    REQUIRE(wait_until_waiting(queue.path, 2));
    hung.signal(SIGKILL);
    CHECK(next.finish() == "next");
    CHECK(queue.lock.acquire(queue.storage, context(), "k", ""));
}

TEST_CASE("Nothing that becomes of the queue lets two in", "[order]") {
    std::string const what = GENERATE("nothing", "kill", "stop", "truncate", "junk", "no bytes");
    CAPTURE(what);
    test::TemporaryDirectory const directory;
    REQUIRE(Fast::open(directory.path()));
    std::string const path = directory.path() + "/.holdfast/k.lock";
    if (what == "no bytes") ::setenv("NO_BYTES", "1", 1);
    std::vector<test::Child> children;
    char const* const n = what == "no bytes" ? "40" : "100";
    for (int i = 0; i < 6; ++i) children.push_back(start({directory.path(), "storm", n, "200"}));
    ::unsetenv("NO_BYTES");
    for (std::uint64_t i = 0; i < 40; ++i) {
        pause_for(milliseconds(5));
        test::Child& victim = children[i % 5];
        if (what == "kill" && i % 10 == 9) victim.signal(SIGKILL);
        if (what == "stop") victim.signal(i % 2 == 0 ? SIGSTOP : SIGCONT);
        if (what == "stop" && i % 2 == 0) pause_for(milliseconds(5)), victim.signal(SIGCONT);
        if (what == "truncate") (void)!::truncate(path.c_str(), 0);
        if (what == "junk") {
            std::uint64_t const words[] = {~std::uint64_t{0} >> i, i * 77, ~std::uint64_t{0} >> (2 * i % 50)};
            int const file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
            if (file >= 0) (void)!::pwrite(file, words, sizeof words, 8192);
            ::close(file);
        }
    }
    for (auto& child : children) {
        child.finish();
        CHECK((child.succeeded() || (what == "kill" && child.killed())));
    }
}

TEST_CASE("One who is always there does not keep out one who comes now and then", "[order]") {
    test::TemporaryDirectory const directory;
    auto storage = Fast::open(directory.path()).value();
    auto hot = start({directory.path(), "storm", "1000000", "5000"});
    REQUIRE(hot.read_some(5000));
    FileLock lock;
    Duration longest{0};
    for (int i = 0; i < 20; ++i) {
        auto const started = Environment::system().monotonic();
        REQUIRE(lock.acquire(storage, context(), "k", ""));
        Duration const waited = Environment::system().monotonic() - started;
        if (waited > longest) longest = waited;
    }
    CHECK(longest < 50 * milliseconds(2 * 5));  // ten times the five fair shares that it may be
}

/// Fifty times the fair share, which is what all of them together take a round.
void check_updates(std::string const& uri, int processes, int updates, int slow, Duration share) {
    std::vector<test::Child> children;
    auto const started = Environment::system().monotonic();
    for (int i = 0; i < processes; ++i)
        children.push_back(start({uri, "update", std::to_string(updates), std::to_string(slow)}));
    for (auto& child : children) {
        CHECK(child.finish().size() == static_cast<std::size_t>(updates));
        CHECK(child.succeeded());
    }
    CHECK(Environment::system().monotonic() - started < 10 * updates * processes * share);
    std::string const expected = std::to_string(updates * processes);
    auto const count = [&](auto store) { return store.value().get("k").value().value().value(); };
    if (uri.starts_with("sqlite:")) CHECK(count(open<std::string, SqliteStorage, RawBytes>(uri)) == expected);
    else CHECK(count(open<std::string, FileStorage<>, RawBytes>(uri)) == expected);
}

TEST_CASE("Updates of many processes are all made although each sync takes its time", "[order]") {
    test::TemporaryDirectory const directory;
    std::string const uri = GENERATE(as<std::string>(), "file://%s/files", "sqlite://%s/state.db");
    std::string place = uri;
    place.replace(place.find("%s"), 2, directory.path());
    ::setenv("SYNC_MS", "5", 1);
    check_updates(place, 6, 10, 0, milliseconds(15));
    ::unsetenv("SYNC_MS");
}

TEST_CASE("A slow function is not outrun for ever", "[order]") {
    test::TemporaryDirectory const directory;
    std::string const uri = GENERATE(as<std::string>(), "file://%s/files", "sqlite://%s/state.db");
    std::string place = uri;
    place.replace(place.find("%s"), 2, directory.path());
    auto hot = start({place, "update", "1000000", "0"});
    REQUIRE(hot.read_some(5000));
    auto slow = start({place, "update", "5", "30"});
    CHECK(slow.finish() == ".....");
    CHECK(slow.succeeded());
}

TEST_CASE("A lock ends with its holder although a child of his lives on", "[order]") {
    test::TemporaryDirectory const directory;
    SECTION("a file lock") {
        auto dead = start({directory.path(), "orphan"});
        pid_t const orphan = std::atoi(dead.finish().c_str());
        REQUIRE(dead.killed());
        REQUIRE(::kill(orphan, 0) == 0);
        auto storage = Fast::open(directory.path()).value();
        FileLock lock;
        CHECK(lock.acquire(storage, context(Duration(0)), "k", ""));
        CHECK(::kill(orphan, SIGKILL) == 0);
    }
    SECTION("that of a write") {
        std::string const uri = "file://" + directory.path();
        auto dead = start({uri, "torn"});
        pid_t const orphan = std::atoi(dead.finish().c_str());
        REQUIRE(dead.killed());
        REQUIRE(::kill(orphan, 0) == 0);
        auto store = open<std::string, FileStorage<>, RawBytes>(uri).value();
        CHECK(store.update("k", [](std::string& value) { value += "!"; }, {.timeout = Duration(0)}));
        CHECK(::kill(orphan, SIGKILL) == 0);
    }
}

}  // namespace order
