// The removal of what is not there: an earlier removal may not have been synced, so the names are written anew.

#include <process/file_trace.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace file_absent_test {

TEST_CASE("file storage: the names around what is gone are changed before they are synced", "[file][process]") {
    if (!file_trace::strace_works()) SKIP("strace is not here or may not trace: the order cannot be seen");
    test::TemporaryDirectory const directory;
    auto const calls =
        file_trace::trace("full", directory.path() + "/root", {"create:other:1", "remove:k", "remove-version:k"});
    REQUIRE(calls.size() == 3);
    auto const last = [](std::vector<file_trace::SystemCall> const& all) {
        std::string text;
        bool opened = false;
        for (auto const& call : all) {
            opened = opened || call.name == "openat2";  // the look at the record
            bool const shown = call.name == "unlinkat" || call.name == "mkdirat" || call.name == "fsync";
            std::string const path = call.path.substr(call.path.find_last_of('/') + 1);
            if (opened && shown) text += call.name + "(" + path + ") ";
        }
        return text;
    };
    // Nothing is found; in the deepest directory that is there a name comes and goes.
    CHECK(last(calls[1]) == "mkdirat(states) unlinkat(states) fsync(states) unlinkat(states) ");
    CHECK(last(calls[2]) == "mkdirat(root) unlinkat(root) fsync(root) ");
}

}  // namespace file_absent_test
