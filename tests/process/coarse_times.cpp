// A file system that knows whole seconds only (ext4 with inodes of 128 bytes): nothing that holds may hang on times.

#include <process/child.hpp>
#include <process/tree.hpp>

#include <holdfast/layer/cached.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/laws/objects.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace coarse_times_test {

using namespace holdfast;

class CoarseDisk {
public:
    CoarseDisk()
        : works_(shell("cd " + base_.path() + " && mkdir disk && truncate -s 64M image && mkfs.ext4 -q -F -I 128 image && "
                                              "mount -o loop image disk")) {}
    CoarseDisk(CoarseDisk const&) = delete;
    CoarseDisk& operator=(CoarseDisk const&) = delete;
    ~CoarseDisk() { (void)shell("umount -l " + path()); }

    std::string path() const { return base_.path() + "/disk"; }

    bool works() const {
        struct stat about {};
        return works_ && ::stat((path() + "/lost+found").c_str(), &about) == 0 && about.st_ctim.tv_nsec == 0;
    }

private:
    static bool shell(std::string const& command) {
        return std::system(("( " + command + " ) > /dev/null 2>&1").c_str()) == 0;
    }

    test::TemporaryDirectory base_{};
    bool works_;
};

constexpr char const* no_disk = "no rights to mount a file system that knows whole seconds only";

/// What is written many times in one second is always what is read, also by who has what was there before.
template <class Storage>
void sees_each(Storage writes, Storage reads) {
    StateStore<std::string, Storage, RawBytes> writer(std::move(writes));
    StateStore<std::string, Cached<Storage>, RawBytes> reader{Cached(std::move(reads))};
    REQUIRE(writer.create("k", "000"));
    auto before = writer.get("k").value();
    for (int i = 1; i < 300; ++i) {  // all of one length
        std::string const text = std::to_string(1000 + i).substr(1);
        auto const now = writer.update("k", [&](std::string& state) { state = text; });
        REQUIRE(now);
        REQUIRE(reader.get("k").value()->value() == text);
        REQUIRE(writer.replace(*before, "lost").error() == Errc::conflict);
        before = *now;
    }
}

TEST_CASE("whole seconds: a change is a change, whatever the times of the files say", "[file][process]") {
    CoarseDisk const disk;
    if (!disk.works()) SKIP(no_disk);
    std::string const path = disk.path() + "/s";
    SECTION("files") { sees_each(FileStorage<>::open(path).value(), FileStorage<>::open(path).value()); }
    SECTION("named bytes") { sees_each(test::open_tree(path).value(), test::open_tree(path).value()); }
}

TEST_CASE("whole seconds: the laws of object stores hold", "[file][process]") {
    CoarseDisk const disk;
    if (!disk.works()) SKIP(no_disk);
    auto objects = DirectoryObjects<Durability::none>::open(disk.path() + "/o").value();
    auto const findings = testing::check_objects(objects);
    CHECK(findings.text() == "");
}

TEST_CASE("whole seconds: eight processes increment through both doors, and nothing is lost", "[file][process]") {
    CoarseDisk const disk;
    if (!disk.works()) SKIP(no_disk);
    std::string const path = disk.path() + "/s";
    std::vector<test::Child> children;
    for (int i = 0; i < 8; ++i)
        children.emplace_back(
            std::vector<std::string>{test::child_program("race_child"), "tree://" + path, "count", "2", "100"});
    for (auto& child : children) {
        REQUIRE(child.finish().size() == 100);
        REQUIRE(child.succeeded());
    }
    StateStore<Bytes, FileStorage<>, RawBytes> store(FileStorage<>::open(path).value());
    int sum = 0;
    for (auto const& entry : store.entries("k")) {
        std::string const text(entry.value().value().view());  // {"n":400}
        sum += std::atoi(text.c_str() + text.find(':') + 1);
    }
    CHECK(sum == 800);
}

}  // namespace coarse_times_test
