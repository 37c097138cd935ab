#include "sqlite_support.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sqlite_test;
using namespace std::chrono_literals;

namespace {

/// Adds 1 to a number, as often as it takes.
bool increment(SqliteStorage& storage, KeyView key) {
    for (;;) {
        Context const ctx = patient();
        auto const base = storage.read(ctx, RecordId(key));
        if (!base) return false;
        int const number = *base ? std::stoi(std::string((*base)->payload.view())) : 0;
        auto const done = storage.write(ctx, RecordId(key), make(key, std::to_string(number + 1), *base),
                                        Precondition::unchanged_since(*base));
        if (!done) return false;
        if (done->kind() == Kind::applied) return true;
    }
}

}  // namespace

TEST_CASE("sqlite: who waits for another writer keeps the deadline") {
    Place const place;
    auto storage = open(place / "state.db");
    auto const record = make("k", "old");
    put(storage, record);
    Plain other(place / "state.db");
    REQUIRE(other("begin immediate").empty());
    Environment& env = Environment::system();
    auto const next = make("k", "new", record);
    auto const write = [&](Context const& ctx) {
        return storage.write(ctx, RecordId("k"), next, Precondition::matches(record->revision));
    };
    SECTION("readers do not wait") {
        CHECK(storage.read(Context(env, Duration::zero()), RecordId("k")).value()->payload.view() == "old");
    }
    SECTION("no patience") {
        auto const refused = write(Context(env, Duration::zero()));
        CHECK(refused.error() == Errc::busy);
        CHECK(refused.error().backend() == "SQLITE_BUSY (5)");
    }
    SECTION("a deadline") {
        Instant const begin = env.monotonic();
        CHECK(write(Context(env, 200ms)).error() == Errc::busy);
        std::vector<Write> const batch{{RecordId("k"), next, Precondition::none()}};
        CHECK(storage.write_all(Context(env, 200ms), batch).error() == Errc::busy);
        Duration const took = env.monotonic() - begin;
        CHECK(took >= 400ms);
        CHECK(took < 5s);
    }
    SECTION("a request to stop") {
        std::atomic<bool> stop{false};
        std::thread stopper([&] {
            env.sleep(100ms);
            stop = true;
        });
        CHECK(write(Context(env, endless, &stop)).error() == Errc::cancelled);
        stopper.join();
        CHECK(storage.read(Context(env, endless, &stop), RecordId("k")).error() == Errc::cancelled);
    }
    SECTION("success, when the other one is done") {
        std::thread committer([&] {
            env.sleep(100ms);
            other("commit");
        });
        CHECK(write(Context(env)).value().kind() == Kind::applied);
        committer.join();
        return;
    }
    CHECK(get(storage, KeyView("k"))->payload.view() == "old");
    CHECK(other("commit").empty());
    CHECK(write(Context(env, Duration::zero())).value().kind() == Kind::applied);
}

TEST_CASE("sqlite: opening waits for others who open") {
    Place const place;
    std::vector<std::thread> threads;
    std::atomic<int> opened{0};
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            auto storage = SqliteStorage::open(place / "state.db", {.durability = Durability::none});
            if (storage && increment(*storage, "k")) ++opened;
        });
    for (auto& thread : threads) thread.join();
    CHECK(opened == 8);
    CHECK(get(open(place / "state.db"), KeyView("k"))->payload.view() == "8");
    CHECK(Plain(place / "state.db")("pragma integrity_check") == "ok");

    Plain other(place / "locked.db");
    REQUIRE(other("create table t (a); begin exclusive").empty());
    CHECK(SqliteStorage::open(place / "locked.db", {.patience = 50ms}).error() == Errc::busy);
}

TEST_CASE("sqlite: opening races with no thread that closes descriptors") {
    // Who first opens a database walks over the descriptors of the process, and the thread sanitizer tells if that is
    // one. The threads wait for each other, but in an order that means nothing to it.
    Place const place;
    std::atomic<int> step{0};
    auto const wait_for = [&](int next) {
        while (step.load(std::memory_order_relaxed) != next) std::this_thread::yield();
    };
    std::thread other([&] {
        int const fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        step.store(1, std::memory_order_relaxed);
        wait_for(2);
        ::close(fd);
    });
    wait_for(1);
    CHECK(SqliteStorage::open(place / "state.db", {.durability = Durability::none}));
    step.store(2, std::memory_order_relaxed);
    other.join();
}

TEST_CASE("sqlite: threads lose no update, and readers see whole records") {
    Place const place;
    auto storage = open(place / "state.db");
    constexpr int writers = 4, rounds = 200;
    std::atomic<bool> done{false};
    std::atomic<int> failures{0}, reads{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < rounds; ++n) failures += increment(storage, "k") ? 0 : 1;
        });
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            for (int last = 0; !done; ++reads) {
                auto const found = storage.read(patient(), RecordId("k"));
                int const now = found && *found ? std::stoi(std::string((*found)->payload.view())) : 0;
                if (!found || now < last) ++failures;
                last = now;
                if (!storage.list(patient(), {})) ++failures;
            }
        });
    for (int i = 0; i < writers; ++i) threads[static_cast<std::size_t>(i)].join();
    done = true;
    for (std::size_t i = writers; i < threads.size(); ++i) threads[i].join();
    CHECK(failures == 0);
    CHECK(reads > 0);
    CHECK(get(storage, KeyView("k"))->payload.view() == std::to_string(writers * rounds));
}

TEST_CASE("sqlite: a fork leaves both sides with connections of their own") {
    Place const place;
    std::string const path = place / "state.db";
    auto storage = std::make_unique<SqliteStorage>(open(path));
    REQUIRE(increment(*storage, "k"));
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        bool fine = increment(*storage, "k");
        char gone = 0;
        fine = fine && ::read(ready[0], &gone, 1) == 1;  // the parent's connections are closed by now
        for (int i = 0; i < 100; ++i) fine = fine && increment(*storage, "k");
        ::_exit(fine ? 0 : 1);
    }
    CHECK(increment(*storage, "k"));
    storage.reset();
    REQUIRE(::write(ready[1], "x", 1) == 1);
    // The child's lock on the database must keep others from removing its log.
    for (int i = 0; i < 20; ++i) {
        auto another = open(path);
        CHECK(increment(another, "k"));
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(get(open(path), KeyView("k"))->payload.view() == "123");
    CHECK(Plain{path}("pragma integrity_check") == "ok");
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("sqlite: a child that was forked in the middle of a call is refused") {
    Place const place;
    auto storage = open(place / "state.db");
    Plain other(place / "state.db");
    REQUIRE(other("begin immediate").empty());
    std::atomic<bool> inside{false};
    std::thread writer([&] {
        inside = true;
        increment(storage, "k");
    });
    while (!inside) std::this_thread::yield();
    Environment::system().sleep(50ms);
    pid_t const child = ::fork();
    if (child == 0) {
        auto const refused = storage.read(patient(), RecordId("k"));
        ::_exit(!refused && refused.error() == Errc::not_supported ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(other("commit").empty());
    writer.join();
    CHECK(get(storage, KeyView("k"))->payload.view() == "1");
}
