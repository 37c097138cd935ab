#ifndef HOLDFAST_POSIX_LOCK_DIRECTORY_HPP
#define HOLDFAST_POSIX_LOCK_DIRECTORY_HPP

#include <holdfast/core/hex.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/posix/file_error.hpp>
#include <holdfast/posix/make_directory.hpp>
#include <holdfast/posix/rights.hpp>
#include <holdfast/posix/system_error.hpp>
#include <holdfast/process/fd.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <sys/stat.h>

namespace holdfast {

/// A directory of this host for lock files. It is kept open and never looked for by its path again: whoever has it
/// locks the same files, although it was moved, another one was put in its place, or the process changed its root.
///
/// A handle: copies share the descriptor. Thread safety: every member, from any thread.
class LockDirectory {
public:
    /// Opens the directory at a path, and makes it (0700) if it is not there. `like`: the name of a file beside it;
    /// then it is made of the same group, shared with it (2770) if that may read and write the file, and what the
    /// superuser makes belongs to the file's owner. Errors: as the system's; `malformed` if a link stands there.
    static Result<LockDirectory> open(std::string const& path, std::string const& like = ".") {
        std::size_t const end = path.find_last_not_of('/'), slash = path.find_last_of('/', end);
        std::string const name = path.substr(slash == path.npos ? 0 : slash + 1, end - slash);
        bool const plain = end != path.npos && name != "." && name != "..";
        std::string const parent = !plain ? path : slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
        std::unique_ptr<char, void (*)(void*)> const real(::realpath(parent.c_str(), nullptr), std::free);
        if (!real) return detail::system_error(errno, "open", path);
        if (!plain) return of(detail::open_directory_at(AT_FDCWD, real.get()), real.get());
        detail::Fd const above = detail::open_at(AT_FDCWD, real.get(), detail::passage);
        struct stat model {};
        if (!above || ::fstatat(above.get(), like.c_str(), &model, AT_SYMLINK_NOFOLLOW) != 0)
            return detail::system_error(errno, "open", path);
        bool const shared = S_ISREG(model.st_mode) && (model.st_mode & 060) == 060;
        detail::Rights const rights{model.st_uid, model.st_gid, shared ? mode_t{0770} : mode_t{0700}, {}};
        auto made = detail::make_directory(above.get(), name.c_str(), rights, rights);
        if (made.error != 0) return detail::file_error(made.error, "open", above.get(), name);
        std::string whole(real.get());
        if (!whole.ends_with('/')) whole.push_back('/');
        return of(std::move(made.fd), whole + name);
    }

    /// One that is open already, under the last name of `path`. Errors: as the system's, also if `fd` is empty.
    static Result<LockDirectory> of(detail::Fd fd, std::string path) {
        struct stat about {}, parent {};
        if (!fd || ::fstat(fd.get(), &about) != 0 || ::fstatat(fd.get(), "..", &parent, 0) != 0)
            return detail::system_error(errno, "open", path);
        State state{std::move(fd), std::move(path), {}, about.st_dev, about.st_ino, parent.st_dev, parent.st_ino};
        for (auto const number : {std::uint64_t{state.device}, std::uint64_t{state.inode}}) {
            auto const digits = detail::to_hex(number);
            state.identity.append(digits.data(), digits.size());
        }
        return LockDirectory(std::make_shared<State const>(std::move(state)));
    }

    int fd() const noexcept { return state_->fd.get(); }
    /// Where it was when it was opened.
    std::string const& path() const noexcept { return state_->path; }
    /// Another text for each directory, as long as one has them open.
    std::string const& identity() const noexcept { return state_->identity; }

    /// Whether it still has its name in the directory where it was opened. Cost: 2 system calls.
    bool in_place() const {
        struct stat about {};
        auto const is = [&about](dev_t device, ino_t inode) { return about.st_dev == device && about.st_ino == inode; };
        std::size_t const slash = path().find_last_of('/', path().find_last_not_of('/'));
        std::string const name = "../" + path().substr(slash == std::string::npos ? 0 : slash + 1);
        return ::fstatat(fd(), "..", &about, 0) == 0 && is(state_->parent_device, state_->parent_inode) &&
               ::fstatat(fd(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 && is(state_->device, state_->inode);
    }

private:
    struct State {
        detail::Fd fd;
        std::string path, identity;
        dev_t device;
        ino_t inode;
        dev_t parent_device;
        ino_t parent_inode;
    };

    explicit LockDirectory(std::shared_ptr<State const> state) noexcept : state_(std::move(state)) {}

    std::shared_ptr<State const> state_;
};

}  // namespace holdfast

#endif
