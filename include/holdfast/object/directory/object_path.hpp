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

/// Whether a name in a directory is a tree's own, and no object's: of this tree, or of another that is inside of it. Also
/// where a file system would take it for that because it ignores case.
inline bool is_own_name(std::string_view part) noexcept {
    constexpr std::string_view own = Root::own_directory;
    if (part.size() < own.size()) return false;
    for (std::size_t i = 0; i < own.size(); ++i)
        if ((part[i] >= 'A' && part[i] <= 'Z' ? static_cast<char>(part[i] - 'A' + 'a') : part[i]) != own[i]) return false;
    return part.size() == own.size() || part[own.size()] == '-';
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

/// A directory in which there are directories at most, as killed writers leave them: in a bucket there is nothing then.
class EmptyTree {
public:
    /// Whether it is one. A link is none, nor is what holds a root.
    static bool is(int directory, char const* name) { return walk(directory, name, false); }
    /// Removes one. Whether it is gone; whoever puts something there meanwhile keeps it.
    static bool remove(int directory, char const* name) { return walk(directory, name, true); }

private:
    static bool walk(int directory, char const* name, bool remove) {
        if (remove && (::unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT)) return true;
        Fd const fd = open_directory_at(directory, name);
        if (!fd) return errno == ENOENT;
        DirectoryReader names(fd.get(), 4096);
        while (auto const inside = names.next())
            if (is_own_name(inside->text) || !walk(fd.get(), std::string(inside->text).c_str(), remove)) return false;
        if (names.error() != 0) return false;
        return !remove || ::unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
    }
};

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
