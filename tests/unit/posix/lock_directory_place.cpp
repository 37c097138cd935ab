// LockDirectory: which directory it is, and whether it is where it was.

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

#include <sys/stat.h>

namespace lock_directory_place_test {

using namespace holdfast;
namespace fs = std::filesystem;

TEST_CASE("a directory of locks has an identity of its own", "[lock]") {
    file_test::Directory const directory;
    std::string const a = directory.path() + "/a", b = directory.path() + "/b";
    LockDirectory const first = LockDirectory::open(a).value(), again = LockDirectory::open(a).value();
    LockDirectory const other = LockDirectory::open(b).value();
    CHECK(first.identity() == again.identity());
    CHECK(first.identity() != other.identity());
    fs::rename(a, directory.path() + "/moved");
    CHECK(LockDirectory::open(directory.path() + "/moved").value().identity() == first.identity());
    CHECK(LockDirectory::open(a).value().identity() != first.identity());
}

TEST_CASE("a directory of locks is in place as long as its name and its parent are its own", "[lock]") {
    file_test::Directory const directory;
    std::string const parent = directory.path() + "/parent", locks = parent + "/locks";
    fs::create_directory(parent);
    LockDirectory const opened = LockDirectory::open(locks).value();
    CHECK(opened.in_place());
    SECTION("renamed") {
        fs::rename(locks, parent + "/other");
        CHECK_FALSE(opened.in_place());
        fs::create_directory(locks);  // another in its place
        CHECK_FALSE(opened.in_place());
    }
    SECTION("a link to it in its place") {
        fs::rename(locks, parent + "/other");
        fs::create_directory_symlink(parent + "/other", locks);
        CHECK_FALSE(opened.in_place());
    }
    SECTION("moved under another parent, with its name") {
        fs::create_directory(directory.path() + "/elsewhere");
        fs::rename(locks, directory.path() + "/elsewhere/locks");
        CHECK_FALSE(opened.in_place());
    }
    SECTION("moved away and back") {
        fs::rename(locks, parent + "/other");
        fs::rename(parent + "/other", locks);
        CHECK(opened.in_place());
    }
}

TEST_CASE("a directory of locks is shared only by who may write the file beside it", "[lock]") {
    file_test::Directory const directory;
    auto const mode_beside = [&](std::string const& name, mode_t mode) {
        std::string const file = directory.path() + "/" + name;
        file_test::put(file, "");
        REQUIRE(::chmod(file.c_str(), mode) == 0);
        (void)LockDirectory::open(file + "-locks", name).value();
        struct stat about {};
        REQUIRE(::stat((file + "-locks").c_str(), &about) == 0);
        return about.st_mode & 07777;
    };
    CHECK(mode_beside("own", 0600) == 0700);
    CHECK(mode_beside("readable", 0640) == 0700);
    CHECK(mode_beside("of-a-group", 0660) == 02770);
}

}  // namespace lock_directory_place_test
