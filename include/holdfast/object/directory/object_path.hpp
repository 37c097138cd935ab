#ifndef HOLDFAST_OBJECT_DIRECTORY_OBJECT_PATH_HPP
#define HOLDFAST_OBJECT_DIRECTORY_OBJECT_PATH_HPP

#include <holdfast/object/object_store.hpp>
#include <holdfast/posix/directory_reader.hpp>
#include <holdfast/posix/open_beneath.hpp>
#include <holdfast/posix/tree/branch.hpp>
#include <holdfast/posix/tree/root.hpp>

#include <string>
#include <string_view>

namespace holdfast::detail {

/// Whether a name in a directory is a tree's own, and no object's: of this tree, or of another that is inside of it.
inline bool is_own_name(std::string_view part) noexcept {
    return part.starts_with(passing_prefix) || part == Root::own_directory;
}

/// The path of an object below the root: its name, if a directory can have it. Errors: `invalid_argument`.
inline Result<std::string> object_path(std::string_view name) {
    if (auto fine = check_object_name(name); !fine) return std::move(fine).error();
    for (std::size_t at = 0; at <= name.size();) {
        std::size_t const slash = name.find('/', at), end = slash == name.npos ? name.size() : slash;
        std::string_view const part = name.substr(at, end - at);
        char const* const wrong = part.size() > 255              ? "has more than 255 bytes between two slashes"
                                  : is_own_name(part)          ? "is one that the directory keeps for itself"
                                                                 : nullptr;
        if (wrong != nullptr)
            return Error(Errc::invalid_argument, "a directory cannot hold an object whose name " + std::string(wrong) +
                                                     ": choose another, or use a bucket")
                .on(std::string(name.substr(0, 200)));
        at = end + 1;
    }
    return std::string(name);
}

/// Removes a directory in which there are directories at most, as killed writers leave them: in a bucket there is nothing
/// then. Whether it is gone; whoever puts something there meanwhile keeps it.
inline bool remove_empty_tree(int directory, char const* name) {
    if (::unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
    Fd const fd = open_directory_at(directory, name);
    DirectoryReader names(fd.get(), 4096);
    while (auto const inside = names.next())
        if (!remove_empty_tree(fd.get(), std::string(inside->text).c_str())) return false;
    return names.error() == 0 && (::unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

/// A directory cannot hold `a` beside `a/b`: says so where the system says something else.
inline Error object_error(Error error, int number, std::string const& path) {
    if (number != ENOTDIR && number != EISDIR && number != EEXIST && number != ENOTEMPTY) return error;
    return Error(Errc::invalid_argument,
                 "a directory cannot hold an object whose name is the beginning of another's before a slash: choose "
                 "another name, or use a bucket")
        .on(path)
        .from("errno " + std::to_string(number));
}

}  // namespace holdfast::detail

#endif
