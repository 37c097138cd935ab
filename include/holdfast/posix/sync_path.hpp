#ifndef HOLDFAST_POSIX_SYNC_PATH_HPP
#define HOLDFAST_POSIX_SYNC_PATH_HPP

#include <holdfast/posix/sync.hpp>
#include <holdfast/posix/system_error.hpp>

#include <string_view>

#include <sys/stat.h>

namespace holdfast::detail {

/// Syncs the file system that a directory is on, with all that others have written there: 0 or the error number. Where
/// that cannot be asked for (it is Linux's) it is begun, and only the directory is waited for.
inline int sync_file_system(int directory) noexcept {
#if defined(__linux__)
    return ::syncfs(directory) == 0 ? 0 : errno;
#else
    return ::sync(), sync_directory(directory);
#endif
}

/// Makes durable that a directory is where it is: syncs it and all above it, up to the mount point. 0 or the error
/// number. Cost: 3 system calls and 1 fsync each; where a parent may be passed but not read, one `syncfs` instead of
/// the others.
inline int sync_path(int directory) {
    if (int const error = sync_directory(directory); error != 0) return error;
    struct stat below {};
    if (::fstat(directory, &below) != 0) return errno;
    for (Fd parent, here;; here = std::move(parent)) {
        int const from = here ? here.get() : directory;
        parent = open_directory_at(from, "..");
        if (!parent) return errno == EACCES ? sync_file_system(directory) : errno;
        struct stat above {};
        if (::fstat(parent.get(), &above) != 0) return errno;
        bool const top = above.st_dev != below.st_dev || above.st_ino == below.st_ino;
        if (top) return 0;
        if (int const error = sync_directory(parent.get()); error != 0) return error;
        below = above;
    }
}

}  // namespace holdfast::detail

#endif
