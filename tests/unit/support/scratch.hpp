#ifndef HOLDFAST_TESTS_UNIT_SUPPORT_SCRATCH_HPP
#define HOLDFAST_TESTS_UNIT_SUPPORT_SCRATCH_HPP

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace holdfast_tests {

/// A directory that goes when the test does.
class Scratch {
public:
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "holdfast-scratch-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~Scratch() { std::filesystem::remove_all(path_); }
    Scratch(Scratch const&) = delete;
    Scratch& operator=(Scratch const&) = delete;
    std::string operator/(std::string const& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace holdfast_tests

#endif
