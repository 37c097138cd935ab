#ifndef HOLDFAST_STORAGE_FILE_LOAD_HPP
#define HOLDFAST_STORAGE_FILE_LOAD_HPP

#include <holdfast/core/record_id.hpp>
#include <holdfast/format/frame.hpp>
#include <holdfast/posix/file_error.hpp>
#include <holdfast/posix/open_beneath.hpp>
#include <holdfast/posix/rights.hpp>

#include <string>

namespace holdfast::detail {

inline constexpr std::size_t max_frame_size = max_frame_header + max_payload_size;

/// How many bytes the frame has that begins so; nothing if that cannot be told.
inline std::optional<std::size_t> frame_size(std::string_view beginning) {
    std::size_t const end = beginning.find('\n');
    if (end == beginning.npos) return std::nullopt;
    auto const head = FrameReader::head(beginning);
    if (!head || head->size > max_payload_size) return std::nullopt;
    return end + 1 + head->size;
}

/// Reads the rest of a file behind the bytes that `out` holds. False with `errno` if that fails, or if there are more
/// than a frame can have (`EFBIG`).
///
/// A read may give less than was asked for, as some file systems do (FUSE): that is the end of the file if a frame ends
/// there, and else whatever comes next is asked for, until nothing comes.
inline bool read_rest(int fd, Buffer& out) {
    auto const whole = frame_size(out.view());
    for (;;) {
        if (out.size() > max_frame_size) return errno = EFBIG, false;
        std::size_t const want = whole && *whole >= out.size() ? *whole - out.size() + 1 : out.size() + 1;
        std::size_t const before = out.size();
        out.reserve(before + want);
        char* const at = out.extend(want);
        auto const got = uninterrupted([&] { return ::read(fd, at, want); });
        out.truncate(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got < 0) return false;
        if (got == 0 || out.size() == whole) return true;
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
        fd_ = open_beneath(directory, path, O_RDONLY | O_NONBLOCK);  // not blocking if it is a pipe
        if (!fd_) return false;
        auto const got = uninterrupted([&] { return ::read(fd_.get(), first_, sizeof first_); });
        size_ = got > 0 ? static_cast<std::size_t>(got) : 0;
        return got >= 0;
    }

    std::string_view view() const noexcept { return {first_, size_}; }
    int fd() const noexcept { return fd_.get(); }

    /// All bytes of the file, unless the first read was cut short. Cost: a system call more above 6 KiB. No value: the
    /// reason is in `errno`.
    std::optional<Bytes> whole() const { return bytes(size_ == sizeof first_); }
    /// All bytes in any case, for who finds those damaged.
    std::optional<Bytes> whole_for_certain() const { return bytes(true); }

private:
    std::optional<Bytes> bytes(bool more) const {
        Buffer all(size_);
        all.append(first_, size_);
        if (more && !read_rest(fd_.get(), all)) return std::nullopt;
        return Bytes(std::move(all));
    }

    Fd fd_;
    std::size_t size_ = 0;
    char first_[6 * 1024];
};

/// The record in a file; null if there is none. `known` if the header still names its newest write: then nothing more
/// is looked at. `rights`: receives those of the file. Errors: `malformed` also for a file of another key.
inline Result<RecordPtr> load_record(int directory, std::string const& path, RecordId const& id,
                                     RecordPtr const& known = nullptr, std::optional<Rights>* rights = nullptr) {
    Beginning file;
    bool const opened = file.open(directory, path.c_str());
    if (opened && rights != nullptr && rights->emplace().read(file.fd()) != 0) rights->reset();
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
        return file_error(errno, "read", directory, path);
    }
    auto read = FrameReader::shared_record(*bytes);
    if (!read && bytes->view().size() == file.view().size())
        if (auto const all = file.whole_for_certain(); all && all->view().size() > bytes->view().size())
            read = FrameReader::shared_record(*all);
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
    Fd const fd = open_beneath(directory, path, O_RDONLY | O_NONBLOCK);
    if (!fd) return std::nullopt;
    char first[3 * 1024];  // a key of 1024 bytes and its escapes fit
    std::optional<FrameHead> head;
    for (std::size_t size = 0; !head && size < sizeof first;) {
        auto const got = uninterrupted([&] { return ::read(fd.get(), first + size, sizeof first - size); });
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        head = FrameReader::head({first, size += static_cast<std::size_t>(got)});
    }
    errno = 0;
    return head;
}

/// The id of the newest write, as the header of the frame in a file says, which is not verified. No value if it does
/// not say so in the usual form, or is of another key. Cost: 3 system calls, whatever the size.
inline std::optional<WriteId> load_newest_id(int directory, char const* path, KeyView key,
                                             std::optional<Rights>* rights = nullptr) {
    Fd const fd = open_beneath(directory, path, O_RDONLY | O_NONBLOCK);
    if (!fd) return std::nullopt;
    char first[1024 + max_key_size];
    auto const got = uninterrupted([&] { return ::read(fd.get(), first, 1024 + key.view().size()); });
    if (got < 0) return std::nullopt;
    if (rights != nullptr && rights->emplace().read(fd.get()) != 0) rights->reset();
    return FrameReader::newest_id({first, static_cast<std::size_t>(got)}, key.view());
}

}  // namespace holdfast::detail

#endif
