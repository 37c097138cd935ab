#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace short_reads_test {

TEST_CASE("file storage: reads and writes that are cut short are not damage", "[file][process]") {
    for (std::string const most : {"7", "1000", "4096", "0"}) {
        CAPTURE(most);
        test::TemporaryDirectory const directory;
        test::Child child({test::child_program("short_reads_child"), most, directory.path() + "/s"});
        CHECK(child.finish() == "fine\n");
    }
}

}  // namespace short_reads_test
