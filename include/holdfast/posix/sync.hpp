#ifndef HOLDFAST_POSIX_SYNC_HPP
#define HOLDFAST_POSIX_SYNC_HPP

#include <holdfast/posix/unsupported.hpp>
#include <holdfast/process/fd.hpp>

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace holdfast::detail {

/// What a file system answers that does not know a way to sync.
constexpr bool is_unsupported_sync(int error) noexcept {
    return is_unsupported(error) || error == ENOTTY || error == EISDIR;
}

/// 0 or the error number (of a full disk, too: `ENOSPC`). A failure is told once, to whoever asks first: later ones,
/// on any descriptor, are told of success, and nothing may be concluded from that. Only bytes that are written anew
/// can be synced for certain.
inline int sync_file(int fd) noexcept {
#if defined(F_FULLFSYNC)
    if (::fcntl(fd, F_FULLFSYNC) == 0) return 0;
    if (!is_unsupported_sync(errno)) return errno;
#endif
    return uninterrupted([&] { return ::fsync(fd); }) == 0 ? 0 : errno;
}

/// The same for the names in a directory. Where that is not known nothing is to be done: such file systems keep names
/// by other means. A disk that fails and one that was remounted read-only for it (`EROFS`) are failures.
inline int sync_directory(int fd) noexcept {
    int const error = sync_file(fd);
    return is_unsupported_sync(error) ? 0 : error;
}

/// A description of its own of a directory that other threads sync, too: it is told of all that fails from now on,
/// whoever else was told. To be opened before the names change. An empty one leaves the reason in `errno`.
inline Fd open_to_sync(int directory) noexcept { return open_directory_at(directory, "."); }

}  // namespace holdfast::detail

#endif
