// Whose a lock file is that somebody makes beside a file of a group.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <holdfast/posix/lock_file.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <vector>

#include <grp.h>
#include <sys/stat.h>

namespace lock_files_group_test {

using namespace holdfast;
using detail::Fd;

constexpr unsigned maker = 12345, team = 23456;

TEST_CASE("lock files: they are of the group for which they are meant, or of none", "[lock]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    file_test::Directory const directory;
    REQUIRE(::chmod(directory.path().c_str(), 0777) == 0);
    std::string const model = directory.path() + "/db", made = directory.path() + "/db-turn";
    file_test::put(model, "");
    REQUIRE((::chown(model.c_str(), 0, team) == 0 && ::chmod(model.c_str(), 0660) == 0));
    bool const member = GENERATE(true, false);
    REQUIRE(test::in_child([&] {
                ::umask(077);
                gid_t const groups[] = {maker, team};
                if (::setgroups(member ? 2 : 1, groups) != 0 || ::setgid(maker) != 0 || ::setuid(maker) != 0) return 90;
                Fd const in = detail::open_directory_at(AT_FDCWD, directory.path().c_str());
                detail::LockFile file;
                return file.open(in.get(), "db-turn", "db") ? 0 : 1;
            }) == 0);
    struct stat about {};
    REQUIRE(::stat(made.c_str(), &about) == 0);
    CHECK(about.st_uid == maker);
    CHECK(about.st_gid == (member ? team : maker));
    CHECK((about.st_mode & 0777) == (member ? 0660 : 0600));
}

}  // namespace lock_files_group_test
