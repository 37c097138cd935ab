// In a directory that is everybody's, a stranger cannot say that the storage is shared.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <grp.h>
#include <sys/stat.h>

namespace file_strangers_group_test {

using namespace holdfast;
using file_test::applied;
using file_test::set;

TEST_CASE("file rights: a stranger's directory for the storage itself shares nothing in a root for everybody",
          "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    constexpr unsigned alice = 12345, bob = 12346, team = 23456;
    file_test::Directory const directory;
    REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
    std::string const root = directory.path() + "/s", own = root + "/.holdfast";
    for (unsigned const owner : {bob, 0u}) {
        CAPTURE(owner);
        REQUIRE(::mkdir(root.c_str(), 0777) == 0);
        REQUIRE(::chown(root.c_str(), 0, team) == 0);
        REQUIRE(::chmod(root.c_str(), 01777) == 0);
        REQUIRE(::mkdir(own.c_str(), 0700) == 0);
        REQUIRE(::chown(own.c_str(), owner, team) == 0);
        REQUIRE(::chmod(own.c_str(), 02770) == 0);
        CHECK(test::in_child([&] {
                  gid_t const groups[] = {team};
                  if (::setgroups(1, groups) != 0 || ::setgid(alice) != 0 || ::setuid(alice) != 0) return 50;
                  auto storage = FileStorage<SlotFirst, Durability::none>::open(root);
                  if (!storage) return 51;
                  return applied(set(*storage, RecordId("k"), "secret")) ? 0 : 1;
              }) == 0);
        struct stat record {}, key {};
        REQUIRE(::stat((root + "/states/k/current").c_str(), &record) == 0);
        REQUIRE(::stat((root + "/states/k").c_str(), &key) == 0);
        CHECK((record.st_mode & 0777) == (owner == bob ? 0600 : 0660));  // who owns the root may say so
        CHECK((key.st_mode & 0777) == (owner == bob ? 0700 : 0770));
        REQUIRE(std::system(("rm -r '" + root + "'").c_str()) == 0);
    }
}

}  // namespace file_strangers_group_test
