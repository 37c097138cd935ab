#ifndef HOLDFAST_STORAGE_FILE_DURABILITY_HPP
#define HOLDFAST_STORAGE_FILE_DURABILITY_HPP

#include <holdfast/detail/posix/fd.hpp>

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
        default: return "full";
    }
}

namespace detail {

/// 0 or the error number. After a failure it must not be asked again: the kernel has forgotten the lost pages.
inline int sync_file(int fd) noexcept {
#if defined(F_FULLFSYNC)
    if (::fcntl(fd, F_FULLFSYNC) == 0) return 0;
#endif
    return uninterrupted([&] { return ::fsync(fd); }) == 0 ? 0 : errno;
}

/// The same for the names in a directory. File systems that do not know this say so by `EINVAL`: nothing is to be done.
inline int sync_directory(int fd) noexcept {
    int const error = sync_file(fd);
    return error == EINVAL || error == ENOTSUP ? 0 : error;
}

}  // namespace detail

}  // namespace holdfast

#endif
