#ifndef HOLDFAST_STORAGE_FILE_FILE_PLACE_HPP
#define HOLDFAST_STORAGE_FILE_FILE_PLACE_HPP

#include <holdfast/storage/file/key_directory.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// Where a record is: `directory/[subdirectory/]file` below the root.
struct FilePlace {
    std::string path;
    std::size_t directory_size;
    char const* subdirectory;  ///< or null

    FilePlace(std::string directory, char const* below, std::string_view file)
        : path(std::move(directory)), directory_size(path.size()), subdirectory(below) {
        if (subdirectory != nullptr) path.append("/").append(subdirectory);
        path.append("/").append(file);
    }

    std::string_view directory() const noexcept { return {path.data(), directory_size}; }
    char const* file() const noexcept { return path.c_str() + path.rfind('/') + 1; }
};

/// The directories of a place, opened. Errors are numbers of the system, 0 for none.
class OpenPlace {
public:
    OpenPlace(int root, FilePlace const& place)
        : place_(place), outer_(root, std::string(place.directory())), inner_(-1, std::string()) {}

    int open() {
        int const error = outer_.open();
        return error != 0 || place_.subdirectory == nullptr ? error : below().open();
    }
    int open_or_make(bool sync) {
        int const error = outer_.open_or_make(sync);
        return error != 0 || place_.subdirectory == nullptr ? error : below().open_or_make(sync);
    }
    void remove_if_empty() const noexcept {
        if (place_.subdirectory != nullptr) inner_.remove_if_empty();
        outer_.remove_if_empty();
    }

    /// Where temporary files are made: few names are there, so they are found.
    int outer() const noexcept { return outer_.fd(); }
    /// Where the file itself is.
    int target() const noexcept { return place_.subdirectory != nullptr ? inner_.fd() : outer_.fd(); }

private:
    KeyDirectory& below() { return inner_ = KeyDirectory(outer_.fd(), place_.subdirectory); }

    FilePlace const& place_;
    KeyDirectory outer_, inner_;
};

}  // namespace holdfast::detail

#endif
