// Whose the files and directories are that are made inside of others that are there already.

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

#include <sys/stat.h>
#include <sys/xattr.h>

namespace file_rights_kept_test {

using namespace holdfast;
using file_test::applied;
using file_test::set;
using Storage = FileStorage<SlotFirst, Durability::none>;

constexpr unsigned alice = 12345, bob = 12346, team = 23456;

struct stat about(std::string const& path) {
    struct stat result {};
    REQUIRE(::stat(path.c_str(), &result) == 0);
    return result;
}

TEST_CASE("file rights: what the superuser makes in the directory of a key is of whom that directory is", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    file_test::Directory const directory;
    std::string const root = directory.path() + "/s";
    REQUIRE((::mkdir(root.c_str(), 0700) == 0 && ::chown(root.c_str(), alice, alice) == 0));
    auto storage = Storage::open(root).value();
    REQUIRE(applied(set(storage, RecordId("k"), "v")));
    REQUIRE(::chown((root + "/states/k").c_str(), bob, bob) == 0);
    REQUIRE(applied(storage.remove(file_test::context(), RecordId("k"), Precondition::none())));
    REQUIRE((::mkdir((root + "/states/k").c_str(), 0700) == 0 && ::chown((root + "/states/k").c_str(), bob, bob) == 0));
    file_test::put(root + "/states/k/others", "");
    REQUIRE(applied(set(storage, RecordId("k"), "v")));
    CHECK(about(root + "/states/k/current").st_uid == bob);
    REQUIRE(applied(set(storage, RecordId("other"), "v")));
    CHECK(about(root + "/states/other/current").st_uid == alice);
}

TEST_CASE("file rights: new directories hand their group on, also where their parents do not", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    file_test::Directory const directory;
    std::string const root = directory.path() + "/s";
    REQUIRE((::mkdir(root.c_str(), 0700) == 0 && ::chown(root.c_str(), 0, team) == 0 &&
             ::chmod(root.c_str(), 02770) == 0));
    auto storage = Storage::open(root).value();
    REQUIRE(::chmod(root.c_str(), 0770) == 0);
    REQUIRE(applied(set(storage, RecordId("k", Slot::version, {1, {1, 1}}), "v")));
    for (auto const* const made : {"/versions", "/versions/k"}) {
        CHECK((about(root + made).st_mode & 07777) == 02770);
        CHECK(about(root + made).st_gid == team);
    }
}

/// As the kernel has it: version 2, then tag, rights, id of each entry.
std::string list_of_directory() {
    std::string text("\2\0\0\0", 4);
    auto const entry = [&](unsigned tag, unsigned rights, unsigned id) {
        for (unsigned const part : {tag & 255, tag >> 8, rights, 0u}) text.push_back(static_cast<char>(part));
        for (int shift = 0; shift < 32; shift += 8) text.push_back(static_cast<char>(id >> shift & 255));
    };
    constexpr unsigned nobody = 0xffffffff;
    entry(1, 7, nobody);   // user::rwx
    entry(2, 7, alice);    // user:12345:rwx
    entry(4, 0, nobody);   // group::---
    entry(16, 7, nobody);  // mask::rwx
    entry(32, 0, nobody);  // other::---
    return text;
}

TEST_CASE("file rights: what a list gives to others is not given to the group of a storage", "[file]") {
    file_test::Directory const directory;
    auto storage = Storage::open(directory.path()).value();
    std::string const list = list_of_directory();
    for (std::string const& path : {directory.path(), directory.path() + "/.holdfast"}) {
        if (::setxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0)
            SKIP("this file system has no access lists");
        REQUIRE((about(path).st_mode & 0777) == 0770);  // the mask
    }
    auto again = Storage::open(directory.path()).value();
    REQUIRE(applied(set(again, RecordId("k"), "v")));
    CHECK((about(directory.path() + "/states/k").st_mode & 0777) == 0700);
    CHECK((about(directory.path() + "/states/k/current").st_mode & 0777) == 0600);
}

}  // namespace file_rights_kept_test
