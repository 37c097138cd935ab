#ifndef HOLDFAST_STORAGE_SQLITE_PLACE_HPP
#define HOLDFAST_STORAGE_SQLITE_PLACE_HPP

#include <holdfast/core/result.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/vfs.h>
#endif

namespace holdfast::detail::sqlite {

inline Error place_error(int number, std::string_view what) {
    Errc const code = number == EACCES || number == EPERM || number == EROFS ? Errc::permission_denied
                      : number == ENOSPC || number == EDQUOT                 ? Errc::out_of_space
                      : number == ENOENT || number == ENOTDIR                ? Errc::not_found
                      : number == ENAMETOOLONG || number == ELOOP            ? Errc::invalid_argument
                                                                             : Errc::unavailable;
    return Error(code, std::string(what)).from(std::strerror(number));
}

/// The directory in which `path` lies.
inline std::string directory_of(std::string const& path) {
    auto const slash = path.rfind('/');
    return slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Whether the directory lies on a file system of another machine, where processes cannot share the log's index.
inline bool is_remote(std::string const& directory) {
#if defined(__linux__)
    struct statfs about {};
    if (statfs(directory.c_str(), &about) != 0) return false;
    switch (static_cast<unsigned long>(about.f_type) & 0xffffffffUL) {
        case 0x6969UL:      // NFS
        case 0x517BUL:      // SMB
        case 0xFF534D42UL:  // CIFS
        case 0xFE534D42UL:  // SMB2
        case 0x5346414FUL:  // AFS
        case 0x01021997UL:  // 9p
        case 0x00C36400UL:  // Ceph
            return true;
        default: return false;
    }
#else
    (void)directory;
    return false;
#endif
}

/// Makes an empty file of mode 0600, whatever the umask, unless there is one.
///
/// One at a time in a process: closing a descriptor of a file drops every lock that the process has on it, those of
/// SQLite included, so nobody may open the database between the creation and the closing here.
inline Result<void> create_private_file(std::string const& path) {
    static std::mutex one_at_a_time;
    std::lock_guard const lock(one_at_a_time);
    int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        if (errno == EEXIST) return {};
        return place_error(errno, "the database cannot be created; its directory must exist and be writable").on(path);
    }
    int const narrowed = ::fchmod(file, 0600) == 0 ? 0 : errno;
    ::close(file);
    if (narrowed != 0) return place_error(narrowed, "the mode of the new database cannot be set").on(path);
    return {};
}

/// The true path of the database, which is there from now on. Errors: `invalid_argument` (no path of a file),
/// `not_supported` (network file system), `not_found`, `permission_denied`.
inline Result<std::string> settle_place(std::string const& path, bool create) {
    if (path.empty() || path == ":memory:" || path.starts_with("file:") || path.find('\0') != path.npos)
        return Error(Errc::invalid_argument,
                     "name a file for the database; for state that only lives in memory there is MemoryStorage")
            .on(path);
    if (is_remote(directory_of(path)))
        return Error(Errc::not_supported,
                     "the database lies on a network file system, where SQLite's write-ahead log does not work; "
                     "keep it on a disk of this machine")
            .on(path);
    if (create)
        if (auto made = create_private_file(path); !made) return std::move(made).error();
    char* const resolved = ::realpath(path.c_str(), nullptr);
    if (resolved == nullptr) {
        int const number = errno;
        return place_error(number, number == ENOENT ? "there is no such database" : "the path cannot be followed")
            .on(path);
    }
    std::string place(resolved);
    std::free(resolved);
    struct stat about {};
    if (::stat(place.c_str(), &about) == 0 && !S_ISREG(about.st_mode))
        return Error(Errc::invalid_argument, "the path of the database names something that is not a file").on(path);
    if (::access(place.c_str(), W_OK) != 0)
        return place_error(errno, "the database cannot be written; allow this user to write to it").on(path);
    return place;
}

}  // namespace holdfast::detail::sqlite

#endif
