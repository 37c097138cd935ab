#ifndef HOLDFAST_STORAGE_FILE_FILE_PLACE_HPP
#define HOLDFAST_STORAGE_FILE_FILE_PLACE_HPP

#include <holdfast/core/error.hpp>
#include <holdfast/core/record_id.hpp>
#include <holdfast/core/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// Where a record is: `area/directory/file` below the root.
struct FilePlace {
    static constexpr std::size_t kept = 1;  ///< the area stays when nothing is in it

    std::string path;
    std::size_t area_size, directory_size;

    FilePlace(std::string_view area, std::string_view key, std::string_view file) : area_size(area.size()) {
        path.reserve(area.size() + key.size() + file.size() + 2);
        path.append(area).append("/").append(key);
        directory_size = path.size();
        path.append("/").append(file);
    }

    std::string_view directory() const noexcept { return {path.data(), directory_size}; }
    std::string_view area() const noexcept { return {path.data(), area_size}; }
    std::string_view key() const noexcept { return directory().substr(area_size + 1); }
    std::string_view file() const noexcept { return std::string_view(path).substr(directory_size + 1); }

    /// Refuses what would lead out of the root, whatever the layout: each part is one plain name.
    Result<void> check(RecordId const& id) const {
        if (id.key.view().empty())
            return Error(Errc::invalid_argument, "the key is empty: was it moved from? Name a key of 1 to 1024 bytes");
        if (is_plain(area()) && is_plain(key()) && is_plain(file())) return {};
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

}  // namespace holdfast::detail

#endif
