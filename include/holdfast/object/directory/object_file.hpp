#ifndef HOLDFAST_OBJECT_DIRECTORY_OBJECT_FILE_HPP
#define HOLDFAST_OBJECT_DIRECTORY_OBJECT_FILE_HPP

#include <holdfast/object/content_revision.hpp>
#include <holdfast/object/directory/object_path.hpp>
#include <holdfast/posix/file_error.hpp>
#include <holdfast/posix/open_beneath.hpp>
#include <holdfast/posix/rights.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace holdfast::detail {

/// A file that is an object, open to be read.
class ObjectFile {
public:
    static constexpr std::size_t piece = 64 * 1024;

    /// No value if there is no object. Cost: 2 system calls, 1 to close it. Errors: `malformed` (a symbolic link, or what
    /// is no file), …
    static Result<std::optional<ObjectFile>> open(int root, std::string const& path) {
        ObjectFile file;
        file.fd_ = open_beneath(root, path.c_str(), O_RDONLY | O_NONBLOCK);  // not blocking if it is a pipe
        if (!file.fd_) {
            int const number = errno;
            if (number == ENOENT || (number == ENOTDIR && !is_odd_way(root, path))) return std::optional<ObjectFile>();
            return file_error(number, "read", root, path);
        }
        if (::fstat(file.fd_.get(), &file.about_) != 0) return system_error(errno, "read", path);
        if (S_ISDIR(file.about_.st_mode)) return std::optional<ObjectFile>();  // as a bucket has none of this name
        if (!S_ISREG(file.about_.st_mode))
            return no_file(false, path).during("read");
        return std::optional<ObjectFile>(std::move(file));
    }

    /// What stands where an object should, and is neither that nor a directory.
    static Error no_file(bool link, std::string const& path) {
        return Error(Errc::malformed, link ? "a symbolic link stands here, which is not followed: put the file in its place"
                                           : "what stands here is no file: remove it")
            .on(path);
    }
    /// Where the system's number says only that some name on the way is no directory: whether it is no object either.
    static bool is_odd_way(int root, std::string const& path) {
        for (std::size_t end = path.find('/'); end != path.npos; end = path.find('/', end + 1)) {
            struct stat about {};
            if (::fstatat(root, path.substr(0, end).c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) return false;
            if (!S_ISDIR(about.st_mode) && !S_ISREG(about.st_mode)) return true;
        }
        return false;
    }

    std::uint64_t size() const noexcept { return static_cast<std::uint64_t>(about_.st_size); }
    struct stat const& about() const noexcept { return about_; }
    int fd() const noexcept { return fd_.get(); }

    /// Calls `each(std::string_view)` for all of it, in pieces, until it is false. False: the reason is in `errno`.
    template <class Each>
    bool read(Each&& each) const {
        auto const buffer = std::make_unique_for_overwrite<char[]>(piece);
        for (;;) {
            auto const got = uninterrupted([&] { return ::read(fd_.get(), buffer.get(), piece); });
            if (got < 0) return false;
            if (got == 0) return true;
            if (!each(std::string_view(buffer.get(), static_cast<std::size_t>(got)))) return false;
        }
    }

    /// All of it; no value: `errno`, `EFBIG` if there are more bytes than `most`. `cut`: then only so many.
    std::optional<Buffer> read_all(std::uint64_t most, bool cut = false) const {
        std::uint64_t const expected = size() < most ? size() + 1 : most + (cut ? 0 : 1);
        Buffer all(static_cast<std::size_t>(expected));
        for (;;) {
            std::size_t const before = all.size();
            if (cut && before >= most) return all;
            std::size_t const want = before < expected ? static_cast<std::size_t>(expected) - before : piece;
            char* const at = all.extend(want);
            auto const got = uninterrupted([&] { return ::read(fd_.get(), at, want); });
            all.truncate(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
            if (got < 0) return std::nullopt;
            if (got == 0) return all;
            if (!cut && all.size() > most) return errno = EFBIG, std::nullopt;
        }
    }

    /// The token of all of it. Errors: also `timed_out` and `cancelled`, for it may be long.
    Result<Revision> digest(Context const& context) const {
        Sha256 hash;
        bool in_time = true;
        bool const read = this->read([&](std::string_view part) {
            hash.update(part);
            return in_time = !context.stopped() && !context.overdue();
        });
        if (read) return content_revision(hash);
        if (in_time) return system_error(errno, "read", "the object");
        if (context.stopped()) return Error(Errc::cancelled, "the caller asked to stop");
        return Error(Errc::timed_out, "the time was over before all was read");
    }

private:
    ObjectFile() = default;


    Fd fd_;
    struct stat about_ {};
};

}  // namespace holdfast::detail

#endif
