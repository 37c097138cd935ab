#ifndef HOLDFAST_STORAGE_FILE_LAYOUT_MARK_HPP
#define HOLDFAST_STORAGE_FILE_LAYOUT_MARK_HPP

#include <holdfast/core/durability.hpp>
#include <holdfast/core/environment.hpp>
#include <holdfast/format/flat_json.hpp>
#include <holdfast/posix/lock_file.hpp>
#include <holdfast/posix/whole.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// The file that says how the files of a storage are named and which frames are in them, so that a program that would
/// name them otherwise finds out before it touches anything; and how durable they are, if not fully (see `Promise`):
///
///     {"holdfast":"1","layout":"key_directories","durability":"none","raising":"yes"}
///
/// It is written under a lock on itself, and never renamed. A file that is empty was being written when its writer was
/// killed, or could not sync: it is written again.
class LayoutMark {
public:
    static constexpr char const* file_name = "layout";

    /// What it says.
    struct Words {
        Durability durability = Durability::full;
        bool raising = false;  ///< somebody began to raise it, and has not ended that
    };

    /// No value if there is none, or an empty one. `own`: the storage's directory for itself. Cost: 3 system calls.
    /// Errors: `incompatible` (another layout, a newer format), `malformed`, …
    static Result<std::optional<Words>> read(int own, std::string_view layout) {
        Fd const fd = open_at(own, file_name, O_RDONLY | O_NONBLOCK);
        if (fd) return read_open(fd.get(), layout);
        if (errno == ENOENT) return std::optional<Words>();
        return system_error(errno, "open", file_name);
    }

    /// Makes it if need be, locked, so that one at a time changes it.
    static Result<void> lock(int own, LockFile& file) {
        if (auto opened = file.open(own, file_name); !opened) return opened;
        return file.lock(Context(Environment::system(), std::chrono::seconds(30)), file_name);
    }

    static Result<std::optional<Words>> read_open(int fd, std::string_view layout) {
        char text[1024];
        auto const size = pread_whole(fd, text, sizeof text);
        if (size < 0) return system_error(errno, "read", file_name);
        if (size == 0) return std::optional<Words>();
        return check({text, static_cast<std::size_t>(size)}, layout);
    }

    /// Only the first line counts: a shorter one that replaces a longer one is whole at every moment. 0 or the error
    /// number.
    static int write(int fd, std::string_view layout, Words const& words) {
        Buffer text(128 + layout.size());
        text.append("{\"holdfast\":\"1\",\"layout\":\"");
        append_escaped(text, layout);
        if (words.durability != Durability::full) {
            text.append("\",\"durability\":\"");
            text.append(name(words.durability));
        }
        if (words.raising) text.append("\",\"raising\":\"yes");
        text.append("\"}\n");
        auto const put = pwrite_whole(fd, text.data(), text.size());
        if (put < 0) return errno;
        if (static_cast<std::size_t>(put) < text.size()) return ENOSPC;
        return ::ftruncate(fd, static_cast<off_t>(text.size())) == 0 ? 0 : errno;
    }
    /// The next one writes it again.
    static void take_back(int fd) noexcept { (void)!::ftruncate(fd, 0); }

private:
    static Error damaged() {
        return Error(Errc::malformed,
                     "the file that tells the layout is damaged or not ours: restore it from a copy, or remove it; no "
                     "record is in it, and it is written anew")
            .on(file_name);
    }

    static Result<std::optional<Words>> check(std::string_view text, std::string_view layout) {
        FlatReader members(text.substr(0, text.find('\n')));
        auto const version = members.next(), name = members.next();
        if (!version || version->name != "holdfast") return damaged();
        if (version->value != "1")
            return Error(Errc::incompatible, "the directory is of format version " + std::string(version->value) +
                                                 ", this program knows version 1: use a newer program; nothing was "
                                                 "changed");
        auto const stored = name && name->name == "layout" ? unescape(name->value) : std::nullopt;
        if (!stored) return damaged();
        if (*stored == layout) return words(members);
        return Error(Errc::incompatible,
                     "the files in the directory are named by the layout '" + *stored + "', this program uses '" +
                         std::string(layout) +
                         "': open it with that layout, or use another directory; nothing was changed");
    }

    /// A mark that says nothing is of a directory that is kept at full durability.
    static Result<std::optional<Words>> words(FlatReader& members) {
        auto const member = members.next();
        if (!member || member->name != "durability") return std::optional(Words());
        for (Durability const known : {Durability::none, Durability::data, Durability::full}) {
            if (member->value != name(known)) continue;
            auto const raising = members.next();
            return std::optional(Words{known, raising && raising->name == "raising"});
        }
        return damaged();
    }
};

}  // namespace holdfast::detail

#endif
