#include <unit/storage/file_fixture.hpp>

#include <holdfast/posix/lock_file.hpp>

#include <catch2/catch_test_macros.hpp>

#include <deque>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

namespace lock_descriptor_test {

using namespace holdfast;
using detail::Fd;
using detail::LockFile;
using file_test::Directory;

int open_descriptors() {
    int count = 0;
    for (int fd = 0; fd < 4096; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
}

/// Runs in a process of its own, whose limits are its own: whether `body` said true.
template <class Body>
bool in_child(Body&& body) {
    pid_t const child = ::fork();
    if (child == 0) ::_exit(body() ? 0 : 1);
    int status = -1;
    return ::waitpid(child, &status, 0) == child && status == 0;
}
bool limit_files(rlim_t most) {
    rlimit const limit{most, most};
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

TEST_CASE("lock files: those that rest stay open, but not without end", "[lock]") {
    Directory const directory;
    CHECK(in_child([&] {
        if (!limit_files(128)) return false;
        int const before = open_descriptors();
        std::deque<LockFile> files(100);
        for (std::size_t i = 0; i < files.size(); ++i) {
            if (!files[i].open(AT_FDCWD, directory.path() + "/" + std::to_string(i))) return false;
            LockFile::Use const use(files[i]);
        }
        if (open_descriptors() - before != 128 / 8) return false;
        return files.back().fd() >= 0 && files.front().fd() < 0;
    }));
}

TEST_CASE("lock files: they make room where the process has no other", "[lock]") {
    Directory const directory;
    CHECK(in_child([&] {
        std::deque<LockFile> resting(20), used(3);
        auto const open = [&](LockFile& file, std::string const& name) {
            return file.open(AT_FDCWD, directory.path() + "/" + name).has_value();
        };
        for (std::size_t i = 0; i < resting.size(); ++i) {
            if (!open(resting[i], "r" + std::to_string(i))) return false;
            LockFile::Use const use(resting[i]);
        }
        for (std::size_t i = 0; i < used.size(); ++i)
            if (!open(used[i], "u" + std::to_string(i))) return false;
        int highest = 0;
        for (int fd = 0; fd < 4096; ++fd) highest = ::fcntl(fd, F_GETFD) >= 0 ? fd : highest;
        if (!limit_files(static_cast<rlim_t>(highest) + 1)) return false;  // those above would stay
        while (::open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
        }
        if (errno != EMFILE) return false;
        Fd const other = detail::open_at(AT_FDCWD, "/dev/null", O_RDONLY);
        if (!other) return false;
        for (LockFile& file : resting)
            if (file.fd() >= 0) return false;
        for (LockFile& file : used)
            if (file.fd() < 0) return false;
        return open(resting.front(), "r0");  // and it comes again
    }));
}

TEST_CASE("lock files: a child has none of its parent's, at whatever moment it was forked", "[lock]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    LockFile held;
    REQUIRE(held.open(AT_FDCWD, path));
    REQUIRE(*held.try_lock(path));
    CHECK(in_child([&] { return held.fd() < 0 && !held.ours(); }));
    CHECK(in_child([&] { return held.open(AT_FDCWD, path) && held.ours() && !*held.try_lock(path); }));
    CHECK(held.ours());

    // What the kernel knows: the lock ends with this description, although a child that does nothing lives on.
    int ends[2], ready[2];
    REQUIRE((::pipe(ends) == 0 && ::pipe(ready) == 0));
    pid_t const idle = ::fork();
    if (idle == 0) {
        char byte = 'x';
        (void)!::write(ready[1], &byte, 1);
        (void)!::read(ends[0], &byte, 1);
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    held.close();
    LockFile other;
    REQUIRE(other.open(AT_FDCWD, path));
    CHECK(*other.try_lock(path));
    (void)!::write(ends[1], "x", 1);
    REQUIRE(::waitpid(idle, nullptr, 0) == idle);
    for (int const fd : {ends[0], ends[1], ready[0], ready[1]}) ::close(fd);
}

#if defined(__linux__)
TEST_CASE("lock files: a child that no handler was told of gives its copies back when it asks for a lock", "[lock]") {
    Directory const directory;
    std::string const path = directory.path() + "/lock";
    LockFile held, other;
    REQUIRE(held.open(AT_FDCWD, path));
    REQUIRE(*held.try_lock(path));
    int ends[2], ready[2];
    REQUIRE((::pipe(ends) == 0 && ::pipe(ready) == 0));
    auto const child = static_cast<pid_t>(::_Fork());
    if (child == 0) {
        LockFile own;
        bool const noticed = !held.ours() && own.open(AT_FDCWD, path + "2") && held.fd() < 0;
        (void)!::write(ready[1], noticed ? "y" : "n", 1);
        char byte;
        (void)!::read(ends[0], &byte, 1);
        ::_exit(0);
    }
    char answer = 0;
    REQUIRE(::read(ready[0], &answer, 1) == 1);
    CHECK(answer == 'y');
    held.close();
    REQUIRE(other.open(AT_FDCWD, path));
    CHECK(*other.try_lock(path));
    (void)!::write(ends[1], "x", 1);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    for (int const fd : {ends[0], ends[1], ready[0], ready[1]}) ::close(fd);
}
#endif

}  // namespace lock_descriptor_test
