#ifndef HOLDFAST_POSIX_WHOLE_HPP
#define HOLDFAST_POSIX_WHOLE_HPP

#include <holdfast/process/fd.hpp>

#include <cstddef>

namespace holdfast::detail {

/// Reads from the beginning of a file until `size` bytes are there or it ends: one call may give less, as some file
/// systems do (FUSE). How many there are; -1: the reason is in `errno`. Cost: 1 system call, 1 more if there are fewer.
inline ssize_t pread_whole(int fd, char* out, std::size_t size) noexcept {
    std::size_t done = 0;
    while (done < size) {
        auto const got = uninterrupted([&] { return ::pread(fd, out + done, size - done, static_cast<off_t>(done)); });
        if (got < 0) return -1;
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return static_cast<ssize_t>(done);
}

/// The same, from where the file is read next, which goes on behind them.
inline ssize_t read_whole(int fd, char* out, std::size_t size) noexcept {
    std::size_t done = 0;
    while (done < size) {
        auto const got = uninterrupted([&] { return ::read(fd, out + done, size - done); });
        if (got < 0) return -1;
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return static_cast<ssize_t>(done);
}

/// Writes all bytes to the beginning of a file. How many were written; -1: the reason is in `errno`.
inline ssize_t pwrite_whole(int fd, char const* bytes, std::size_t size) noexcept {
    std::size_t done = 0;
    while (done < size) {
        auto const put =
            uninterrupted([&] { return ::pwrite(fd, bytes + done, size - done, static_cast<off_t>(done)); });
        if (put < 0) return -1;
        if (put == 0) break;
        done += static_cast<std::size_t>(put);
    }
    return static_cast<ssize_t>(done);
}

}  // namespace holdfast::detail

#endif
