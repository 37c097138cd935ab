// What kernels, file systems and filters do not have is found out by trying, and made do without.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <string>
#include <vector>

#include <grp.h>
#include <sys/stat.h>

namespace file_fallbacks_test {

using namespace holdfast;
using file_test::applied;
using file_test::conflicts;
using file_test::context;
using file_test::Directory;
using file_test::get;
using file_test::next;
using file_test::set;
using test::Refused;

constexpr int cannot = 77;

/// Opens, creates, refuses to create twice, replaces, lists, removes, and reads nothing through a link: 0, or the
/// number of what went wrong.
template <class Storage>
int life(std::string const& path) {
    auto storage = Storage::open(path);
    if (!storage) return 1;
    RecordId const ids[] = {RecordId("k"), RecordId("k", Slot::version, {1, {1, 1}})};
    for (RecordId const& id : ids) {
        if (!applied(storage->write(context(), id, next(nullptr, "k", "one"), Precondition::absent()))) return 2;
        if (!conflicts(storage->write(context(), id, next(nullptr, "k", "two"), Precondition::absent()))) return 3;
        if (get(*storage, id) != "one") return 4;
        if (!applied(set(*storage, id, "three")) || get(*storage, id) != "three") return 5;
    }
    auto const page = storage->list(context(), {});
    if (!page || page->records.size() != 1 || !page->unreadable.empty()) return 6;
    for (RecordId const& id : ids)
        if (!applied(storage->remove(context(), id, Precondition::none())) || get(*storage, id) != "absent") return 7;
    if (::symlink("/etc", (path + "/states/link").c_str()) != 0 ||
        get(*storage, RecordId("link")).find("symbolic") == std::string::npos)
        return 8;
    if (::symlink("/etc", (path + "/versions/link").c_str()) != 0) return 9;
    if (storage->read(context(), RecordId("link", Slot::version, {1, {1, 1}}))) return 9;
    return ::unlink((path + "/states/link").c_str()) == 0 ? 0 : 10;
}

int life_with(std::vector<Refused> const& refused) {
    Directory const directory;
    return test::in_child([&] {
        if (!test::refuse_calls(refused)) return cannot;
        if (int const wrong = life<FileStorage<SlotFirst, Durability::none>>(directory.path() + "/none"))
            return wrong;
        int const wrong = life<FileStorage<>>(directory.path() + "/full");
        return wrong == 0 ? 0 : 20 + wrong;
    });
}

TEST_CASE("file storage: a new file without RENAME_NOREPLACE, hard links, or both", "[file]") {
    if (life_with({{SYS_renameat2, EINVAL}}) == cannot) SKIP("calls cannot be refused here: no seccomp");
    for (int const no_flag : {EINVAL, ENOSYS, EPERM, EOPNOTSUPP})
        for (int const no_link : {0, EPERM, EOPNOTSUPP, ENOSYS, EMLINK}) {
            CAPTURE(no_flag, no_link);
            std::vector<Refused> refused{{SYS_renameat2, no_flag}};
            if (no_link != 0) refused.push_back({SYS_linkat, no_link});
            CHECK(life_with(refused) == 0);
        }
}

TEST_CASE("file storage: without openat2", "[file]") {
    if (life_with({}) == cannot) SKIP("calls cannot be refused here: no seccomp");
    CHECK(life_with({}) == 0);
    for (int const answer : {ENOSYS, EPERM}) CHECK(life_with({{SYS_openat2, answer}}) == 0);
}

TEST_CASE("file storage: without chmod and chown, as on file systems that have no rights", "[file]") {
    if (life_with({}) == cannot) SKIP("calls cannot be refused here: no seccomp");
    for (int const answer : {EPERM, ENOSYS, EOPNOTSUPP}) {
        std::vector<Refused> refused{
            {SYS_fchmod, answer}, {SYS_fchmodat, answer}, {SYS_fchown, answer}, {SYS_fchownat, answer}};
#if defined(SYS_chmod)
        refused.push_back({SYS_chmod, answer});
        refused.push_back({SYS_chown, answer});
#endif
        Directory const directory;
        auto const before = ::umask(027);
        CHECK(life_with(refused) == 0);
        ::umask(before);
    }
}

TEST_CASE("file storage: a file that its owner could not read is not put in place", "[file]") {
    Directory const directory;
    int const outcome = test::in_child([&] {
        auto storage = FileStorage<>::open(directory);
        if (!storage || !applied(set(*storage, RecordId("k"), "old"))) return 1;
        if (!test::refuse_calls({{SYS_fchmod, EPERM}})) return cannot;
        ::umask(0777);
        auto const written = set(*storage, RecordId("k"), "new");
        if (written || written.error() != Errc::permission_denied) return 2;
        return get(*storage, RecordId("k")) == "old" ? 0 : 3;
    });
    if (outcome == cannot) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
    CHECK(file_test::count_files(directory.path() + "/.holdfast/temporary", "") == 0);
}

TEST_CASE("file storage: a umask that is changed while it is open", "[file]") {
    Directory const directory;
    int const outcome = test::in_child([&] {
        ::umask(0);
        auto storage = FileStorage<>::open(directory.path() + "/s");
        if (!storage) return 1;
        for (mode_t const mask : {0777u, 0u, 0177u, 0022u, 0300u}) {
            ::umask(mask);
            Key const key = Key::parse("k" + std::to_string(mask)).value();
            if (!applied(set(*storage, RecordId(key), "one"))) return 2;
            if (!applied(set(*storage, RecordId(key), "two"))) return 3;
            if (!applied(set(*storage, RecordId(key, Slot::version, {1, {1, 1}}), "v"))) return 4;
        }
        return 0;
    });
    CHECK(outcome == 0);
    std::string const find = "test -z \"$(find '" + directory.path() + "/s' ";
    CHECK(std::system((find + "-type d ! -perm 0700)\"").c_str()) == 0);
    CHECK(std::system((find + "-type f ! -perm 0600)\"").c_str()) == 0);
}

TEST_CASE("file storage: the real user is never asked for the effective one", "[file]") {
    if (::geteuid() != 0) SKIP("only root can have another effective user");
    Directory const directory;
    REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
    std::string const place = directory.path() + "/theirs";
    REQUIRE(::mkdir(place.c_str(), 0700) == 0);
    REQUIRE(::chown(place.c_str(), 12345, 12345) == 0);
    // As of a program with the set-user-id bit: what the real user (2) may not even look at is the effective one's.
    CHECK(test::in_child([&] {
              if (::setgroups(0, nullptr) != 0 || ::setresgid(2, 12345, 12345) != 0 ||
                  ::setresuid(2, 12345, 12345) != 0)
                  return 50;
              return life<FileStorage<>>(place + "/s");
          }) == 0);
}

}  // namespace file_fallbacks_test
