#ifndef HOLDFAST_STORAGE_FILE_LOAD_HPP
#define HOLDFAST_STORAGE_FILE_LOAD_HPP

#include <holdfast/core/frame.hpp>
#include <holdfast/core/record_id.hpp>
#include <holdfast/detail/posix/fd.hpp>
#include <holdfast/detail/posix/system_error.hpp>

#include <string>

namespace holdfast::detail {

inline constexpr std::size_t max_frame_size = max_frame_header + max_payload_size;

/// Reads the rest of a file behind the bytes that `out` holds. False with `errno` if that fails, or if there are more
/// than a frame can have (`EFBIG`).
inline bool read_rest(int fd, Buffer& out) {
    auto const head = FrameReader::head(out.view());
    std::size_t const end = out.view().find('\n');
    std::size_t expected = 2 * out.size();
    if (head && end != std::string_view::npos && head->size <= max_payload_size) expected = end + 1 + head->size;
    for (;;) {
        if (out.size() > max_frame_size) return errno = EFBIG, false;
        std::size_t const want = expected > out.size() ? expected - out.size() + 1 : out.size();
        std::size_t const before = out.size();
        out.reserve(before + want);
        char* const at = out.extend(want);
        auto const got = uninterrupted([&] { return ::read(fd, at, want); });
        out.truncate(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got < 0) return false;
        if (got == 0 || static_cast<std::size_t>(got) < want) return true;  // short only at the end of a regular file
    }
}

/// A file of which the first bytes were read: all of most, and the header of nearly every other. Cost: 2 system calls,
/// 1 to close it.
class Beginning {
public:
    Beginning() = default;
    Beginning(Beginning const&) = delete;
    Beginning& operator=(Beginning const&) = delete;

    /// False: the reason is in `errno`.
    bool open(int directory, char const* path) noexcept {
        fd_ = open_at(directory, path, O_RDONLY | O_NONBLOCK);  // not blocking if it is a pipe
        if (!fd_) return false;
        auto const got = uninterrupted([&] { return ::read(fd_.get(), first_, sizeof first_); });
        size_ = got > 0 ? static_cast<std::size_t>(got) : 0;
        return got >= 0;
    }

    std::string_view view() const noexcept { return {first_, size_}; }

    /// All bytes of the file. Cost: a system call more above 6 KiB. No value: the reason is in `errno`.
    std::optional<Bytes> whole() const {
        Buffer bytes(size_);
        bytes.append(first_, size_);
        if (size_ == sizeof first_ && !read_rest(fd_.get(), bytes)) return std::nullopt;
        return Bytes(std::move(bytes));
    }

private:
    Fd fd_;
    std::size_t size_ = 0;
    char first_[6 * 1024];
};

/// The record in a file; null if there is none. `known` if the header still names its newest write: then nothing more
/// is looked at. Errors: `malformed` also for a file of another key.
inline Result<RecordPtr> load_record(int directory, std::string const& path, RecordId const& id,
                                     RecordPtr const& known = nullptr) {
    Beginning file;
    bool const opened = file.open(directory, path.c_str());
    if (opened && known) {
        auto const newest = FrameReader::newest_id(file.view(), id.key.view());
        if (newest && Revision(*newest) == known->revision) return known;
    }
    auto const bytes = opened ? file.whole() : std::nullopt;
    if (!bytes) {
        if (errno == ENOENT) return RecordPtr();
        if (errno == EFBIG)
            return Error(Errc::malformed,
                         "the file is larger than a record can be: restore it from a copy, or remove it")
                .on(path);
        return system_error(errno, "read", path);
    }
    auto read = FrameReader::shared_record(*bytes);
    if (!read) return std::move(read).error().on(path);
    std::shared_ptr<Record> record = *std::move(read);
    if (record->key.view() != id.key.view())
        return Error(Errc::malformed,
                     "the file holds a record of the key \"" + record->key.str() +
                         "\": it was moved by hand, or two long keys have one hash; rename the key, or "
                         "put the file back")
            .on(path);
    record->revision = Revision(record->stamp.ids.newest());
    return RecordPtr(std::move(record));
}

/// The first members of the frame in a file. No value if it cannot be read (see `errno`; 0 if it is no frame).
inline std::optional<FrameHead> load_head(int directory, char const* path) {
    Fd const fd = open_at(directory, path, O_RDONLY | O_NONBLOCK);
    if (!fd) return std::nullopt;
    char first[3 * 1024];  // a key of 1024 bytes and its escapes fit
    auto const got = uninterrupted([&] { return ::read(fd.get(), first, sizeof first); });
    if (got < 0) return std::nullopt;
    auto head = FrameReader::head({first, static_cast<std::size_t>(got)});
    errno = 0;
    return head;
}

/// The id of the newest write, as the header of the frame in a file says, which is not verified. No value if it does
/// not say so in the usual form, or is of another key. Cost: 3 system calls, whatever the size.
inline std::optional<WriteId> load_newest_id(int directory, char const* path, KeyView key) {
    Fd const fd = open_at(directory, path, O_RDONLY | O_NONBLOCK);
    if (!fd) return std::nullopt;
    char first[1024 + max_key_size];
    auto const got = uninterrupted([&] { return ::read(fd.get(), first, 1024 + key.view().size()); });
    if (got < 0) return std::nullopt;
    return FrameReader::newest_id({first, static_cast<std::size_t>(got)}, key.view());
}

}  // namespace holdfast::detail

#endif
