#ifndef HOLDFAST_POSIX_TREE_DURABILITY_NOTE_HPP
#define HOLDFAST_POSIX_TREE_DURABILITY_NOTE_HPP

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

/// The file that says how durable the files of a tree are on this machine (see `Promise`):
///
///     {"holdfast":"2","durability":"none","raising":"yes"}
///
/// It is written under a lock on itself, and never renamed. A file that is empty was being written when its writer was
/// killed, or could not sync: it is written again. Copies of the tree are made without it: what they hold was synced by
/// nobody.
class DurabilityNote {
public:
    static constexpr char const* file_name = "durability";

    /// What it says.
    struct Words {
        Durability durability = Durability::full;
        bool raising = false;  ///< somebody began to raise it, and has not ended that
    };

    /// No value if there is none, or an empty one. `own`: the tree's directory for itself. Cost: 3 system calls.
    /// Errors: `incompatible` (of a newer program), `malformed`, …
    static Result<std::optional<Words>> read(int own) {
        Fd const fd = open_at(own, file_name, O_RDONLY | O_NONBLOCK);
        if (fd) return read_open(fd.get());
        if (errno == ENOENT) return std::optional<Words>();
        return system_error(errno, "open", file_name);
    }

    /// Makes it if need be, locked, so that one at a time changes it.
    static Result<void> lock(int own, LockFile& file) {
        if (auto opened = file.open(own, file_name); !opened) return opened;
        return file.lock(Context(Environment::system(), std::chrono::seconds(30)), file_name);
    }

    static Result<std::optional<Words>> read_open(int fd) {
        char text[256];
        auto const size = pread_whole(fd, text, sizeof text);
        if (size < 0) return system_error(errno, "read", file_name);
        if (size == 0) return std::optional<Words>();
        return words({text, static_cast<std::size_t>(size)});
    }

    /// Only the first line counts: a shorter one that replaces a longer one is whole at every moment. 0 or the error
    /// number.
    static int write(int fd, Words const& words) {
        std::string text = "{\"holdfast\":\"2\",\"durability\":\"";
        text.append(name(words.durability));
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
    static Result<std::optional<Words>> words(std::string_view text) {
        FlatReader members(text.substr(0, text.find('\n')));
        auto const version = members.next(), durability = members.next();
        if (version && version->name == "holdfast" && version->value != "2")
            return Error(Errc::incompatible, "the directory is of format version " + std::string(version->value) +
                                                 ", this program knows version 2: use a newer program; nothing was "
                                                 "changed")
                .on(file_name);
        for (Durability const known : {Durability::none, Durability::data, Durability::full}) {
            if (!version || version->name != "holdfast" || !durability || durability->name != "durability" ||
                durability->value != name(known))
                continue;
            auto const raising = members.next();
            return std::optional(Words{known, raising && raising->name == "raising"});
        }
        return Error(Errc::malformed,
                     "the file that tells the durability is damaged or not ours: restore it from a copy, or remove it; no "
                     "record is in it, and it is written anew")
            .on(file_name);
    }
};

}  // namespace holdfast::detail

#endif
