#ifndef HOLDFAST_POSIX_OPEN_BENEATH_HPP
#define HOLDFAST_POSIX_OPEN_BENEATH_HPP

#include <holdfast/process/fd.hpp>

#include <atomic>
#include <string>

#if defined(__linux__) && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

namespace holdfast::detail {

/// Name by name, where the kernel cannot do it at once.
inline Fd open_stepwise(int directory, char const* path, int flags, mode_t mode) noexcept {
    char name[256];
    Fd step;
    for (char const* at = path;;) {
        std::size_t size = 0;
        while (at[size] != '/' && at[size] != '\0') ++size;
        int const from = step ? step.get() : directory;
        if (size == 2 && at[0] == '.' && at[1] == '.') return errno = EXDEV, Fd();
        if (at[size] == '\0') return open_at(from, at, flags, mode);
        if (size == 0 || size >= sizeof name) return errno = size == 0 ? EXDEV : ENAMETOOLONG, Fd();
        for (std::size_t i = 0; i < size; ++i) name[i] = at[i];
        name[size] = '\0';
#if defined(O_PATH)
        Fd next = open_at(from, name, O_PATH | O_DIRECTORY);
#else
        Fd next = open_at(from, name, O_RDONLY | O_DIRECTORY);
#endif
        if (!next) return next;
        step = std::move(next);
        at += size + 1;
    }
}

/// Opens a file some names below a directory, through no symbolic link, wherever on the way it is put: then the error
/// is `ELOOP` or `ENOTDIR`. An empty `Fd` leaves the reason in `errno`. Cost: 1 system call on Linux since 5.6, else 2
/// more for each directory on the way.
inline Fd open_beneath(int directory, char const* path, int flags, mode_t mode = 0) noexcept {
#if defined(SYS_openat2) && defined(RESOLVE_NO_SYMLINKS)
    static constinit std::atomic<bool> unknown{false};
    if (!unknown.load(std::memory_order_relaxed)) {
        open_how how{};
        how.flags = static_cast<decltype(how.flags)>(flags | O_CLOEXEC | O_NOFOLLOW);
        how.mode = mode;
        how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
        Fd fd = with_room([&] {
            return beyond_standard(
                [&] { return static_cast<int>(::syscall(SYS_openat2, directory, path, &how, sizeof how)); },
                [&] {
                    if ((flags & O_EXCL) != 0) (void)::unlinkat(directory, path, 0);
                });
        });
        // An older kernel, or a filter that knows only older ones, goes by steps from then on.
        if (fd || (errno != ENOSYS && errno != EPERM)) return fd;
        unknown.store(true, std::memory_order_relaxed);
    }
#endif
    return open_stepwise(directory, path, flags, mode);
}

inline Fd open_directory_beneath(int directory, char const* path) noexcept {
    return open_beneath(directory, path, O_RDONLY | O_DIRECTORY);
}

}  // namespace holdfast::detail

#endif
