// A disk that reports a failure may have done what was asked for: what is said afterwards is what can be seen.

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace done_all_the_same_test {

std::string run(std::string const& call, std::string const& when) {
    test::TemporaryDirectory const directory;
    test::Child child({"timeout", "60", test::child_program("done_all_the_same_child"), call, when, directory.path()});
    std::string said = child.finish();
    CHECK(child.succeeded());
    CHECK(std::system(("test -z \"$(find '" + directory.path() + "' -path '*/temporary/*')\"").c_str()) == 0);
    return said;
}

TEST_CASE("files: a call that failed and was done all the same is in doubt, one that was not is an error",
          "[file][process]") {
    CHECK(run("create", "after") == "unknown new");
    CHECK(run("update", "after") == "unknown new");
    CHECK(run("remove", "after") == "unknown absent");
    CHECK(run("create", "instead") == "unavailable absent");
    CHECK(run("update", "instead") == "unavailable old");
    CHECK(run("remove", "instead") == "unavailable old");
}

}  // namespace done_all_the_same_test
