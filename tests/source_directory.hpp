#ifndef HOLDFAST_TESTS_SOURCE_DIRECTORY_HPP
#define HOLDFAST_TESTS_SOURCE_DIRECTORY_HPP

#include <beside.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace test {

/// Where the sources are, for tests that read them: CMake has written it beside the programs. Whoever builds one by
/// hand says it in HOLDFAST_SOURCE_DIRECTORY.
inline std::filesystem::path source_directory() {
    std::string directory;
    if (char const* const said = std::getenv("HOLDFAST_SOURCE_DIRECTORY")) directory = said;
    else std::getline(std::ifstream(beside("source_directory")), directory);
    if (!std::filesystem::exists(directory + "/include/holdfast"))
        throw std::runtime_error("no sources of holdfast are in '" + directory + "'; say HOLDFAST_SOURCE_DIRECTORY");
    return directory;
}

}  // namespace test

#endif
