#ifndef HOLDFAST_TESTS_BESIDE_HPP
#define HOLDFAST_TESTS_BESIDE_HPP

#include <filesystem>
#include <string>

namespace test {

/// The path of what lies beside the program that runs. Nothing compiled holds a path of the machine, so that a compiler
/// cache finds in one checkout what it has kept of another.
inline std::string beside(std::string const& name) {
    return std::filesystem::read_symlink("/proc/self/exe").replace_filename(name);
}

}  // namespace test

#endif
