#ifndef HOLDFAST_POSIX_STREAM_DIRECTORY_READER_HPP
#define HOLDFAST_POSIX_STREAM_DIRECTORY_READER_HPP

#include <holdfast/posix/directory_name.hpp>
#include <holdfast/process/fd.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <dirent.h>

namespace holdfast::detail {

/// The names in a directory by `readdir`, which every system has. It reads by a descriptor and a buffer of its own.
class StreamDirectoryReader {
public:
    StreamDirectoryReader(int fd, std::size_t) noexcept : StreamDirectoryReader(fd, nullptr, 0) {}
    StreamDirectoryReader(int fd, char*, std::size_t) noexcept {
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

    std::optional<DirectoryName> next() noexcept {
        while (stream_) {
            errno = 0;
            auto const* const entry = ::readdir(stream_.get());
            if (entry == nullptr) {
                error_ = errno;
                return std::nullopt;
            }
            std::string_view const text(entry->d_name);
            if (text != "." && text != "..")
                return DirectoryName{text, static_cast<std::uint64_t>(::telldir(stream_.get())), entry->d_type};
        }
        return std::nullopt;
    }

    bool fill() noexcept { return stream_ != nullptr; }
    std::optional<DirectoryName> next_buffered() noexcept { return next(); }

    /// Why reading ended, as an error number; 0 if it was the end.
    int error() const noexcept { return error_; }

private:
    struct Close {
        void operator()(DIR* stream) const noexcept { ::closedir(stream); }
    };
    std::unique_ptr<DIR, Close> stream_;
    int error_ = 0;
};

}  // namespace holdfast::detail

#endif
