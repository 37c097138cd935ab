// The mark of a new storage says that all above it is on disk: so that is synced before, then the mark and its name.

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

namespace mark_synced_test {

TEST_CASE("files: a new storage is synced with all above it, and then its mark", "[file][process]") {
    test::TemporaryDirectory const directory;
    test::Child child({"timeout", "60", test::child_program("mark_synced_child"), directory.path()});
    std::string const said = child.finish(), name = directory.path().substr(directory.path().rfind('/') + 1);
    // The mark of the layout, before anything can be named by it; then that all this is there, which is noted.
    CHECK_THAT(said, Catch::Matchers::StartsWith("mark root root above " + name + " "));
    CHECK_THAT(said, Catch::Matchers::EndsWith(" durability .holdfast "));
}

}  // namespace mark_synced_test
