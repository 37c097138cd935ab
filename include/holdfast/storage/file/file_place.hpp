#ifndef HOLDFAST_STORAGE_FILE_FILE_PLACE_HPP
#define HOLDFAST_STORAGE_FILE_FILE_PLACE_HPP

#include <holdfast/core/error.hpp>
#include <holdfast/core/record_id.hpp>
#include <holdfast/storage/file/key_directory.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

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

    /// Refuses what would lead out of the root, whatever the layout: each part is one plain name.
    Result<void> check(RecordId const& id) const {
        if (id.key.view().empty())
            return Error(Errc::invalid_argument, "the key is empty: was it moved from? Name a key of 1 to 1024 bytes");
        std::string_view const name = directory(), rest = std::string_view(path).substr(directory_size + 1);
        std::string_view const within = subdirectory != nullptr ? std::string_view(subdirectory) : std::string_view();
        std::string_view const last = within.empty() ? rest : rest.substr(within.size() + 1);
        if (is_plain(name) && is_plain(last) && (subdirectory == nullptr || is_plain(within))) return {};
        return Error(Errc::invalid_argument, "the layout makes '" + path +
                                                 "' of this key, which is not one name for each part: correct the "
                                                 "layout; nothing was read or written");
    }

private:
    static bool is_plain(std::string_view name) noexcept {
        return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos &&
               name.find('\0') == name.npos;
    }
};

/// Whether a directory is the one that many file systems have in their root, and keep to themselves: the superuser's,
/// in such a root or in a store that is not his, where what he makes is its owner's.
inline bool is_of_file_system(int root, std::string_view directory) noexcept {
    constexpr char const* name = "lost+found";
    struct stat there {
    }, here{}, above{};
    return directory == name && ::fstatat(root, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_uid == 0 &&
           ::fstat(root, &here) == 0 && ::fstatat(root, "..", &above, 0) == 0 &&
           (here.st_uid != 0 || above.st_dev != here.st_dev || above.st_ino == here.st_ino);
}

/// The directories of a place, opened. Errors are numbers of the system, 0 for none.
class OpenPlace {
public:
    OpenPlace(int root, FilePlace const& place)
        : place_(place), outer_(root, std::string(place.directory())), inner_(-1, std::string()) {}

    int open() {
        int const error = outer_.open();
        return error != 0 || place_.subdirectory == nullptr ? error : below().open();
    }
    int open_or_make(bool sync, Rights const& store) {
        int error = outer_.open_or_make(sync, store, store);
        if (error != 0 || place_.subdirectory == nullptr) return error;
        Rights above;
        error = read_owner(above, store);
        return error != 0 ? error : below().open_or_make(sync, above, store);
    }
    /// Whose the files will be that are made here. 0 or the error number.
    int read_owner(Rights& out, Rights const& store) const {
        if (outer_.made()) return out = store, 0;
        return out.read_owner(outer());
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
