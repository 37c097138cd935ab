#ifndef HOLDFAST_DETAIL_POSIX_LOCK_FILE_HPP
#define HOLDFAST_DETAIL_POSIX_LOCK_FILE_HPP

#include <holdfast/detail/patience.hpp>
#include <holdfast/detail/posix/fd.hpp>
#include <holdfast/detail/posix/system_error.hpp>

#include <string>

#include <sys/file.h>
#include <sys/stat.h>

namespace holdfast::detail {

/// The kernel's lock on a file, which ends with the process. It excludes other open descriptions of the file, so one
/// object must not be used by two threads at once; the file must never be removed or renamed, or else two descriptions
/// are of two files (hazard: two holders).
///
/// Locks of open file descriptions (`F_OFD_SETLK`, POSIX 2024) where they exist; otherwise `flock`. `fcntl`'s classic
/// locks are no choice: closing any descriptor of the file drops them.
class LockFile {
public:
    /// Byte of the file that is locked: one excludes, the other marks that the text in the file is of the holder.
    enum class Part : unsigned char { exclusion, text };

    /// Opens the file, the first time and after a fork: a child must not share its parent's description, since then the
    /// two would not exclude each other. Errors: as the system's.
    Result<void> open(int directory, std::string const& path) {
        unsigned const now = fork_generation().load(std::memory_order_relaxed);
        if (fd_ && generation_ == now) return {};
        fd_ = open_at(directory, path.c_str(), O_RDWR);
        if (!fd_ && errno == ENOENT) {
            fd_ = open_at(directory, path.c_str(), O_RDWR | O_CREAT, 0600);
            if (fd_) (void)::fchmod(fd_.get(), 0600);  // whatever the umask
        }
        if (!fd_) return system_error(errno, "lock", path);
        generation_ = now;
        return {};
    }

    int fd() const noexcept { return fd_.get(); }
    /// Whether this process opened it: a child that was forked while the lock was held does not hold it.
    bool ours() const noexcept { return generation_ == fork_generation().load(std::memory_order_relaxed); }

    /// Waits as the context says: in the kernel if it may, else in growing steps. Errors: `busy`, `cancelled`.
    Result<void> lock(Context const& context, std::string const& path) {
        if (may_block(context)) return blocking(path);
        return until(
            context, [&] { return try_lock(path); },
            [&] { return "another process holds '" + path + "': wait for it, or end it if it hangs"; });
    }

    Result<bool> try_lock(std::string const& path, Part part = Part::exclusion) {
        if (set(part, false) == 0) return true;
        if (errno == EAGAIN || errno == EACCES || errno == EINTR) return false;
        return system_error(errno, "lock", path);
    }

    Result<void> unlock(std::string const& path) {
        if (clear() == 0) return {};
        return system_error(errno, "unlock", path);
    }

#if defined(F_OFD_SETLK) && !defined(HOLDFAST_USE_FLOCK)
    /// Whether another open description holds it. Changes nothing.
    Result<bool> held_elsewhere(std::string const& path, Part part) {
        struct flock range = this_part(part);
        if (::fcntl(fd_.get(), F_OFD_GETLK, &range) != 0) return system_error(errno, "inspect", path);
        return range.l_type != F_UNLCK;
    }

private:
    static struct flock this_part(Part part) noexcept {
        struct flock range {};
        range.l_type = F_WRLCK;
        range.l_whence = SEEK_SET;
        range.l_start = static_cast<off_t>(part);
        range.l_len = 1;
        return range;
    }
    int set(Part part, bool wait) noexcept {
        struct flock range = this_part(part);
        return ::fcntl(fd_.get(), wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
    }
    int clear() noexcept {
        struct flock range {};  // the whole file
        range.l_type = F_UNLCK;
        range.l_whence = SEEK_SET;
        return ::fcntl(fd_.get(), F_OFD_SETLK, &range);
    }
#else
    /// Whether another open description holds it. Takes the lock for a moment, since `flock` has no question.
    Result<bool> held_elsewhere(std::string const& path, Part) {
        auto const taken = try_lock(path);
        if (taken && *taken) (void)clear();
        if (!taken) return taken.error();
        return !*taken;
    }

private:
    int set(Part part, bool wait) noexcept {
        return part == Part::text ? 0 : ::flock(fd_.get(), LOCK_EX | (wait ? 0 : LOCK_NB));
    }
    int clear() noexcept { return ::flock(fd_.get(), LOCK_UN); }
#endif

    Result<void> blocking(std::string const& path) {
        if (uninterrupted([&] { return set(Part::exclusion, true); }) == 0) return {};
        return system_error(errno, "lock", path);
    }

    Fd fd_;
    unsigned generation_ = 0;
};

}  // namespace holdfast::detail

#endif
