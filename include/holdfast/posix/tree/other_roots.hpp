#ifndef HOLDFAST_POSIX_TREE_OTHER_ROOTS_HPP
#define HOLDFAST_POSIX_TREE_OTHER_ROOTS_HPP

#include <holdfast/core/result.hpp>
#include <holdfast/format/xxh64.hpp>
#include <holdfast/process/fd.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace holdfast::detail {

// A root has its locks in a directory of its own. Two roots, one inside of the other, know nothing of each other's locks:
// what both write would be lost now and then. So neither is opened, or written to, through the other.

/// Refuses a root inside of another, as far up as its file system goes. One that a stranger made in a directory that is
/// everybody's does not count. `below`: what is opened will be in that directory, which may be a root itself. Cost: 3
/// system calls for each directory above.
inline Result<void> refuse_inside_of_root(int root, char const* own_directory, std::string const& path, bool below = false) {
    struct stat here {};
    if (::fstat(root, &here) != 0) return {};
    Fd last;
    for (int at = root;; below = false) {
        char const* const next = below ? "." : "..";
#if defined(O_PATH)
        Fd above = open_at(at, next, O_PATH | O_DIRECTORY);
#else
        Fd above = open_at(at, next, O_RDONLY | O_DIRECTORY);
#endif
        struct stat there {}, own {};
        if (!above || ::fstat(above.get(), &there) != 0) return {};
        bool const end = there.st_dev != here.st_dev || (!below && there.st_ino == here.st_ino);
        if (end) return {};
        bool const is_root = ::fstatat(above.get(), own_directory, &own, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(own.st_mode);
        if (is_root && (own.st_uid == there.st_uid || own.st_uid == 0 || own.st_uid == ::geteuid()))
            return Error(Errc::invalid_argument,
                         std::string("a directory above is one of holdfast's itself (it has '") + own_directory +
                             "'), and the two would not know of each other's locks: open that one, with a prefix if need "
                             "be, or use a directory elsewhere")
                .during("open")
                .on(path);
        here = there;
        last = std::move(above);
        at = last.get();
    }
}

/// Looks once whether a directory on the way to a file is another root. None becomes one later: it would not open.
/// Thread safety: every member may be called from any thread.
class OtherRoots {
public:
    /// Cost: 1 system call for each directory that was not looked at lately.
    Result<void> refuse(int root, char const* own_directory, std::string const& path) {
        for (std::size_t end = path.find('/'); end != path.npos; end = path.find('/', end + 1)) {
            std::uint64_t const hash = xxh64(std::string_view(path).substr(0, end));
            auto& seen = seen_[hash % seen_.size()];
            if (seen.load(std::memory_order_relaxed) == hash) continue;
            struct stat about {};
            std::string const own = path.substr(0, end + 1) + own_directory;
            if (::fstatat(root, own.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(about.st_mode))
                return Error(Errc::invalid_argument, "'" + path.substr(0, end) +
                                                         "' is a directory of holdfast's itself, with locks of its own: "
                                                         "open it by itself");
            seen.store(hash, std::memory_order_relaxed);
        }
        return {};
    }

private:
    std::array<std::atomic<std::uint64_t>, 64> seen_{};
};

}  // namespace holdfast::detail

#endif
