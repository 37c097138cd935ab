// Where lock files lie: how their directory is opened and whose it is.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace lock_directory_test {

using namespace holdfast;
namespace fs = std::filesystem;
using file_test::applied;
using file_test::Directory;

struct stat about(std::string const& path) {
    struct stat found {};
    REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found;
}

TEST_CASE("a directory of locks is not opened through a link, but below one", "[lock]") {
    Directory const directory;
    std::string const base = directory.path() + "/base", link = directory.path() + "/link";
    fs::create_directories(base + "/elsewhere");
    fs::create_directory_symlink(base, link);
    fs::create_directory_symlink(base + "/elsewhere", base + "/planted");
    fs::create_directory_symlink(base + "/nowhere", base + "/dangling");
    for (std::string const name : {"/planted", "/dangling"}) {
        auto const refused = LockDirectory::open(base + name);
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == Errc::malformed);
    }
    CHECK(fs::is_empty(base + "/elsewhere"));
    CHECK_FALSE(fs::exists(base + "/nowhere"));
    for (std::string const name : {"/locks", "/locks/", "//locks", "/locks/.", "/elsewhere/../locks"}) {
        auto const opened = LockDirectory::open(link + name);
        REQUIRE(opened);
        CHECK(opened->path() == base + "/locks");
        CHECK(opened->in_place());
    }
    CHECK_FALSE(LockDirectory::open(""));
}

TEST_CASE("a directory of locks is made like the file beside it", "[lock]") {
    Directory const directory;
    mode_t const before = ::umask(0277);
    CHECK(LockDirectory::open(directory.path() + "/plain"));
    ::umask(before);
    CHECK((about(directory.path() + "/plain").st_mode & 07777) == 0700);
    file_test::put(directory.path() + "/file", "");
    REQUIRE(::chmod((directory.path() + "/file").c_str(), 0664) == 0);
    if (::geteuid() == 0) REQUIRE(::chown((directory.path() + "/file").c_str(), 12345, 23456) == 0);
    CHECK(LockDirectory::open(directory.path() + "/shared", "file"));
    struct stat const made = about(directory.path() + "/shared"), file = about(directory.path() + "/file");
    CHECK((made.st_mode & 07777) == 02770);
    CHECK(made.st_uid == file.st_uid);
    CHECK(made.st_gid == file.st_gid);
}

TEST_CASE("a disk without room for another file: what is on it can be removed, also where locks were lost", "[lock]") {
    Directory const directory;
    int const outcome = test::in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "size=2m,nr_inodes=100") != 0)
            return 77;
        using Storage = FileStorage<SlotFirst, Durability::none>;
        std::string const root = directory.path() + "/s";
        auto const key = [](int i) { return Key::parse("k" + std::to_string(i)).value(); };
        constexpr int count = 12;
        {
            auto storage = Storage::open(root).value();
            for (int i = 0; i < count; ++i)
                if (!applied(file_test::set(storage, RecordId(key(i)), "v"))) return 1;
        }
        for (auto const& file : fs::directory_iterator(root + "/.holdfast"))
            if (file.path().filename().string().starts_with("shard-")) fs::remove(file.path());
        auto storage = Storage::open(root).value();
        int filled = 0;
        for (int fd; (fd = ::open((root + "/" + std::to_string(filled)).c_str(), O_CREAT | O_EXCL | O_RDWR, 0600)) >= 0;
             ++filled)
            ::close(fd);
        if (filled == 0 || file_test::set(storage, RecordId("another"), "v")) return 2;
        for (int i = 0; i < count; ++i)
            if (!applied(storage.remove(file_test::context(), RecordId(key(i)), Precondition::none()))) return 3;
        return 0;
    });
    if (outcome == 77) SKIP("nothing can be mounted here");
    CHECK(outcome == 0);
}

}  // namespace lock_directory_test
