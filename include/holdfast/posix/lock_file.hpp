#ifndef HOLDFAST_POSIX_LOCK_FILE_HPP
#define HOLDFAST_POSIX_LOCK_FILE_HPP

#include <holdfast/core/patience.hpp>
#include <holdfast/posix/rights.hpp>
#include <holdfast/posix/system_error.hpp>
#include <holdfast/process/fd.hpp>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <sys/file.h>
#include <sys/stat.h>

namespace holdfast::detail {

/// The kernel's lock on a file, which ends with the process. It excludes other open descriptions of the file, so one
/// object must not be used by two threads at once. A file that is removed or renamed excludes nobody any more (hazard:
/// two holders): `LockPlace` tells.
///
/// Locks of open file descriptions (`F_OFD_SETLK`, POSIX 2024) where kernel and file system have them; otherwise
/// `flock`. `fcntl`'s classic locks are no choice: closing any descriptor of the file drops them.
class LockFile {
public:
    /// Byte of the file that is locked: one excludes, the other marks that the text in the file is of the holder.
    enum class Part : unsigned char { exclusion, text };

    /// Opens the file if it is not open, and keeps it open until the end of a `Use`. It is made with the owner and the
    /// rights (to read and write) of its directory, or of another file. Errors: as the system's.
    Result<void> open(int directory, std::string const& path, char const* like = ".") {
        if (descriptor_.use([&] { return open_or_make(directory, path.c_str(), like); })) return {};
        return system_error(errno, "lock", path);
    }
    /// Opens it to look at it. False: there is no such file. Errors: as the system's.
    Result<bool> open_existing(int directory, std::string const& path) {
        constexpr int flags = O_RDONLY | O_NONBLOCK;  // not blocking if it is a pipe
        if (descriptor_.use([&] { return open_plainly_at(directory, path.c_str(), flags).release(); })) return true;
        if (errno == ENOENT) return false;
        return system_error(errno, "inspect", path);
    }
    void close() noexcept { descriptor_.close(); }

    /// Has a file in reserve for a lock that has to be made where the disk has no more room for files, so that
    /// something can be removed there. Cost: 1 system call if it is there.
    static void make_spare(int directory) noexcept {
        Fd const fd = open_plainly_at(directory, spare_name, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (fd) share(fd.get(), directory, ".");
    }
    /// Takes it for the lock of this name. False: there is none, or the name is taken.
    static bool take_spare(int directory, std::string const& name) noexcept {
#if defined(RENAME_NOREPLACE)
        return ::renameat2(directory, spare_name, directory, name.c_str(), RENAME_NOREPLACE) == 0;
#else
        return (void)directory, (void)name, false;  // nothing that another made may be replaced
#endif
    }

    /// Lets a file that was opened rest when it ends: then it may be closed until it is opened again.
    class Use {
    public:
        explicit Use(LockFile& file) noexcept : file_(&file), opening_(file.openings()) {}
        Use(Use&& other) noexcept : file_(std::exchange(other.file_, nullptr)), opening_(other.opening_) {}
        Use& operator=(Use other) noexcept {
            std::swap(file_, other.file_);
            std::swap(opening_, other.opening_);
            return *this;
        }
        ~Use() { end(); }

        void end() noexcept {
            if (file_ != nullptr) std::exchange(file_, nullptr)->descriptor_.rest(opening_);
        }

    private:
        LockFile* file_;
        unsigned opening_;
    };

    int fd() const noexcept { return descriptor_.get(); }
    /// Whether this process opened it: a child that was forked while the lock was held does not hold it.
    bool ours() const noexcept { return descriptor_.ours(); }
    bool shared() const noexcept { return descriptor_.shared(); }
    /// Another number after each opening.
    unsigned openings() const noexcept { return descriptor_.openings(); }

    /// Waits as the context says, without an order among those who wait. Errors: `busy`, `cancelled`.
    Result<void> lock(Context const& context, std::string const& path) {
        return until(
            context, [&] { return try_lock(path); },
            [&] { return "another process holds '" + path + "': wait for it, or end it if it hangs"; });
    }

    Result<bool> try_lock(std::string const& path, Part part = Part::exclusion) {
        if (take(static_cast<off_t>(part))) return true;
        if (errno == EAGAIN || errno == EACCES || errno == EINTR) return false;
        return system_error(errno, "lock", path);
    }

    /// Gives up both parts. 0 or the error number.
    int unlock() noexcept { return drop(0, 2) ? 0 : errno; }

    /// Whether another open description holds it. Changes nothing (`flock` has no question: taken for a moment).
    Result<bool> held_elsewhere(std::string const& path, Part part) {
        errno = 0;
        bool const held = first_held(static_cast<off_t>(part), static_cast<off_t>(part)).has_value();
        if (has_bytes_) {
            if (errno == 0) return held;
        } else if (::flock(fd(), LOCK_SH | LOCK_NB) == 0) {
            (void)::flock(fd(), LOCK_UN);
            return false;
        } else if (errno == EAGAIN) {
            return true;
        }
        return system_error(errno, "inspect", path);
    }

    // Single bytes, also beyond the end of the file.

    /// Whether bytes can be locked. Known once one was asked for; without, the whole file is the first byte.
    bool has_bytes() const noexcept { return has_bytes_; }

    /// False: the reason is in `errno`.
    bool take(off_t byte) noexcept {
#if defined(F_OFD_SETLK)
        if (has_bytes_) {
            struct flock range = bytes(F_WRLCK, byte, byte);
            if (::fcntl(fd(), F_OFD_SETLK, &range) == 0) return true;
            if (errno != EINVAL) return false;
            has_bytes_ = false;  // an old kernel, or a file system with locks of its own
        }
#endif
        return byte > 0 || ::flock(fd(), LOCK_EX | LOCK_NB) == 0;
    }
    /// From `first` on, before `end`.
    bool drop(off_t first, off_t end) noexcept {
#if defined(F_OFD_SETLK)
        if (has_bytes_) {
            struct flock range = bytes(F_UNLCK, first, end - 1);
            return ::fcntl(fd(), F_OFD_SETLK, &range) == 0;
        }
#endif
        return first > 0 || ::flock(fd(), LOCK_UN) == 0;
    }
    /// A byte that another description holds, from `first` to `last`: of several, most often the one that was taken
    /// first. No value also where it cannot be known.
    std::optional<off_t> first_held(off_t first, off_t last) noexcept {
#if defined(F_OFD_SETLK)
        if (!has_bytes_ || last < first) return std::nullopt;
        struct flock range = bytes(F_WRLCK, first, last);
        if (::fcntl(fd(), F_OFD_GETLK, &range) != 0) {
            if (errno == EINVAL) has_bytes_ = false;
            return std::nullopt;
        }
        if (range.l_type != F_UNLCK) return range.l_start;
#else
        (void)first, (void)last;
#endif
        return std::nullopt;
    }

private:
#if defined(F_OFD_SETLK)
    static struct flock bytes(short type, off_t first, off_t last) noexcept {
        struct flock range {};
        range.l_type = type;
        range.l_whence = SEEK_SET;
        range.l_start = first;
        range.l_len = last - first + 1;
        return range;
    }
#endif

    static int open_or_make(int directory, char const* path, char const* like) noexcept {
        for (int attempts = 8; attempts > 0; --attempts) {
            Fd fd = open_plainly_at(directory, path, O_RDWR);
            if (fd || errno != ENOENT) return fd.release();
            fd = open_plainly_at(directory, path, O_RDWR | O_CREAT | O_EXCL, 0600);
            if (fd) share(fd.get(), directory, like);
            if (fd || errno != EEXIST) return fd.release();
        }
        return -1;  // somebody keeps removing it: ENOENT or EEXIST
    }
    /// Whatever the umask: who may use the directory may use its locks, also those that an administrator made.
    static void share(int fd, int directory, char const* like) noexcept {
        struct stat about {
        }, made{};
        if (::fstatat(directory, like, &about, 0) != 0 || ::fstat(fd, &made) != 0) return;
        uid_t const owner = ::geteuid() == 0 ? about.st_uid : made.st_uid;
        mode_t mode = about.st_mode & 0666;
        if (owner != made.st_uid || about.st_gid != made.st_gid)
            if (::fchown(fd, owner, about.st_gid) != 0) mode &= ~mode_t{070};  // it is not meant for another group
        (void)::fchmod(fd, mode);
    }

    static constexpr char const* spare_name = "spare";

    LockDescriptor descriptor_;
#if defined(F_OFD_SETLK)
    bool has_bytes_ = true;
#else
    bool has_bytes_ = false;
#endif
};

}  // namespace holdfast::detail

#endif
