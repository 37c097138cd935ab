// Lock files where single bytes cannot be locked: old kernels, and file systems with locks of their own.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <string>

#include <sys/file.h>

namespace lock_file_whole_test {

using namespace holdfast;
using detail::LockFile;

constexpr int cannot = 77;

/// Whether the lock of a file can be had by another description.
bool is_free(std::string const& path) {
    detail::Fd const other = detail::open_at(AT_FDCWD, path.c_str(), O_RDWR);
    return other && ::flock(other.get(), LOCK_EX | LOCK_NB) == 0;
}

TEST_CASE("without locks of bytes the whole file is locked, and given up", "[lock]") {
    file_test::Directory const directory;
    std::string const path = directory.path() + "/lock";
    file_test::put(path, "");
    int const outcome = test::in_child([&] {
        LockFile file;
        if (!file.open(AT_FDCWD, path)) return 1;
        if (!test::refuse_calls({{SYS_fcntl, EINVAL}})) return cannot;
        for (int i = 0; i < 2; ++i) {
            if (!file.try_lock(path).value() || is_free(path)) return 2;
            if (file.unlock() != 0 || !is_free(path)) return 3;
        }
        return file.has_bytes() ? 4 : 0;
    });
    if (outcome == cannot) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
}

TEST_CASE("without locks of bytes who asks whether a lock is held does not keep it", "[lock]") {
    file_test::Directory const directory;
    std::string const path = directory.path() + "/lock";
    file_test::put(path, "");
    int const outcome = test::in_child([&] {
        LockFile file, other;
        if (!file.open(AT_FDCWD, path) || !other.open(AT_FDCWD, path)) return 1;
        if (!test::refuse_calls({{SYS_fcntl, EINVAL}})) return cannot;
        if (file.held_elsewhere(path, LockFile::Part::exclusion).value() || !is_free(path)) return 2;
        if (!other.try_lock(path).value()) return 3;
        if (!file.held_elsewhere(path, LockFile::Part::exclusion).value()) return 4;
        return other.unlock() == 0 && !file.held_elsewhere(path, LockFile::Part::exclusion).value() ? 0 : 5;
    });
    if (outcome == cannot) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
}

}  // namespace lock_file_whole_test
