#ifndef HOLDFAST_POSIX_DIRECTORY_READER_HPP
#define HOLDFAST_POSIX_DIRECTORY_READER_HPP

#include <holdfast/process/fd.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include <dirent.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

namespace holdfast::detail {

/// The names in a directory, without `.` and `..`, from a position on that can be kept between processes.
///
/// On Linux it asks the kernel itself: `readdir` costs three calls more. The positions are those that NFS servers rely
/// on: stable on ext4, xfs, btrfs, and on tmpfs since Linux 6.6.
class DirectoryReader {
public:
    struct Name {
        std::string_view text;  ///< valid until the next call
        std::uint64_t after;    ///< position of what follows
    };

#if defined(__linux__) && !defined(HOLDFAST_USE_READDIR)
    /// Reads through `fd`, which must outlive this and whose position it moves. `size`: of the buffer, in bytes; one
    /// kernel call fills it.
    DirectoryReader(int fd, std::size_t size)
        : fd_(fd), capacity_(size), own_(std::make_unique_for_overwrite<char[]>(size)), buffer_(own_.get()) {}
    /// The same, of a buffer that must outlive this: takes no memory.
    DirectoryReader(int fd, char* buffer, std::size_t size) noexcept : fd_(fd), capacity_(size), buffer_(buffer) {}

    bool seek(std::uint64_t position) noexcept { return ::lseek(fd_, static_cast<off_t>(position), SEEK_SET) >= 0; }

    /// The next name. At the end no value and `error()` 0.
    std::optional<Name> next() noexcept {
        for (;;) {
            if (at_ == filled_ && !fill()) return std::nullopt;
            if (auto const name = take(); name.text != "." && name.text != "..") return name;
        }
    }

    /// Reads one buffer and no more; then `more_buffered` says whether `next` needs no kernel call.
    bool fill() noexcept {
        auto const got = ::syscall(SYS_getdents64, fd_, buffer_, capacity_);
        error_ = got < 0 ? errno : 0;
        at_ = 0;
        filled_ = got < 0 ? 0 : static_cast<std::size_t>(got);
        return filled_ > 0;
    }
    std::optional<Name> next_buffered() noexcept {
        while (at_ < filled_)
            if (auto const name = take(); name.text != "." && name.text != "..") return name;
        return std::nullopt;
    }

private:
    Name take() noexcept {
        // struct linux_dirent64, man page getdents(2): inode (8), position (8), length (2), type (1), name
        char const* const entry = buffer_ + at_;
        std::uint64_t after = 0;
        std::uint16_t length = 0;
        std::memcpy(&after, entry + 8, sizeof after);
        std::memcpy(&length, entry + 16, sizeof length);
        at_ += length;
        return {std::string_view(entry + 19), after};
    }

    int fd_;
    std::size_t at_ = 0, filled_ = 0, capacity_;
    std::unique_ptr<char[]> own_{};
    char* buffer_;

public:
#else
    DirectoryReader(int fd, std::size_t) noexcept : DirectoryReader(fd, nullptr, 0) {}
    DirectoryReader(int fd, char*, std::size_t) noexcept {
        Fd copy = duplicate(fd);
        stream_.reset(copy ? ::fdopendir(copy.get()) : nullptr);
        if (!stream_) {
            error_ = errno;
            return;
        }
        (void)copy.release();
        ::rewinddir(stream_.get());
    }

    bool seek(std::uint64_t position) noexcept {
        if (stream_) ::seekdir(stream_.get(), static_cast<long>(position));
        return stream_ != nullptr;
    }

    std::optional<Name> next() noexcept {
        while (stream_) {
            errno = 0;
            auto const* const entry = ::readdir(stream_.get());
            if (entry == nullptr) {
                error_ = errno;
                return std::nullopt;
            }
            std::string_view const text(entry->d_name);
            if (text != "." && text != "..") return Name{text, static_cast<std::uint64_t>(::telldir(stream_.get()))};
        }
        return std::nullopt;
    }

    bool fill() noexcept { return stream_ != nullptr; }
    std::optional<Name> next_buffered() noexcept { return next(); }

private:
    struct Close {
        void operator()(DIR* stream) const noexcept { ::closedir(stream); }
    };
    std::unique_ptr<DIR, Close> stream_;

public:
#endif
    /// Why reading ended, as an error number; 0 if it was the end.
    int error() const noexcept { return error_; }

private:
    int error_ = 0;
};

}  // namespace holdfast::detail

#endif
