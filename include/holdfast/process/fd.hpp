#ifndef HOLDFAST_PROCESS_FD_HPP
#define HOLDFAST_PROCESS_FD_HPP

#include <holdfast/process/lock_descriptor.hpp>

#include <atomic>
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
    /// Its owner is the caller from now on.
    int release() noexcept { return std::exchange(fd_, -1); }

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

/// Occupies the standard descriptors that are closed, for as long as it lives, so that nothing else that this thread
/// opens becomes one of them. What takes their place can neither be read nor written: whoever still writes to a
/// standard error that was closed fails, as it should.
///
/// Cost: 2 system calls, and 2 for each that was closed.
class StandardDescriptors {
public:
    StandardDescriptors() noexcept {
#if defined(O_PATH)
        constexpr int flags = O_PATH | O_CLOEXEC;
#else
        constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif
        int fd = -1;
        while (include(fd = ::open("/", flags))) occupied_[fd] = true;
        if (fd >= 0) (void)::close(fd);
    }
    StandardDescriptors(StandardDescriptors const&) = delete;
    StandardDescriptors& operator=(StandardDescriptors const&) = delete;
    ~StandardDescriptors() {
        int const kept = errno;
        for (int fd = 0; fd < count; ++fd)
            if (occupied_[fd]) (void)::close(fd);
        errno = kept;
    }

    static constexpr bool include(int fd) noexcept { return fd >= 0 && fd < count; }
    static inline constinit std::atomic<bool> known_closed{false};  ///< one of them was found closed

private:
    static constexpr int count = 3;
    bool occupied_[count] = {};
};

/// The descriptor that `open` returns, which is never one of the standard ones: others of the process write there
/// without asking. One that comes out as such is given up unused, after `undo`, and `open` is called again; from then
/// on those that are closed are occupied before. So whoever writes there can hit at most the first, in the moment until
/// it is given up; where that would harm, let `StandardDescriptors` be occupied in any case.
///
/// Cost: none; in a process that closed one, 4 to 8 system calls.
template <class Open, class Undo>
Fd beyond_standard(Open&& open, Undo&& undo) noexcept {
    if (!StandardDescriptors::known_closed.load(std::memory_order_relaxed)) {
        int const fd = uninterrupted(open);
        if (!StandardDescriptors::include(fd)) return Fd(fd);
        StandardDescriptors::known_closed.store(true, std::memory_order_relaxed);
        undo();
        (void)::close(fd);
    }
    for (;;) {  // more than once only if somebody closes another one just now
        StandardDescriptors const occupied;
        int const fd = uninterrupted(open);
        if (!StandardDescriptors::include(fd)) return Fd(fd);
        undo();
        (void)::close(fd);
    }
}

/// Opens a file below a directory, or through the symbolic link that stands there. An empty `Fd` leaves the reason in
/// `errno`.
inline Fd open_through_links(int directory, char const* path, int flags, mode_t mode = 0) noexcept {
    return beyond_standard([&] { return ::openat(directory, path, flags | O_CLOEXEC, mode); },
                           [&] {
                               if ((flags & O_EXCL) != 0) (void)::unlinkat(directory, path, 0);
                           });
}

/// Likewise, but not through a symbolic link.
inline Fd open_plainly_at(int directory, char const* path, int flags, mode_t mode = 0) noexcept {
    return open_through_links(directory, path, flags | O_NOFOLLOW, mode);
}

/// What `open` opens. Where the process has no room for another file, locks that nobody holds make it.
template <class Open>
Fd with_room(Open&& open) noexcept {
    Fd fd = open();
    if (!fd && LockDescriptor::may_make_room(errno) && LockDescriptor::close_idle()) fd = open();
    return fd;
}

/// Opens a file below a directory, not through a symbolic link, and with room. An empty `Fd` leaves the reason in
/// `errno`.
inline Fd open_at(int directory, char const* path, int flags, mode_t mode = 0) noexcept {
    return with_room([&] { return open_plainly_at(directory, path, flags, mode); });
}

inline Fd open_directory_at(int directory, char const* path) noexcept {
    return open_at(directory, path, O_RDONLY | O_DIRECTORY);
}

/// Opens a directory that is only passed on the way to others, which may not be readable.
#if defined(O_PATH)
inline constexpr int passage = O_PATH | O_DIRECTORY;
#else
inline constexpr int passage = O_RDONLY | O_DIRECTORY;
#endif

/// The two ends of a pipe, neither of which is a standard descriptor. Empty ones leave the reason in `errno`.
struct Pipe {
    Fd from, to;
};
inline Pipe open_pipe() noexcept {
    StandardDescriptors const occupied;
    int ends[2];
    if (::pipe(ends) != 0) return {};
    for (int const end : ends) (void)::fcntl(end, F_SETFD, FD_CLOEXEC);
    return {Fd(ends[0]), Fd(ends[1])};
}

/// Another descriptor of the same open file.
inline Fd duplicate(int fd) noexcept {
    return Fd(uninterrupted([&] { return ::fcntl(fd, F_DUPFD_CLOEXEC, 3); }));
}

}  // namespace holdfast::detail

#endif
