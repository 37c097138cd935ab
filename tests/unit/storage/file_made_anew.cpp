// What a killed writer left is made anew where a sync decides, for its sync may have failed.

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

#include <fcntl.h>
#include <sys/stat.h>

namespace file_made_anew_test {

using namespace holdfast;
using file_test::applied;
using file_test::Directory;

/// A directory that stays open, so that its number is nobody else's.
class Left {
public:
    explicit Left(std::string path) : path_(std::move(path)) {
        REQUIRE(::mkdir(path_.c_str(), 0700) == 0);
        fd_ = detail::Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        REQUIRE(fd_);
    }
    bool stands() const {
        struct stat now {}, then {};
        REQUIRE(::stat(path_.c_str(), &now) == 0);
        REQUIRE(::fstat(fd_.get(), &then) == 0);
        return now.st_ino == then.st_ino;
    }

private:
    std::string path_;
    detail::Fd fd_;
};

template <Durability D>
void made_anew(bool expected) {
    Directory const directory;
    auto storage = FileStorage<SlotFirst, D>::open(directory.path() + "/s").value();
    std::string const root = directory.path() + "/s/";
    RecordId const version("versioned", Slot::version, {1, {1, 1}});
    Left const states(root + "states"), empty(root + "states/empty"), passed(root + "states/passed");
    Left const versions(root + "versions");  // with nothing in it
    REQUIRE(::mkdir((root + "states/passed/.holdfast-left").c_str(), 0700) == 0);
    REQUIRE(applied(file_test::set(storage, RecordId("empty"), "v")));
    REQUIRE(applied(file_test::set(storage, RecordId("passed"), "v")));
    REQUIRE(applied(file_test::set(storage, version, "v")));
    CHECK(empty.stands() != expected);
    CHECK(passed.stands() != expected);
    CHECK(states.stands());  // what is in it came after its sync
    CHECK(versions.stands() != expected);
    CHECK(file_test::get(storage, RecordId("empty")) == "v");
    CHECK(file_test::get(storage, version) == "v");
}

TEST_CASE("file storage: an empty directory is made anew before the first record is put into it", "[file]") {
    made_anew<Durability::full>(true);
    made_anew<Durability::data>(false);
    made_anew<Durability::none>(false);
}

}  // namespace file_made_anew_test
