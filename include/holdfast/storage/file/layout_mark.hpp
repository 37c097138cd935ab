#ifndef HOLDFAST_STORAGE_FILE_LAYOUT_MARK_HPP
#define HOLDFAST_STORAGE_FILE_LAYOUT_MARK_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/detail/flat_json.hpp>
#include <holdfast/detail/posix/lock_file.hpp>
#include <holdfast/storage/file/durability.hpp>

#include <string>
#include <string_view>

namespace holdfast::detail {

/// The file that says how the files of a storage are named and which frames are in them, so that a program that would
/// name them otherwise finds out before it touches anything:
///
///     {"holdfast":"1","layout":"key_directories"}
///
/// It is written once, under a lock on itself, and never renamed. A file that is empty was being written when its
/// writer was killed: it is written again.
class LayoutMark {
public:
    static constexpr char const* file_name = "layout";

    /// `own`: the storage's directory for itself. Cost: 3 system calls, more the first time.
    /// Errors: `incompatible` (another layout, a newer format), `malformed`, …
    static Result<void> check_or_write(int own, std::string_view layout, bool sync) {
        Fd fd = open_at(own, file_name, O_RDONLY | O_NONBLOCK);
        if (!fd && errno != ENOENT) return system_error(errno, "open", file_name);
        if (fd) {
            auto const text = read(fd.get());
            if (!text) return text.error();
            if (!text->empty()) return check(*text, layout);
        }
        LockFile file;
        if (auto opened = file.open(own, file_name); !opened) return opened;
        if (auto locked = file.lock(Context(Environment::system()), file_name); !locked) return locked;
        auto const text = read(file.fd());
        if (!text) return text.error();
        if (!text->empty()) return check(*text, layout);  // somebody was faster
        return write(file.fd(), own, layout, sync);
    }

private:
    static Result<std::string> read(int fd) {
        char text[1024];
        auto const size = uninterrupted([&] { return ::pread(fd, text, sizeof text, 0); });
        if (size < 0) return system_error(errno, "read", file_name);
        return std::string(text, static_cast<std::size_t>(size));
    }

    static Result<void> write(int fd, int own, std::string_view layout, bool sync) {
        Buffer text(64 + layout.size());
        text.append("{\"holdfast\":\"1\",\"layout\":\"");
        append_escaped(text, layout);
        text.append("\"}\n");
        auto const put = uninterrupted([&] { return ::pwrite(fd, text.data(), text.size(), 0); });
        int error = put < 0 ? errno : static_cast<std::size_t>(put) < text.size() ? ENOSPC : 0;
        if (error == 0 && sync) error = sync_file(fd);
        if (error == 0 && sync) error = sync_directory(own);
        if (error == 0) return {};
        (void)::ftruncate(fd, 0);  // the next one tries again
        return system_error(error, "write", file_name);
    }

    static Error damaged() {
        return Error(Errc::malformed, "the file that tells the layout is damaged or not ours: restore it from a copy")
            .on(file_name);
    }

    static Result<void> check(std::string_view text, std::string_view layout) {
        FlatReader members(text.substr(0, text.find('\n')));
        auto const version = members.next(), name = members.next();
        if (!version || version->name != "holdfast") return damaged();
        if (version->value != "1")
            return Error(Errc::incompatible, "the directory is of format version " + std::string(version->value) +
                                                 ", this program knows version 1: use a newer program; nothing was "
                                                 "changed");
        auto const stored = name && name->name == "layout" ? unescape(name->value) : std::nullopt;
        if (!stored) return damaged();
        if (*stored == layout) return {};
        return Error(Errc::incompatible,
                     "the files in the directory are named by the layout '" + *stored + "', this program uses '" +
                         std::string(layout) +
                         "': open it with that layout, or use another directory; nothing was changed");
    }
};

}  // namespace holdfast::detail

#endif
