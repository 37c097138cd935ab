#ifndef HOLDFAST_STORAGE_SQLITE_PLACE_HPP
#define HOLDFAST_STORAGE_SQLITE_PLACE_HPP

#include <holdfast/core/home.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/process/fd.hpp>
#include <holdfast/process/immortal.hpp>
#include <holdfast/storage/sqlite/error.hpp>
#include <holdfast/storage/sqlite/options.hpp>
#include <holdfast/storage/sqlite/remains.hpp>
#include <holdfast/storage/sqlite/trouble.hpp>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/vfs.h>
#endif

namespace holdfast::detail::sqlite {

/// `what`, with what to do about the failure of a system call.
inline Error place_error(int number, std::string what) {
    Remedy const told = system_remedy(number);
    if (told.sentence != nullptr) what.append(": ").append(told.sentence);
    return Error(told.code, std::move(what)).from("errno " + std::to_string(number));
}

/// The directory in which `path` lies.
inline std::string directory_of(std::string const& path) {
    auto const slash = path.rfind('/');
    return slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Whether the file lies on a file system of another machine, where processes cannot share the log's index.
inline bool is_remote(std::string const& path) {
#if defined(__linux__)
    struct statfs about {};
    if (statfs(path.c_str(), &about) != 0) return false;
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
    (void)path;
    return false;
#endif
}

/// Whether a file system was mounted on just this file, so that the file has another directory as well.
inline bool is_mounted(std::string const& path) {
#if defined(STATX_ATTR_MOUNT_ROOT)
    struct statx about {};
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_MODE, &about) != 0) return false;
    return (about.stx_attributes & about.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
#else
    (void)path;
    return false;
#endif
}

/// Makes an empty file, of mode 0600 or 0660 whatever the umask, unless there is one. If the superuser makes it, it
/// belongs to whom its directory belongs to: SQLite gives the log the same owner, so that they can go on.
///
/// One at a time in a process: closing a descriptor of a file drops every lock that the process has on it, those of
/// SQLite included, so nobody may open the database between the creation and the closing here.
inline Result<void> create_file(std::string const& path, bool group) {
    static constinit Immortal<std::mutex> one_at_a_time;
    std::lock_guard const lock(one_at_a_time.object);
    if (auto sane = refuse_orphaned_log(path); !sane) return sane;
    if (size_of(path) < 0) (void)::unlink((path + "-turn").c_str());  // of one that was removed: see `refuse_cut`
    mode_t const mode = group ? 0660 : 0600;
    Fd const file = open_at(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT | O_EXCL, mode);
    if (!file) {
        if (errno == EEXIST) return {};
        return place_error(errno, "the database cannot be created").on(path);
    }
    struct stat directory {};
    bool const given = ::geteuid() == 0 && ::stat(directory_of(path).c_str(), &directory) == 0 && directory.st_uid != 0;
    if ((given && ::fchown(file.get(), directory.st_uid, directory.st_gid) != 0) || ::fchmod(file.get(), mode) != 0)
        return place_error(errno, "owner or mode of the new database cannot be set").on(path);
    return {};
}

/// Gives the log and its index the rights that the database has by now: SQLite does so only when it makes them.
inline void share_log(std::string const& path) {
    struct stat database {
    }, about{};
    if (::lstat(path.c_str(), &database) != 0) return;
    uid_t const user = ::geteuid();
    for (char const* const beside : {"-wal", "-shm"}) {
        std::string const log = path + beside;
        if (::lstat(log.c_str(), &about) != 0 || !S_ISREG(about.st_mode) || (user != 0 && user != about.st_uid))
            continue;
        uid_t const owner = user == 0 ? database.st_uid : about.st_uid;
        if (about.st_uid != owner || about.st_gid != database.st_gid)
            (void)::fchownat(AT_FDCWD, log.c_str(), owner, database.st_gid, AT_SYMLINK_NOFOLLOW);
        if (mode_t const mode = database.st_mode & 0666; (about.st_mode & 0777) != mode)
            (void)::fchmodat(AT_FDCWD, log.c_str(), mode, AT_SYMLINK_NOFOLLOW);
    }
}

/// Whether a database at this path, absolute and without links, can be used safely. Errors: `malformed` (no
/// file, or cut to 0 bytes), `not_supported` (network file system, several names), `not_found`.
inline Result<void> check_place(std::string const& path) {
    struct stat about {};
    if (::lstat(path.c_str(), &about) != 0) return place_error(errno, "the database cannot be looked at").on(path);
    if (!S_ISREG(about.st_mode)) {
        int const number = S_ISLNK(about.st_mode) ? ELOOP : S_ISDIR(about.st_mode) ? EISDIR : ENXIO;
        return place_error(number, "the database cannot be used").on(path);
    }
    if (is_remote(path))
        return Error(Errc::not_supported,
                     "the database lies on a network file system, where SQLite's write-ahead log does not work; "
                     "keep it on a disk of this machine")
            .on(path);
    if (about.st_nlink > 1) return trouble_error(Trouble::linked).on(path);
    if (is_mounted(path))
        return Error(
                   Errc::not_supported,
                   "the database is mounted as a single file, so that others use it in another directory, with another "
                   "log, and lose writes: mount the directory instead")
            .on(path);
    for (char const* const beside : {"-wal", "-shm"}) {
        std::string const log = path + beside;
        if (::lstat(log.c_str(), &about) == 0 && (!S_ISREG(about.st_mode) || about.st_nlink > 1))
            return Error(Errc::not_supported,
                         "the log of the database or its index is a link, or no file: remove it if no program uses it")
                .on(log);
    }
    return refuse_cut(path);
}

/// The true path of the database, which is there from now on. Errors: `invalid_argument` (no path of a file),
/// `not_found`, `permission_denied`, …
inline Result<std::string> settle_place(std::string const& path, SqliteOptions const& options) {
    if (path.empty() || path == ":memory:" || path.starts_with("file:") || path.find('\0') != path.npos)
        return Error(Errc::invalid_argument,
                     "name a file for the database; for state that only lives in memory there is MemoryStorage")
            .on(path);
    if (auto plain = refuse_home(path); !plain) return std::move(plain).error();
    if (options.create && !options.read_only)
        if (auto made = create_file(path, options.group); !made) return std::move(made).error();
    std::unique_ptr<char, void (*)(void*)> const resolved(::realpath(path.c_str(), nullptr), std::free);
    if (!resolved) return place_error(errno, "the database cannot be found").on(path);
    return std::string(resolved.get());
}

}  // namespace holdfast::detail::sqlite

#endif
