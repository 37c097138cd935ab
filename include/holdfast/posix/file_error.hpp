#ifndef HOLDFAST_POSIX_FILE_ERROR_HPP
#define HOLDFAST_POSIX_FILE_ERROR_HPP

#include <holdfast/posix/system_error.hpp>

#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

namespace holdfast::detail {

/// An `errno` about a path below a directory. The system has one number for a link and for a file in the place of a
/// directory: which it is, and where, is looked up.
inline Error file_error(int number, std::string_view operation, int directory, std::string const& path) {
    if (number != ENOTDIR && number != ELOOP) return system_error(number, operation, path);
    for (std::size_t end = 0; end != path.npos;) {
        end = path.find('/', end + 1);
        std::string const part = path.substr(0, end);
        struct stat about {};
        if (::fstatat(directory, part.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(about.st_mode)) continue;
        if (S_ISLNK(about.st_mode)) {
            bool const file = end == path.npos && number == ELOOP;
            return Error(Errc::malformed, file ? "a symbolic link stands where a file belongs, and none is followed "
                                                 "inside of a store: put the file itself there"
                                               : "a symbolic link stands where a directory belongs, and none is "
                                                 "followed inside of a store: put the directory itself there")
                .during(operation)
                .on(part)
                .from("errno " + std::to_string(number));
        }
        if (end != path.npos) return system_error(ENOTDIR, operation, part);
    }
    return system_error(number, operation, path);
}

}  // namespace holdfast::detail

#endif
