// Calls that the system refuses while a storage is in use: nothing is lost, and it is said what helps.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <string>
#include <vector>

#include <grp.h>
#include <sys/stat.h>

namespace file_refused_test {

using namespace holdfast;
using file_test::applied;
using file_test::context;
using file_test::Directory;
using file_test::get;
using file_test::set;
using test::Refused;

constexpr int cannot = 77;

/// How a replacement ends while these calls are refused: 0 if with this error and the old record is there.
int replace(std::vector<Refused> const& refused, Errc expected) {
    Directory const directory;
    int const outcome = test::in_child([&] {
        auto storage = FileStorage<>::open(directory);
        if (!storage || !applied(set(*storage, RecordId("k"), "old"))) return 1;
        if (!test::refuse_calls(refused)) return cannot;
        auto const done = set(*storage, RecordId("k"), "new");
        if (done || done.error() != expected) return 2;
        return get(*storage, RecordId("k")) == "old" ? 0 : 3;
    });
    CHECK(file_test::count_files(directory.path() + "/.holdfast/temporary", "") == 0);
    return outcome;
}

TEST_CASE("file storage: bytes that the system does not take leave the old record", "[file]") {
    if (replace({{SYS_writev, ENOSPC}}, Errc::out_of_space) == cannot) SKIP("calls cannot be refused here: no seccomp");
    CHECK(replace({{SYS_writev, ENOSPC}}, Errc::out_of_space) == 0);
    CHECK(replace({{SYS_writev, EDQUOT}}, Errc::out_of_space) == 0);
    CHECK(replace({{SYS_writev, EFBIG}}, Errc::out_of_space) == 0);
    CHECK(replace({{SYS_writev, EIO}}, Errc::unavailable) == 0);
    CHECK(replace({{SYS_fsync, EIO}}, Errc::unavailable) == 0);
    CHECK(replace({{SYS_renameat, EBUSY}}, Errc::not_supported) == 0);
}

TEST_CASE("file storage: a creation that failed leaves nothing", "[file]") {
    Directory const directory;
    int const outcome = test::in_child([&] {
        auto storage = FileStorage<>::open(directory);
        if (!storage) return 1;
        if (!test::refuse_calls({{SYS_writev, ENOSPC}})) return cannot;
        RecordId const version("k", Slot::version, {1, {1, 1}});
        for (RecordId const& id : {RecordId("k"), version})
            if (auto const done = set(*storage, id, "new"); done || done.error() != Errc::out_of_space) return 2;
        return 0;
    });
    if (outcome == cannot) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
    CHECK(file_test::count_files(directory.path() + "/states", "") + file_test::count_files(directory.path() + "/versions", "") == 0);
}

TEST_CASE("file storage: where there are no locks nothing is written", "[file]") {
    if (replace({{SYS_writev, ENOSPC}}, Errc::out_of_space) == cannot) SKIP("calls cannot be refused here: no seccomp");
    CHECK(replace({{SYS_fcntl, ENOLCK}}, Errc::not_supported) == 0);
    CHECK(replace({{SYS_fcntl, EINVAL}, {SYS_flock, EOPNOTSUPP}}, Errc::not_supported) == 0);
}

TEST_CASE("file storage: a removal needs no sync where names are not synced", "[file]") {
    Directory const directory;
    int const outcome = test::in_child([&] {
        auto storage = FileStorage<>::open(directory);
        if (!storage || !applied(set(*storage, RecordId("k"), "old"))) return 1;
        if (!test::refuse_calls({{SYS_fsync, EINVAL}})) return cannot;
        // Such a file system keeps names by other means.
        if (!applied(storage->remove(context(), RecordId("k"), Precondition::none()))) return 2;
        return get(*storage, RecordId("k")) == "absent" ? 0 : 3;
    });
    if (outcome == cannot) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
}

TEST_CASE("file storage: a listing that cannot be read to its end is an error, not short", "[file]") {
    Directory const directory;
    int const outcome = test::in_child([&] {
        auto storage = FileStorage<>::open(directory);
        if (!storage || !applied(set(*storage, RecordId("k"), "v"))) return 1;
        if (!test::refuse_calls({{SYS_getdents64, EIO}})) return cannot;
        auto const page = storage->list(context(), {});
        return !page && page.error() == Errc::unavailable ? 0 : 2;
    });
    if (outcome == cannot) SKIP("calls cannot be refused here: no seccomp");
    CHECK(outcome == 0);
}

/// As a user who is not the superuser, for whom rights do not count.
template <class Body>
int as_user(std::string const& directory, Body&& body) {
    if (::geteuid() == 0 && ::chown(directory.c_str(), 12345, 12345) != 0) return 90;
    return test::in_child([&] {
        bool const root = ::geteuid() == 0;
        if (root && (::setgroups(0, nullptr) != 0 || ::setgid(12345) != 0 || ::setuid(12345) != 0)) return 91;
        return body();
    });
}

TEST_CASE("file storage: a umask that takes its owner's rights away, too", "[file]") {
    Directory const directory;
    CHECK(as_user(directory, [&] {
              ::umask(0777);
              auto storage = FileStorage<>::open(directory);
              if (!storage) return 1;
              RecordId const version("k", Slot::version, {1, {1, 1}});
              if (!applied(set(*storage, RecordId("k"), "v")) || !applied(set(*storage, version, "w"))) return 2;
              return get(*storage, RecordId("k")) == "v" && get(*storage, version) == "w" ? 0 : 3;
          }) == 0);
}

}  // namespace file_refused_test
