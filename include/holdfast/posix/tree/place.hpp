#ifndef HOLDFAST_POSIX_TREE_PLACE_HPP
#define HOLDFAST_POSIX_TREE_PLACE_HPP

#include <holdfast/core/result.hpp>
#include <holdfast/posix/system_error.hpp>

#include <climits>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace holdfast::detail {

/// Where a directory was opened. All goes by its descriptor, so that nothing is lost while it is moved; but what is
/// written to a directory that was moved away, or removed, is not where anybody looks for it.
class Place {
public:
    /// Errors: those of the system.
    static Result<Place> of(int directory, std::string const& path) {
        std::unique_ptr<char, void (*)(void*)> const real(::realpath(path.c_str(), nullptr), std::free);
        struct stat itself {
        }, top{};
        if (!real || ::fstat(directory, &itself) != 0 || ::stat("/", &top) != 0)
            return system_error(errno, "open", path);
        return Place(whole(path, real.get()), real.get(), itself, top);
    }

    /// Absolute, without symbolic links.
    std::string const& real() const noexcept { return real_; }

    /// Whether the path still leads to the directory. Who cannot look, or looks from elsewhere, since the process has
    /// another root by now (`chroot`), goes on by the descriptor. Errors: `not_found`. Cost: 1 system call.
    Result<void> check(int directory) const {
        struct stat now {
        }, itself{}, top{};
        bool const there = ::stat(path_.c_str(), &now) == 0;
        if (there && same(now, itself_)) return {};
        if (!there && errno != ENOENT && errno != ENOTDIR && errno != ELOOP) return {};
        if (::fstat(directory, &itself) != 0) return system_error(errno, "look at the directory", path_);
        if (there && same(now, itself)) return {};
        if (::stat("/", &top) != 0 || !same(top, top_)) return {};
        return Error(Errc::not_found,
                     there ? "the directory was moved away, and another stands in its place: open the "
                             "storage anew; nothing was written"
                     : itself.st_nlink == 0
                         ? "the directory of the storage was removed: open it anew, to make another; "
                           "nothing was written"
                         : "the directory of the storage was moved away: put it back, or open it where "
                           "it is now; nothing was written")
            .on(path_);
    }

private:
    Place(std::string path, std::string real, struct stat const& itself, struct stat const& top)
        : path_(std::move(path)), real_(std::move(real)), itself_(itself), top_(top) {}

    static bool same(struct stat const& a, struct stat const& b) noexcept {
        return a.st_ino == b.st_ino && a.st_dev == b.st_dev;
    }

    /// The path as it was given, for a link on it may be changed too; unless it names a descriptor, which is soon
    /// another's.
    static std::string whole(std::string const& path, char const* real) {
        if (path.starts_with("/proc/") || path.starts_with("/dev/fd/")) return real;
        if (path.starts_with('/')) return path;
        char here[PATH_MAX];
        if (::getcwd(here, sizeof here) == nullptr) return real;
        return std::string(here).append("/").append(path);
    }

    std::string path_, real_;
    struct stat itself_, top_;
};

}  // namespace holdfast::detail

#endif
