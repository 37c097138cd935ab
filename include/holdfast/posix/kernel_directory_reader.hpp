#ifndef HOLDFAST_POSIX_KERNEL_DIRECTORY_READER_HPP
#define HOLDFAST_POSIX_KERNEL_DIRECTORY_READER_HPP

#include <holdfast/posix/directory_name.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include <sys/syscall.h>
#include <unistd.h>

namespace holdfast::detail {

/// The names in a directory as Linux tells them: `readdir` costs three calls more. The positions are those that NFS
/// servers rely on: stable on ext4, xfs, btrfs, and on tmpfs since Linux 6.6.
class KernelDirectoryReader {
public:
    /// Reads through `fd`, which must outlive this and whose position it moves. `size`: of the buffer, in bytes; one
    /// kernel call fills it.
    KernelDirectoryReader(int fd, std::size_t size)
        : fd_(fd), capacity_(size), own_(std::make_unique_for_overwrite<char[]>(size)), buffer_(own_.get()) {}
    /// The same, of a buffer that must outlive this: takes no memory.
    KernelDirectoryReader(int fd, char* buffer, std::size_t size) noexcept
        : fd_(fd), capacity_(size), buffer_(buffer) {}

    bool seek(std::uint64_t position) noexcept { return ::lseek(fd_, static_cast<off_t>(position), SEEK_SET) >= 0; }

    /// The next name. At the end no value and `error()` 0.
    std::optional<DirectoryName> next() noexcept {
        for (;;) {
            if (at_ == filled_ && !fill()) return std::nullopt;
            if (auto const name = take(); name.text != "." && name.text != "..") return name;
        }
    }

    /// Reads one buffer and no more; `next_buffered` gives what is in it.
    bool fill() noexcept {
        auto const got = ::syscall(SYS_getdents64, fd_, buffer_, capacity_);
        error_ = got < 0 ? errno : 0;
        at_ = 0;
        filled_ = got < 0 ? 0 : static_cast<std::size_t>(got);
        return filled_ > 0;
    }
    std::optional<DirectoryName> next_buffered() noexcept {
        while (at_ < filled_)
            if (auto const name = take(); name.text != "." && name.text != "..") return name;
        return std::nullopt;
    }

    /// Why reading ended, as an error number; 0 if it was the end.
    int error() const noexcept { return error_; }

private:
    DirectoryName take() noexcept {
        // struct linux_dirent64, man page getdents(2): inode (8), position (8), length (2), type (1), name
        char const* const entry = buffer_ + at_;
        std::uint64_t after = 0;
        std::uint16_t length = 0;
        std::memcpy(&after, entry + 8, sizeof after);
        std::memcpy(&length, entry + 16, sizeof length);
        at_ += length;
        return {std::string_view(entry + 19), after, static_cast<unsigned char>(entry[18])};
    }

    int fd_;
    std::size_t at_ = 0, filled_ = 0, capacity_;
    std::unique_ptr<char[]> own_{};
    char* buffer_;
    int error_ = 0;
};

}  // namespace holdfast::detail

#endif
