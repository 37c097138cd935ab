// The directory of an open storage is moved, replaced, removed, or hidden by chroot.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace file_moved_test {

using namespace holdfast;
namespace fs = std::filesystem;
using file_test::applied;
using file_test::context;
using file_test::Directory;
using file_test::get;
using file_test::set;
using Storage = FileStorage<SlotFirst, Durability::none>;

struct Opened {
    Directory directory;
    std::string path = directory.path() + "/s";
    Storage storage = Storage::open(path).value();

    Opened() { REQUIRE(applied(set(storage, RecordId("k"), "old"))); }

    /// The next write and the next removal are errors, and the record is as it was.
    void refuses(std::string_view why) {
        CAPTURE(why);
        for (bool const removes : {false, true}) {
            auto const base = storage.read(context(), RecordId("k"));
            auto const outcome = removes ? storage.remove(context(), RecordId("k"), Precondition::none())
                                         : storage.write(context(), RecordId("k"), file_test::next(nullptr, "k", "x"),
                                                         Precondition::none());
            REQUIRE_FALSE(outcome);
            CHECK(outcome.error() == Errc::not_found);
            CHECK(outcome.error().message().find(why) != std::string_view::npos);
            CHECK(outcome.error().message().find("nothing was written") != std::string_view::npos);
        }
    }
};

TEST_CASE("file storage: moved away, and another put in its place", "[file]") {
    Opened opened;
    fs::rename(opened.path, opened.path + "2");
    opened.refuses("was moved away: put it back");
    auto fresh = Storage::open(opened.path).value();
    opened.refuses("another stands in its place");
    CHECK(get(opened.storage, RecordId("k")) == "old");
    CHECK(get(fresh, RecordId("k")) == "absent");
    CHECK(applied(set(fresh, RecordId("k"), "new")));

    fs::rename(opened.path, opened.path + "3");
    fs::rename(opened.path + "2", opened.path);  // back again: as if nothing had been
    CHECK(applied(set(opened.storage, RecordId("k"), "again")));
    CHECK(get(opened.storage, RecordId("k")) == "again");
}

TEST_CASE("file storage: a parent of it is moved, and another put in its place", "[file]") {
    Directory const directory;
    std::string const parent = directory.path() + "/p";
    auto storage = Storage::open(parent + "/q/s").value();
    REQUIRE(applied(set(storage, RecordId("k"), "old")));
    fs::rename(parent, parent + "2");
    auto fresh = Storage::open(parent + "/q/s").value();
    CHECK(set(storage, RecordId("k"), "lost").error() == Errc::not_found);
    CHECK(get(storage, RecordId("k")) == "old");
    CHECK(get(fresh, RecordId("k")) == "absent");
}

TEST_CASE("file storage: a link on its path is changed", "[file]") {
    Directory const directory;
    std::string const link = directory.path() + "/current";
    fs::create_directory_symlink(directory.path() + "/one", link);
    fs::create_directory(directory.path() + "/one");
    fs::create_directory(directory.path() + "/two");
    auto storage = Storage::open(link).value();
    REQUIRE(applied(set(storage, RecordId("k"), "old")));
    fs::remove(link);
    fs::create_directory_symlink(directory.path() + "/two", link);
    CHECK(set(storage, RecordId("k"), "lost").error() == Errc::not_found);
    CHECK(get(storage, RecordId("k")) == "old");
}

TEST_CASE("file storage: removed, and made again", "[file]") {
    Opened opened;
    fs::remove_all(opened.path);
    opened.refuses("was removed");
    fs::create_directory(opened.path);
    opened.refuses("another stands in its place");
    auto again = Storage::open(opened.path).value();
    CHECK(applied(set(again, RecordId("k"), "new")));
}

TEST_CASE("file storage: opened by a relative path, from where the program goes away", "[file]") {
    Directory const directory;
    CHECK(test::in_child([&] {
              fs::current_path(directory.path());
              auto storage = Storage::open("s");
              if (!storage) return 1;
              fs::current_path("/");
              if (!applied(set(*storage, RecordId("k"), "x"))) return 2;
              fs::rename(directory.path() + "/s", directory.path() + "/t");
              return set(*storage, RecordId("k"), "y").error() == Errc::not_found ? 0 : 3;
          }) == 0);
}

TEST_CASE("file storage: opened by a descriptor that is closed afterwards", "[file]") {
    Directory const directory;
    int const fd = ::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    auto storage = Storage::open("/proc/self/fd/" + std::to_string(fd));
    ::close(fd);
    REQUIRE(storage);
    CHECK(applied(set(*storage, RecordId("k"), "x")));
}

TEST_CASE("file storage: after chroot it is used by its descriptor", "[file]") {
    if (::geteuid() != 0) SKIP("only root may change the root");
    Opened opened;
    fs::create_directories(opened.directory.path() + "/jail" + opened.path);  // another at the same path
    CHECK(test::in_child([&] {
              if (::chroot((opened.directory.path() + "/jail").c_str()) != 0 || ::chdir("/") != 0) return 1;
              if (!applied(set(opened.storage, RecordId("k"), "from the jail"))) return 2;
              if (!applied(set(opened.storage, RecordId("new"), "x"))) return 3;
              auto const page = opened.storage.list(context(), {});
              return page && page->records.size() == 2 ? 0 : 4;
          }) == 0);
    CHECK(get(opened.storage, RecordId("k")) == "from the jail");
}

TEST_CASE("file storage: a bind mount is the same directory; one inside of it is explained", "[file]") {
    if (::geteuid() != 0) SKIP("only root may mount");
    Opened opened;
    std::string const record = opened.path + "/states/k/current", elsewhere = opened.directory.path() + "/elsewhere";
    fs::create_directory(elsewhere);
    REQUIRE(applied(set(opened.storage, RecordId("m"), "x")));
    int const outcome = test::in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount(opened.path.c_str(), elsewhere.c_str(), nullptr, MS_BIND, nullptr) != 0)
            return 77;
        auto same = Storage::open(elsewhere);
        if (!same || !applied(set(*same, RecordId("m"), "y")) || get(opened.storage, RecordId("m")) != "y") return 1;
        if (!applied(set(opened.storage, RecordId("m"), "z")) || get(*same, RecordId("m")) != "z") return 2;
        if (::mount(record.c_str(), record.c_str(), nullptr, MS_BIND, nullptr) != 0) return 77;
        auto const written = set(opened.storage, RecordId("k"), "new");
        if (written || written.error() != Errc::not_supported) return 3;
        return written.error().message().find("mounted inside of the store") != std::string_view::npos ? 0 : 4;
    });
    if (outcome == 77) SKIP("mounts cannot be made here");
    CHECK(outcome == 0);
    CHECK(get(opened.storage, RecordId("k")) == "old");
}

}  // namespace file_moved_test
