#ifndef HOLDFAST_TESTS_UNIT_SUPPORT_README_HPP
#define HOLDFAST_TESTS_UNIT_SUPPORT_README_HPP

#include <source_directory.hpp>

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <sstream>
#include <string>

namespace holdfast_tests {

/// The README has this line: what it promises in a table is what a test has found.
inline void is_in_the_readme(std::string const& line) {
    static std::string const readme = [] {
        std::ifstream file(test::source_directory() / "README.md");
        return (std::stringstream() << file.rdbuf()).str();
    }();
    INFO(line);
    CHECK(readme.find(line + "\n") != readme.npos);
}

}  // namespace holdfast_tests

#endif
