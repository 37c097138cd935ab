// A daemon that closed its standard descriptors, and a thread of it that still writes there: nothing of ours is hit.

#include <process/child.hpp>
#include <sanitizers.hpp>

#include <holdfast/holdfast.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/linearizability/history_file.hpp>
#include <holdfast/versioning/history.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace standard_descriptors {

using namespace holdfast;

/// What writes to standard output and error, and reads standard input, all the time. All of it must fail.
class Stranger {
public:
    Stranger() = default;
    Stranger(Stranger const&) = delete;
    Stranger& operator=(Stranger const&) = delete;
    ~Stranger() {
        stop_ = true;
        thread_.join();
    }
    int hits() const noexcept { return hits_; }

private:
    void run() {
        char byte = 0;
        while (!stop_) {
            for (int const fd : {STDOUT_FILENO, STDERR_FILENO})
                if (::write(fd, "a line of a log\n", 16) >= 0) ++hits_;
            if (::read(STDIN_FILENO, &byte, 1) > 0) ++hits_;
        }
    }

    std::atomic<bool> stop_{false};
    std::atomic<int> hits_{0};
    std::thread thread_{[this] { run(); }};
};

/// What it does, on purpose, is a race for a descriptor.
void skip_where_that_is_a_race() {
    if (test::under_thread_sanitizer)
        SKIP("to the thread sanitizer the stranger's calls race with ours that open and close");
}

void close_standard() {
    for (int const fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) (void)::close(fd);
}

/// Whether all descriptors from 3 on are closed when a program is executed, and those below are not open at all.
bool descriptors_are_right() {
    for (int fd = 0; fd < 256; ++fd) {
        int const flags = ::fcntl(fd, F_GETFD);
        if (flags != -1 && (fd < 3 || (flags & FD_CLOEXEC) == 0)) return false;
    }
    return true;
}

/// Opens, reads, writes, lists, locks and waits. An empty text, or what went wrong.
template <class Storage, class Open>
std::string use(Open&& open, bool closed_before) {
    for (int fd = 3; fd < 256; ++fd) (void)::close(fd);  // of the tests
    if (closed_before) close_standard();
    Stranger const* stranger = closed_before ? new Stranger : nullptr;
    auto storage = open();
    if (!storage) return storage.error().describe();
    if (!closed_before) {
        if (auto const first = StateStore<std::string, Storage, RawBytes>(*storage).create("first", "x"); !first)
            return first.error().describe();
        close_standard();
        stranger = new Stranger;
    }
    StateStore<std::string, Storage, RawBytes, FileLock> locked(*storage);
    StateStore<std::string, Storage, RawBytes, LeaseLock<>, History<>> leased(*storage);
    for (int i = 0; i < 200; ++i) {
        std::string const text(300 + static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
        auto const key = *Key::parse("key" + std::to_string(i % 10));
        auto const kept = *Key::parse("kept" + std::to_string(i % 10));
        auto const first = locked.update(key, [&](std::string& value) { value = text; });
        if (!first) return first.error().describe();
        auto const second = leased.update(kept, [&](std::string& value) { value = text; });
        if (!second) return second.error().describe();
        auto const found = locked.get(key);
        if (!found || !*found || ***found != text) return "a record is not what was written";
        for (auto const& listed : locked.keys("key"))
            if (!listed) return listed.error().describe();
        auto again = open();  // files are opened anew all the time
        if (!again) return again.error().describe();
        auto const same = StateStore<std::string, Storage, RawBytes>(*again).get(key);
        if (!same || !*same || ***same != text) return "a record is not what was written";
        (void)locked.wait_for_change(key, *same, {.timeout = std::chrono::microseconds(100)});
    }
    // Whoever closes them later may be noticed by a file that is given up at once.
    if (stranger->hits() > (closed_before ? 0 : 1))
        return std::to_string(stranger->hits()) + " writes of others hit something of ours";
    delete stranger;
    return descriptors_are_right() ? "" : "a descriptor is a standard one, or is handed on to programs";
}

/// What `body` says in a process of its own.
template <class Body>
std::string in_child(Body&& body) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_t const child = ::fork();
    if (child == 0) {
        ::alarm(60);
        int const told = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 300);
        std::string const text = body();
        (void)!::write(told, text.data(), text.size());
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string text;
    char part[1024];
    for (ssize_t n; (n = ::read(ends[0], part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(n));
    ::close(ends[0]);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    return text;
}

TEST_CASE("Nothing of a file storage is a standard descriptor") {
    skip_where_that_is_a_race();
    bool const before = GENERATE(true, false);
    test::TemporaryDirectory const directory;
    CHECK(in_child([&] {
              return use<FileStorage<SlotFirst, Durability::none>>(
                  [&] { return FileStorage<SlotFirst, Durability::none>::open(directory.path() + "/files"); },
                  before);
          }) == "");
}

TEST_CASE("Nothing of a SQLite storage is a standard descriptor") {
    skip_where_that_is_a_race();
    bool const before = GENERATE(true, false);
    test::TemporaryDirectory const directory;
    CHECK(in_child([&] {
              return use<SqliteStorage>(
                  [&] { return SqliteStorage::open(directory.path() + "/state.db", {.durability = Durability::none}); },
                  before);
          }) == "");
}

TEST_CASE("Neither is a file of keys or a history of the tests") {
    skip_where_that_is_a_race();
    test::TemporaryDirectory const directory;
    std::string const keys = directory.path() + "/key", history = directory.path() + "/history";
    std::ofstream(keys) << "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
    REQUIRE(::chmod(keys.c_str(), 0600) == 0);
    CHECK(in_child([&]() -> std::string {
              for (int fd = 3; fd < 256; ++fd) (void)::close(fd);
              close_standard();
              Stranger const stranger;
              for (int i = 0; i < 1000; ++i) {
                  if (auto const key = SecretKey::from_file(keys); !key) return key.error().describe();
                  auto const file = testing::HistoryFile::open(history);
                  if (!file) return file.error().describe();
                  if (!descriptors_are_right()) return "a descriptor is a standard one";
              }
              return stranger.hits() == 0 ? "" : "hit";
          }) == "");
}

TEST_CASE("Descriptors are as before where the standard ones are open") {
    CHECK(in_child([&]() -> std::string {
              detail::Fd const root = detail::open_directory_at(AT_FDCWD, "/");
              detail::Fd const copy = detail::duplicate(root.get());
              bool const right = root.get() >= 3 && copy.get() >= 3 && copy.get() != root.get() &&
                                 (::fcntl(copy.get(), F_GETFD) & FD_CLOEXEC) != 0;
              return right && ::fcntl(STDIN_FILENO, F_GETFD) != -1 ? "" : "wrong";
          }) == "");
}

}  // namespace standard_descriptors
