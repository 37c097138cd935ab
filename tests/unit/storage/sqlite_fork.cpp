// Copies of a process that uses SQLite: they go on with connections of their own, or are refused as a whole.

#include <unit/storage/sqlite_support.hpp>

#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <thread>

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace sqlite_test;
using Counter = StateStore<std::string, SqliteStorage, RawBytes>;

void next(std::string& text) { text = std::to_string(text.empty() ? 1 : std::stoi(text) + 1); }

/// Runs `body` in a copy of this process. 0 if it was true; other values if it was not, did not end, or crashed.
template <class Make, class Body>
int in_copy(Make&& copy, Body&& body) {
    pid_t const child = copy();
    if (child == 0) {
        ::signal(SIGALRM, SIG_DFL);
        ::alarm(20);
        ::_exit(body() ? 0 : 1);
    }
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    return status;
}
pid_t plain_fork() { return ::fork(); }
pid_t raw_clone() { return static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr)); }

template <class T>
bool is_refused(Result<T> const& result) {
    return !result && result.error() == Errc::not_supported;
}

TEST_CASE("sqlite: a child that was forked in the middle of a call cannot open a database either") {
    Place const place;
    auto storage = open(place / "state.db");
    auto const other = open(place / "other.db");
    Plain locker(place / "state.db");
    REQUIRE(locker("begin immediate").empty());
    std::atomic<bool> inside{false};
    std::thread writer([&] {
        inside = true;
        (void)Counter(storage).update("k", next);
    });
    while (!inside) std::this_thread::yield();
    Environment::system().sleep(std::chrono::milliseconds(50));
    CHECK(in_copy(plain_fork, [&] {
              bool const by_handles =
                  is_refused(storage.read(patient(), RecordId("k"))) &&
                  is_refused(other.read(patient(), RecordId("k"))) &&
                  is_refused(storage.write(patient(), RecordId("k"), make("k", "v"), Precondition::none())) &&
                  is_refused(storage.list(patient(), {}));
              bool const anew = is_refused(SqliteStorage::open(place / "state.db")) &&
                                is_refused(SqliteStorage::open(place / "new.db"));
              pid_t const grandchild = ::fork();
              if (grandchild == 0) ::_exit(is_refused(SqliteStorage::open(place / "state.db")) ? 0 : 1);
              int status = -1;
              { auto const gone = std::move(storage); }  // closes nothing, and waits for nobody
              return ::waitpid(grandchild, &status, 0) == grandchild && status == 0 && by_handles && anew;
          }) == 0);
    CHECK(locker("commit").empty());
    writer.join();
    CHECK(**Counter(storage).get("k").value() == "1");
    // The parent goes on to use it, and a child that is forked in a quiet moment does, too.
    CHECK(in_copy(plain_fork, [&] { return static_cast<bool>(Counter(storage).update("k", next)); }) == 0);
    CHECK(**Counter(storage).get("k").value() == "2");
}

TEST_CASE("sqlite: a copy of which no handler was told cannot use SQLite if a connection was open") {
    auto const copy = GENERATE(&::_Fork, &raw_clone);
    Place const place;
    CHECK(in_copy(copy, [&] { return static_cast<bool>(Counter(open(place / "none.db")).update("k", next)); }) == 0);
    auto storage = open(place / "state.db");
    CHECK(Counter(storage).update("k", next));
    CHECK(in_copy(copy, [&] {
              bool const refused = is_refused(storage.read(patient(), RecordId("k"))) &&
                                   is_refused(SqliteStorage::open(place / "state.db")) &&
                                   is_refused(SqliteStorage::open(place / "new.db"));
              { auto const gone = std::move(storage); }  // closes nothing that is the parent's
              return refused;
          }) == 0);
    auto another = open(place / "state.db");
    CHECK(Counter(another).update("k", next));
    CHECK(Counter(storage).update("k", next));
    CHECK(**Counter(storage).get("k").value() == "3");
    CHECK(Plain{place / "state.db"}("pragma integrity_check") == "ok");
}

TEST_CASE("sqlite: a fork while another thread opens and closes storages leaves no half of anything") {
    Place const place;
    std::atomic<bool> stop{false};
    std::atomic<int> opened{0};
    std::thread opener([&] {
        for (; !stop; ++opened) {
            auto const storage = open(place / "theirs.db");
            (void)storage.read(patient(), RecordId("k"));
        }
    });
    while (opened == 0) std::this_thread::yield();
    int refused = 0;
    for (int i = 0; i < 100; ++i) {
        int const status = in_copy(plain_fork, [&] {
            auto mine = SqliteStorage::open(place / "mine.db", {.durability = Durability::none});
            if (!mine) ::_exit(mine.error() == Errc::not_supported ? 42 : 1);
            return static_cast<bool>(Counter(*mine).update("k", next));
        });
        bool const was_refused = WIFEXITED(status) && WEXITSTATUS(status) == 42;
        CHECK((status == 0 || was_refused));
        refused += was_refused ? 1 : 0;
    }
    stop = true;
    opener.join();
    auto const mine = open(place / "mine.db");
    auto const found = Counter(mine).get("k").value();
    CHECK((found ? std::stoi(**found) : 0) == 100 - refused);
}

SqliteStorage* used_by_handlers = nullptr;
std::atomic<int> failed_in_handlers{0};
void use_in_handler() {
    if (used_by_handlers != nullptr && !Counter(*used_by_handlers).update("h", next)) ++failed_in_handlers;
}

TEST_CASE("sqlite: handlers of others that run before and after ours at a fork may use a storage") {
    Place const place;
    // In a child, since handlers cannot be taken away.
    CHECK(in_copy(plain_fork, [&] {
              (void)pthread_atfork(use_in_handler, use_in_handler, use_in_handler);
              auto storage = open(place / "state.db");  // ours are there since the parent, or come between
              (void)pthread_atfork(use_in_handler, use_in_handler, use_in_handler);
              used_by_handlers = &storage;
              pid_t const child = ::fork();
              if (child == 0) ::_exit(failed_in_handlers == 0 && Counter(storage).update("h", next) ? 0 : 1);
              int status = -1;
              bool const fine = ::waitpid(child, &status, 0) == child && status == 0 && failed_in_handlers == 0;
              return fine && **Counter(storage).get("h").value() == "7";
          }) == 0);
}

TEST_CASE("sqlite: a fork inside of the function of an update leaves both sides their update") {
    Place const place;
    auto storage = open(place / "state.db");
    auto other = open(place / "other.db");
    CHECK(Counter(other).update("k", next));
    pid_t child = -1;
    auto const updated = Counter(storage).update("k", [&](std::string& text) {
        if (child == -1) child = ::fork();
        if (child == 0) ::alarm(20);
        next(text);
    });
    if (child == 0) ::_exit(updated && Counter(other).update("k", next) ? 0 : 1);
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(updated);
    CHECK(**Counter(storage).get("k").value() == "2");
    CHECK(**Counter(other).get("k").value() == "2");
}

}  // namespace
