#ifndef HOLDFAST_POSIX_MAKE_DIRECTORY_HPP
#define HOLDFAST_POSIX_MAKE_DIRECTORY_HPP

#include <holdfast/posix/rights.hpp>
#include <holdfast/process/fd.hpp>

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace holdfast::detail {

/// A directory that was made, or was there already, and was opened.
struct MadeDirectory {
    Fd fd{};
    bool made = false;
    int error = 0;  ///< the system's, if it could not be
};

/// Makes a directory with the rights that the one above it hands down, and opens it; if it is there, only that.
/// `store`: the rights of all that belongs together.
///
/// What is made is changed through its descriptor: by then its name may be somebody else's link.
inline MadeDirectory make_directory(int parent, char const* name, Rights const& above, Rights const& store) {
    MadeDirectory directory;
    auto const open = [&] {
        directory.fd = open_directory_at(parent, name);
        directory.error = directory.fd ? 0 : errno;
    };
    directory.made = ::mkdirat(parent, name, store.mode & 0770) == 0;
    if (!directory.made && errno != EEXIST) return {{}, false, errno};
    open();
    if (directory.made && directory.error == EACCES) {  // a umask that takes the owner's rights, too
        (void)::fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW);
        open();
    }
    if (directory.made && directory.error == 0) directory.error = Rights::inherit(directory.fd.get(), above, store);
    return directory;
}

}  // namespace holdfast::detail

#endif
