#ifndef HOLDFAST_STORAGE_FILE_DURABILITY_HPP
#define HOLDFAST_STORAGE_FILE_DURABILITY_HPP

#include <holdfast/posix/unsupported.hpp>
#include <holdfast/process/fd.hpp>

#include <string_view>

namespace holdfast {

/// What a write that was applied survives. A killed process costs nothing in any of the three.
enum class Durability : unsigned char {
    none,  ///< no fsync: a power loss may take back the last writes, and may leave a record that reads as `malformed`
    data,  ///< one fsync: a power loss may take back the last writes, but leaves whole records
    full,  ///< file and directory are synced: `applied` survives a power loss
};

constexpr std::string_view name(Durability durability) noexcept {
    switch (durability) {
        case Durability::none: return "none";
        case Durability::data: return "data";
        case Durability::full:
        default: return "full";
    }
}

namespace detail {

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

}  // namespace detail

}  // namespace holdfast

#endif
