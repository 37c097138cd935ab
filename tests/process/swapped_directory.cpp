// The directory of a key is replaced by a link in the middle of a call: nothing outside of the store is changed.

#include <process/child.hpp>
#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <map>
#include <string>

namespace swapped_directory_test {

namespace fs = std::filesystem;

std::map<std::string, std::string> files(std::string const& directory) {
    std::map<std::string, std::string> found;
    for (auto const& entry : fs::recursive_directory_iterator(directory))
        if (entry.is_regular_file())
            found[entry.path().string().substr(directory.size())] = file_test::contents(entry.path().string());
    return found;
}

TEST_CASE("file storage: no last step of a call goes through a link that was put there meanwhile", "[file][process]") {
    for (std::string const durability : {"none", "data", "full"})
        for (std::string const call : {"write", "write-version", "remove", "remove-version"}) {
            CAPTURE(durability, call);
            test::TemporaryDirectory const directory;
            std::string const root = directory.path() + "/s", outside = directory.path() + "/outside";
            test::Child child({"timeout", "20", test::child_program("swapped_directory_child"), durability, call, root,
                               outside});
            CHECK(child.finish() == "applied\n");
            CHECK(child.succeeded());
            std::string const area = call.ends_with("version") ? "/versions" : "/states";
            REQUIRE(fs::is_symlink(root + area + "/k"));
            std::string const file = call.ends_with("version") ? "/0000000000000001-" : "/current";
            auto const copied = files(outside);
            REQUIRE(copied.size() == 1);
            CHECK(copied.begin()->first.starts_with(file));
            CHECK(copied.begin()->second.find("secret") == std::string::npos);
            auto const written = files(root + area + "/k-away");
            REQUIRE(written.size() == (call.starts_with("write") ? 1 : 0));
            if (!written.empty()) CHECK(written.begin()->second.find("secret") != std::string::npos);
        }
}

}  // namespace swapped_directory_test
