#ifndef HOLDFAST_DETAIL_POSIX_FD_HPP
#define HOLDFAST_DETAIL_POSIX_FD_HPP

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace holdfast::detail {

/// A file descriptor that is closed at the end.
class Fd {
public:
    Fd() noexcept = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() {
        int const kept = errno;
        (void)close();
        errno = kept;
    }

    explicit operator bool() const noexcept { return fd_ >= 0; }
    int get() const noexcept { return fd_; }

    /// 0 or the error number. The descriptor is gone either way.
    int close() noexcept {
        if (fd_ < 0) return 0;
        return ::close(std::exchange(fd_, -1)) == 0 || errno == EINTR ? 0 : errno;
    }

private:
    int fd_ = -1;
};

/// Makes a system call again while signals interrupt it.
template <class Call>
auto uninterrupted(Call&& call) {
    for (;;) {
        auto const result = call();
        if (result != -1 || errno != EINTR) return result;
    }
}

/// Opens a file below a directory. An empty `Fd` leaves the reason in `errno`.
inline Fd open_at(int directory, char const* path, int flags, mode_t mode = 0) noexcept {
    return Fd(uninterrupted([&] { return ::openat(directory, path, flags | O_CLOEXEC | O_NOFOLLOW, mode); }));
}

inline Fd open_directory_at(int directory, char const* path) noexcept {
    return open_at(directory, path, O_RDONLY | O_DIRECTORY);
}

}  // namespace holdfast::detail

#endif
