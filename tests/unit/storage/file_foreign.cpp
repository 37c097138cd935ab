// What others put into the directory of a store: links, pipes, the file system's own directory.

#include <unit/storage/file_fixture.hpp>
#include <unit/support/refused_calls.hpp>

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace file_foreign_test {

using namespace holdfast;
namespace fs = std::filesystem;
using file_test::applied;
using file_test::context;
using file_test::Directory;
using file_test::next;
using file_test::set;
using Storage = FileStorage<SlotFirst, Durability::none>;

TEST_CASE("file storage: no slot is listed through a link in place of a key's directory", "[file]") {
    Directory const directory;
    std::string const root = directory.path() + "/s", outside = directory.path() + "/outside";
    auto storage = Storage::open(root).value();
    REQUIRE(applied(set(storage, RecordId("b"), "v")));
    fs::create_directories(outside);
    std::string const version = to_string(VersionId{1, {1, 1}});
    for (std::string const& file : {std::string("current"), std::string("lock"), std::string("retention"), version})
        fs::copy_file(root + "/states/b/current", outside + "/" + file);
    fs::remove_all(root + "/states/b");
    for (char const* const area : {"states", "locks", "retention", "versions"}) {
        fs::create_directories(root + "/" + area);
        fs::create_directory_symlink(outside, root + "/" + area + "/b");
    }
    for (Slot const slot : {Slot::current, Slot::lock, Slot::retention, Slot::version}) {
        CAPTURE(slot);
        auto const page = storage.list(context(), {.slot = slot}).value();
        CHECK(page.records.empty());
        REQUIRE(page.unreadable.size() == 1);
        CHECK(page.unreadable[0].message().find("symbolic link") != std::string_view::npos);
    }
}

TEST_CASE("file storage: pipes in place of lock files hold nobody up", "[file]") {
    Directory const directory;
    StateStore<std::string, Storage, FileLock, RawBytes> store(Storage::open(directory).value());
    std::string const own = directory.path() + "/.holdfast/";
    REQUIRE(::mkfifo((own + "k.lock").c_str(), 0600) == 0);
    CHECK(test::in_child([&] {
              ::alarm(10);  // ends the child, if it hangs
              (void)store.holder("k");
              (void)Storage::open(directory);
              return 0;
          }) == 0);
}

TEST_CASE("file storage: a key's directory that cannot be looked at is named, and hides no other", "[file]") {
    if (::geteuid() != 0) SKIP("only root can be somebody else");
    Directory const directory;
    REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
    std::string const root = directory.path() + "/s";
    auto storage = Storage::open(root).value();
    for (KeyView const key : {KeyView("closed"), KeyView("open")}) REQUIRE(applied(set(storage, RecordId(key), "v")));
    for (char const* const path : {"", "/holdfast.json", "/states", "/states/open"})
        REQUIRE(::chmod((root + path).c_str(), 0755) == 0);
    CHECK(test::in_child([&] {
              if (::setgroups(0, nullptr) != 0 || ::setgid(12345) != 0 || ::setuid(12345) != 0) return 50;
              auto there = Storage::open(root, {.read_only = true});
              auto const page = there ? there->list(context(), {}) : there.error();
              return page && page->unreadable.size() == 1 && page->records.size() == 1 ? 0 : 51;
          }) == 0);
}

TEST_CASE("file storage: a file system's lost+found is nobody's key", "[file]") {
    Directory const directory;
    int const outcome = test::in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "size=1m,mode=0755") != 0)
            return 77;
        std::string const own = directory.path() + "/lost+found";
        if (::mkdir(own.c_str(), 0700) != 0) return 1;
        auto storage = Storage::open(directory).value();
        auto const page = storage.list(context(), {});
        if (!page || !page->records.empty() || !page->unreadable.empty()) return 2;
        if (!applied(set(storage, RecordId("lost+found"), "v"))) return 3;
        return fs::is_directory(own) && fs::is_empty(own) ? 0 : 4;
    });
    if (outcome == 77) SKIP("nothing can be mounted here");
    CHECK(outcome == 0);
}

/// Puts a file where it belongs when the write that is under way has compared, and draws its next id.
class Meddler final : public Environment {
public:
    Instant monotonic() override { return system().monotonic(); }
    Timestamp wall() override { return system().wall(); }
    void sleep(Duration duration) override { system().sleep(duration); }
    void random(void* out, std::size_t size) override {
        if (!place.empty()) file_test::put(std::exchange(place, {}), "foreign");
        system().random(out, size);
    }
    Writer who() override { return system().who(); }

    std::string place;
};

/// 0, or the number of what went wrong.
int meddled(std::string const& directory, std::vector<test::Refused> const& refused) {
    auto storage = Storage::open(directory).value();
    for (RecordId const& id : {RecordId("k"), RecordId("k", Slot::version, {1, {1, 1}})}) {
        if (!applied(set(storage, id, "v"))) return 1;
        if (!applied(storage.remove(context(), id, Precondition::none()))) return 3;
    }
    fs::create_directories(directory + "/versions/k");
    fs::create_directories(directory + "/states/k");
    if (!refused.empty() && !test::refuse_calls(refused)) return 77;
    for (RecordId const& id : {RecordId("k"), RecordId("k", Slot::version, {1, {1, 1}})}) {
        Meddler env;
        bool const version = id.slot == Slot::version;
        std::string const file = directory + (version ? "/versions/k/" + to_string(id.version) : "/states/k/current");
        env.place = file;
        auto const outcome = storage.write(Context(env), id, next(nullptr, "k", "mine"), Precondition::absent());
        if (!env.place.empty()) return 4;
        if (!file_test::conflicts(outcome)) return 5;
        if (file_test::contents(file) != "foreign") return 6;
    }
    return 0;
}

TEST_CASE("file storage: a file that comes after the look is not replaced by a creation", "[file]") {
    std::vector<test::Refused> const no_flag{{SYS_renameat2, EINVAL}};
    std::vector<test::Refused> const neither{{SYS_renameat2, EINVAL}, {SYS_linkat, EPERM}};
    for (auto const& refused : {std::vector<test::Refused>(), no_flag, neither}) {
        Directory const directory;
        int const outcome = test::in_child([&] { return meddled(directory, refused); });
        if (outcome == 77) SKIP("calls cannot be refused here: no seccomp");
        CAPTURE(refused.size());
        CHECK(outcome == 0);
    }
}

}  // namespace file_foreign_test
