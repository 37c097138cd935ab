#ifndef HOLDFAST_TESTS_UNIT_SUPPORT_README_HPP
#define HOLDFAST_TESTS_UNIT_SUPPORT_README_HPP

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace holdfast_tests {

/// The README has this line: what it promises in a table is what a test has found.
inline void is_in_the_readme(std::string const& line) {
    static std::string const readme = [] {
        std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../../../README.md");
        return (std::stringstream() << file.rdbuf()).str();
    }();
    INFO(line);
    CHECK(readme.find(line + "\n") != readme.npos);
}

}  // namespace holdfast_tests

#endif
