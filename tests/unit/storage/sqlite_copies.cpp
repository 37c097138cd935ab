// What a copy of a process inherited of SQLite stays untouched, and the parent goes on with what it keeps.

#include <unit/storage/sqlite_support.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sqlite_copies_test {

using namespace sqlite_test;

int open_descriptors() {
    int count = 0;
    for (int fd = 0; fd < 4096; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
}
int status_of(pid_t child) {
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

SqliteStorage const* used_while_forking = nullptr;

/// Registered when the program begins, so before the handler of any storage, and therefore called after that.
bool const registered = ::pthread_atfork(
                            [] {
                                if (used_while_forking != nullptr)
                                    (void)used_while_forking->read(patient(), RecordId("k"));
                            },
                            nullptr, nullptr) == 0;

TEST_CASE("sqlite: a call between our handler and the fork leaves the child no connection") {
    REQUIRE(registered);
    Place const place;
    auto const storage = open(place / "state.db");
    used_while_forking = &storage;
    pid_t const child = ::fork();
    if (child == 0) ::_exit(storage.read(patient(), RecordId("k")) ? 0 : 1);
    used_while_forking = nullptr;
    CHECK(status_of(child) == 0);
}

TEST_CASE("sqlite: after a fork connections are kept again") {
    Place const place;
    auto const storage = open(place / "state.db");
    (void)get(storage, RecordId("k"));
    int const before = open_descriptors();
    pid_t const child = ::fork();
    if (child == 0) ::_exit(0);
    CHECK(status_of(child) == 0);
    CHECK(open_descriptors() < before);  // the idle one was closed
    (void)get(storage, RecordId("k"));
    CHECK(open_descriptors() == before);
}

#if defined(__linux__)
int open_by_sqlite(std::string const& path) {
    int count = 0;
    for (int fd = 0; fd < 4096; ++fd) {
        std::error_code none;
        std::string const file = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), none).string();
        count += file == path || file == path + "-wal" || file == path + "-shm" ? 1 : 0;
    }
    return count;
}

TEST_CASE("sqlite: a copy that ends what it inherited closes nothing, and may use SQLite no more than before") {
    Place const place;
    std::string const path = place / "state.db";
    std::optional<SqliteStorage> storage = open(path);
    put(*storage, make("k", "v"));
    pid_t const child = ::_Fork();
    if (child == 0) {
        int const before = open_by_sqlite(path);
        storage.reset();
        if (before == 0 || open_by_sqlite(path) != before) ::_exit(1);
        auto const anew = SqliteStorage::open(path);
        ::_exit(!anew && anew.error() == Errc::not_supported ? 0 : 2);
    }
    CHECK(status_of(child) == 0);
    CHECK(get(*storage, RecordId("k"))->payload.view() == "v");
}
#endif

}  // namespace sqlite_copies_test
