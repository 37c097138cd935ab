#ifndef HOLDFAST_POSIX_TREE_BRANCH_HPP
#define HOLDFAST_POSIX_TREE_BRANCH_HPP

#include <holdfast/posix/directory_reader.hpp>
#include <holdfast/posix/make_directory.hpp>
#include <holdfast/posix/open_beneath.hpp>
#include <holdfast/posix/rights.hpp>
#include <holdfast/posix/sync.hpp>
#include <holdfast/posix/tree/renew_names.hpp>
#include <holdfast/posix/tree/shards.hpp>
#include <holdfast/process/fd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// The directories on the way to a file below a root, opened, and made where they are missing. Under the lock of the
/// last of them.
///
/// A name in a directory is on disk only after that directory was synced. So a directory is synced *before* anything is
/// put into what was made in it, and therefore the presence of anything in a directory says that its own name was
/// synced. No later writer needs to ask again; one that is empty may be left of somebody whose sync failed, and nobody is
/// told that again: it is made anew. Those above the last are made under a lock of all, until something is in them.
class Branch {
public:
    /// `path`: of the last directory; empty: the root itself. `root` must outlive this.
    Branch(int root, std::string_view path) : root_(root), path_(path) {}

    /// 0 or the error number. Cost: 1 system call.
    int open() {
        fd_ = path_.empty() ? open_directory_at(root_, ".") : open_directory_beneath(root_, path_.c_str());
        return fd_ ? 0 : errno;
    }

    /// The same, and makes what is missing. `sync`: the names of what is made, and of what is empty, are synced. `store`:
    /// the rights of the whole tree. The value is 0 or the error number; `ENOENT`: somebody came between who knows no
    /// locks. Errors: those of the lock.
    Result<int> open_or_make(bool sync, Rights const& store, Shards& shards, Context const& context) {
        int const error = open();
        if ((error != 0 && error != ENOENT) || path_.empty()) return error;
        if (error == 0 && !sync) return 0;
        if (error == 0)
            if (int const names = count_names(fd_.get()); names != 0) return names < 0 ? -names : 0;
        fd_ = Fd();
        std::optional<Shards::Guard> making;
        Rights above = store;
        for (std::size_t at = 0; at < path_.size();) {
            std::size_t const slash = path_.find('/', at), end = slash == path_.npos ? path_.size() : slash;
            std::string const name = path_.substr(at, end - at);
            Level level = look(name.c_str(), sync);
            if (level.lacking() && sync && slash != path_.npos && !making) {
                auto lock = shards.lock_making(context);
                if (!lock) return std::move(lock).error();
                making.emplace(*std::move(lock));
                level = look(name.c_str(), sync);
            }
            if (level.lacking()) level = make(name.c_str(), level, sync, above, store);
            if (level.error != 0) return level.error;
            fd_ = std::move(level.fd);
            made_ = level.made;
            above = store;
            if (!made_)
                if (int const failed = above.read_owner(fd_.get()); failed != 0) return failed;
            at = end + 1;
        }
        return 0;
    }

    /// Of the last directory, if it is open.
    int fd() const noexcept { return fd_.get(); }
    /// Whether this made it.
    bool made() const noexcept { return made_; }

    /// Whose the files will be that are made there. 0 or the error number.
    int read_owner(Rights& out, Rights const& store) const {
        if (made_ || path_.empty()) return out = store, 0;
        return out.read_owner(fd());
    }

    /// Removes the last directory if nothing is inside, and those above it that are left empty then, but for the first
    /// `kept`. The last that is asked of a branch: its path is cut in place, for memory may be short. Cost: 1 system
    /// call for each, and 2 to open those above.
    void remove_if_empty(std::size_t kept) noexcept {
        for (std::size_t levels = level_count(); levels > kept; --levels) {
            std::size_t const slash = path_.rfind('/');
            bool const below_root = slash == path_.npos;
            char const* const name = path_.c_str() + (below_root ? 0 : slash + 1);
            if (!below_root) path_[slash] = '\0';
            Fd const parent = below_root ? Fd() : open_directory_beneath(root_, path_.c_str());
            bool const gone = (below_root || parent) &&
                              ::unlinkat(below_root ? root_ : parent.get(), name, AT_REMOVEDIR) == 0;
            if (!gone && errno != ENOENT) return;  // what was never made is not there either
            path_.resize(below_root ? 0 : slash);
        }
    }

    /// The directory above the deepest that is there, to be synced where the way ends early: an empty `Fd` leaves the
    /// reason in `errno`.
    Fd deepest() const {
        for (std::string rest = path_;;) {
            Fd there = rest.empty() ? open_to_sync(root_) : open_directory_beneath(root_, rest.c_str());
            if (there || errno != ENOENT || rest.empty()) return there;
            std::size_t const slash = rest.rfind('/');
            rest.resize(slash == rest.npos ? 0 : slash);
        }
    }

private:
    std::size_t level_count() const noexcept {
        if (path_.empty()) return 0;
        std::size_t levels = 1;
        for (char const c : path_) levels += c == '/';
        return levels;
    }

    struct Level {
        Fd fd{};
        int error = 0;
        bool empty = false;  ///< known only where names are synced
        bool made = false;

        bool lacking() const noexcept { return error == ENOENT || empty; }
    };

    /// 1 if there are any, 0 if there are none; else the error number, negative.
    static int count_names(int directory) {
        DirectoryReader names(directory, 4096);
        while (auto const name = names.next()) {
            if (!name->text.starts_with(passing_prefix)) return 1;
            // What somebody else calls so stays, and is something.
            if (::unlinkat(directory, name->text.data(), AT_REMOVEDIR) != 0 && errno != ENOENT) return 1;
        }
        return -names.error();
    }

    int parent() const noexcept { return fd_ ? fd_.get() : root_; }

    Level look(char const* name, bool sync) const {
        Level level{open_directory_at(parent(), name)};
        if (!level.fd) {
            level.error = errno;
            return level;
        }
        int const names = sync ? count_names(level.fd.get()) : 1;
        if (names < 0) level.error = -names;
        level.empty = names == 0;
        return level;
    }

    /// One that is missing, or is empty and may be unsynced.
    Level make(char const* name, Level const& found, bool sync, Rights const& above, Rights const& store) const {
        Fd const names = sync ? open_to_sync(parent()) : Fd();
        if (sync && !names) return {{}, errno};
        if (found.empty && ::unlinkat(parent(), name, AT_REMOVEDIR) != 0) return {{}, errno == ENOTEMPTY ? ENOENT : errno};
        MadeDirectory directory = make_directory(parent(), name, above, store);
        Level level{std::move(directory.fd), directory.error, false, directory.made};
        if (level.error != 0 || !sync) return level;
        level.error = level.made ? sync_directory(names.get()) : ENOENT;
        return level;
    }

    int root_;
    std::string path_;
    Fd fd_;
    bool made_ = false;
};

}  // namespace holdfast::detail

#endif
