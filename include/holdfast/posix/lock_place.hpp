#ifndef HOLDFAST_POSIX_LOCK_PLACE_HPP
#define HOLDFAST_POSIX_LOCK_PLACE_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/posix/lock_directory.hpp>
#include <holdfast/posix/lock_file.hpp>

#include <sys/stat.h>

namespace holdfast::detail {

/// Whether a lock file still stands where it is looked for. One that was removed, renamed or replaced excludes only
/// those who have it open already: others lock another file by the same name.
class LockPlace {
public:
    /// Of a file that is open. Errors: the directory itself stands elsewhere by now.
    ///
    /// Cost: 1 system call if nothing in the directory was made, removed or renamed since it was asked last, else 5.
    Result<bool> stands(LockFile const& file, LockDirectory const& directory, std::string const& name,
                        Environment& env) {
        struct stat now {};
        if (::fstat(directory.fd(), &now) != 0) return system_error(errno, "inspect", directory.path());
        bool const unchanged = opening_ == file.openings() && same(changed_, changed(now));
        if (unchanged && settled_) return true;
        if (!directory.in_place())
            return Error(Errc::unavailable,
                         "the directory of the lock files was moved, removed or replaced: put it back, or open the "
                         "storage again")
                .on(directory.path());
        struct stat by_name {}, by_descriptor {};
        bool const there = ::fstatat(directory.fd(), name.c_str(), &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
                           ::fstat(file.fd(), &by_descriptor) == 0 && by_name.st_dev == by_descriptor.st_dev &&
                           by_name.st_ino == by_descriptor.st_ino;
        if (!there) return false;
        note(file, changed(now), unchanged, env.monotonic());
        return true;
    }

private:
    static timespec changed(struct stat const& about) noexcept {
#if defined(__APPLE__)
        return about.st_ctimespec;
#else
        return about.st_ctim;
#endif
    }
    static bool same(timespec a, timespec b) noexcept { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

    /// File systems tell times in steps, of up to two seconds where they tell seconds only: what came within the same
    /// step as the last change is not seen. Nothing came if all is as it was after that.
    void note(LockFile const& file, timespec when, bool unchanged, Instant now) noexcept {
        Duration const step = when.tv_nsec == 0 ? Duration(std::chrono::seconds(3)) : std::chrono::milliseconds(20);
        settled_ = unchanged && now - since_ > step;
        if (unchanged) return;
        opening_ = file.openings();
        changed_ = when;
        since_ = now;
    }

    unsigned opening_ = 0;
    timespec changed_{};
    Instant since_{};
    bool settled_ = false;
};

}  // namespace holdfast::detail

#endif
