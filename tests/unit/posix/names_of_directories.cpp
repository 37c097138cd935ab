// What a directory is found to have, and what is heard of it.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <holdfast/posix/directory_reader.hpp>
#include <holdfast/posix/inotify.hpp>
#include <holdfast/posix/stream_directory_reader.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <cstdint>
#include <set>
#include <string>

#include <unistd.h>

namespace names_of_directories_test {

using namespace holdfast;
using file_test::Directory;

#if defined(__linux__)
#define READERS detail::KernelDirectoryReader, detail::StreamDirectoryReader
#else
#define READERS detail::StreamDirectoryReader
#endif

TEMPLATE_TEST_CASE("a directory has the names that were put there, and neither itself nor its parent", "[file]",
                   READERS) {
    Directory const directory;
    auto const names = [&] {
        detail::Fd const fd = detail::open_directory_at(AT_FDCWD, directory.path().c_str());
        TestType reader(fd.get(), 4096);
        std::multiset<std::string> all;
        while (auto const name = reader.next()) all.emplace(name->text);
        CHECK(reader.error() == 0);
        return all;
    };
    CHECK(names().empty());
    file_test::put(directory.path() + "/..a", "x");
    file_test::put(directory.path() + "/...", "x");
    CHECK(names() == std::multiset<std::string>{"..a", "..."});
}

TEMPLATE_TEST_CASE("a directory is read on from behind a name, by another reader too", "[file]", READERS) {
    Directory const directory;
    std::multiset<std::string> put;
    for (char c = 'a'; c <= 'z'; ++c) {
        file_test::put(directory.path() + "/" + c, "x");
        put.emplace(1, c);
    }
    std::multiset<std::string> all;
    std::uint64_t position = 0;
    for (;;) {
        detail::Fd const fd = detail::open_directory_at(AT_FDCWD, directory.path().c_str());
        TestType reader(fd.get(), 128);
        if (position != 0) REQUIRE(reader.seek(position));
        (void)reader.fill();
        auto one = reader.next_buffered();
        if (!one) one = reader.next();
        if (!one) break;
        all.emplace(one->text);
        position = one->after;
        if (all.size() > put.size()) break;
    }
    CHECK(all == put);
}

TEMPLATE_TEST_CASE("what is no directory has no names but an error", "[file]", READERS) {
    Directory const directory;
    std::string const path = directory.path() + "/a";
    file_test::put(path, "x");
    detail::Fd const fd = detail::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
    TestType reader(fd.get(), 4096);
    CHECK_FALSE(reader.next());
    CHECK(reader.error() == ENOTDIR);
}

#if defined(__linux__)
TEST_CASE("of names it is heard when they come, when they are written and when they go", "[file][watch]") {
    Directory const directory;
    detail::Inotify notices;
    REQUIRE(notices.open());
    REQUIRE(notices.add(directory.path().c_str(), detail::Inotify::Interest::names, true) >= 0);
    auto const heard = [&] {
        bool const any = notices.wait(std::chrono::milliseconds(100));
        notices.take([](auto const&...) {});
        return any;
    };
    std::string const name = directory.path() + "/a";
    detail::Fd file = detail::open_at(AT_FDCWD, name.c_str(), O_CREAT | O_WRONLY, 0600);
    CHECK(heard());  // it may be a directory, in which a record is
    REQUIRE(::write(file.get(), "x", 1) == 1);
    CHECK(file.close() == 0);
    CHECK(heard());
    REQUIRE(::unlink(name.c_str()) == 0);
    CHECK(heard());
    CHECK_FALSE(heard());
}
#endif

TEST_CASE("a new file that came out as a standard descriptor is made once more", "[file]") {
    Directory const directory;
    std::string const name = directory.path() + "/a";
    CHECK(test::in_child([&] {
              detail::StandardDescriptors::known_closed = false;
              (void)::close(0);
              detail::Fd const file = detail::open_at(AT_FDCWD, name.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
              if (!file) return 1;
              return file.get() > 2 ? 0 : 2;
          }) == 0);
}

}  // namespace names_of_directories_test
