// A process that ends in every way, and updates states while it does: each is saved, or an error says that it is not.

#include <process/child.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace exit_test {

test::Child start(test::TemporaryDirectory const& directory, std::string const& mode) {
    return test::Child({"env", "HOLDFAST_EXIT_DIRECTORY=" + directory.path(), "HOLDFAST_EXIT_MODE=" + mode,
                        test::child_program("exit_child")});
}

std::vector<std::string> lines_of(std::string const& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// How often the thread that never ends was told that its update was made.
std::int64_t acknowledged(test::TemporaryDirectory const& directory) {
    std::int64_t n = 0;
    int const file = ::open((directory.path() + "/acknowledged").c_str(), O_RDONLY | O_CLOEXEC);
    if (file >= 0 && ::read(file, &n, sizeof n) != sizeof n) n = 0;
    if (file >= 0) ::close(file);
    return n;
}

TEST_CASE("An update at any point of the life of a process is saved or an error") {
    struct Ending {
        char const* mode;
        std::set<std::string> points;  // at which it updates
    };
    std::set<std::string> const always = {"global", "thread_local_of_main", "atexit_early", "atexit_before_all"};
    std::set<std::string> const threads = {"thread", "thread_local_of_thread", "key_used_before", "key_first_use",
                                           "main"};
    auto const together = [](std::set<std::string> all, std::set<std::string> const& more) {
        all.insert(more.begin(), more.end());
        return all;
    };
    auto const late = together(together(always, threads), {"thread_at_exit", "atexit_late"});
    auto as_thread = late;
    as_thread.erase("thread_local_of_main");
    auto const ending = GENERATE_COPY(
        Ending{"used", together(late, {"before_main"})}, Ending{"unused", always},
        Ending{"quick", together(threads, {"before_main", "quick_exit"})},
        Ending{"cleanup", together(late, {"after_cleanup"})}, Ending{"thread", as_thread});
    CAPTURE(ending.mode);
    test::TemporaryDirectory const directory;
    auto child = start(directory, ending.mode);
    auto const told = lines_of(child.finish());
    CAPTURE(child.text());
    REQUIRE(child.succeeded());

    std::set<std::string> saved, points;
    for (auto const& line : told) {
        CAPTURE(line);
        auto const place = line.substr(0, line.rfind(' ')), fate = line.substr(line.rfind(' ') + 1);
        auto const point = place.substr(0, place.find(' ')), composition = place.substr(place.find(' ') + 1);
        points.insert(point);
        if (fate == "saved" && composition != "memory") saved.insert(place);
        // OpenSSL is taken down before others end. All else is there to the end.
        bool const without_openssl = composition == "encrypted" && fate == "unavailable";
        REQUIRE((fate == "saved" || without_openssl));
    }
    REQUIRE(points == ending.points);
    REQUIRE(told.size() == 6 * points.size());

    auto later = start(directory, "read");
    std::set<std::string> found;
    std::int64_t detached = 0;
    for (auto const& line : lines_of(later.finish())) {
        CAPTURE(line);
        if (line.starts_with("detached compressed ")) detached = std::stoll(line.substr(line.rfind(' ')));
        if (line.starts_with("detached ")) continue;
        REQUIRE(line.ends_with(" 1 whole"));
        found.insert(line.substr(0, line.size() - std::string(" 1 whole").size()));
    }
    REQUIRE(later.succeeded());
    REQUIRE(found == saved);
    auto const known = acknowledged(directory);
    REQUIRE((detached == known || detached == known + 1));
}

}  // namespace exit_test
