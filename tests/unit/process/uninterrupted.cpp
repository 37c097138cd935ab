// System calls that signals interrupt.

#include <holdfast/process/fd.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>

namespace uninterrupted_test {

using namespace holdfast;

TEST_CASE("a system call is made again while signals interrupt it, and only then", "[file]") {
    int calls = 0;
    auto const interrupted_twice = [&] {
        errno = EINTR;
        return ++calls <= 2 ? -1 : 7;
    };
    CHECK(detail::uninterrupted(interrupted_twice) == 7);
    CHECK(calls == 3);
    calls = 0;
    auto const fails = [&] {
        ++calls;
        errno = EIO;
        return -1;
    };
    CHECK(detail::uninterrupted(fails) == -1);
    CHECK(errno == EIO);
    CHECK(calls == 1);
}

TEST_CASE("who closes a descriptor because of an error keeps the error", "[file]") {
    {
        detail::Fd const open = detail::open_directory_at(AT_FDCWD, "/");
        detail::Fd const never(12345);  // closing it fails
        errno = ENOSPC;
    }
    CHECK(errno == ENOSPC);
}

}  // namespace uninterrupted_test
