#ifndef HOLDFAST_POSIX_TREE_ROOT_HPP
#define HOLDFAST_POSIX_TREE_ROOT_HPP

#include <holdfast/core/durability.hpp>
#include <holdfast/core/home.hpp>
#include <holdfast/format/layout_mark.hpp>
#include <holdfast/posix/file_error.hpp>
#include <holdfast/posix/inotify.hpp>
#include <holdfast/posix/make_directory.hpp>
#include <holdfast/posix/open_beneath.hpp>
#include <holdfast/posix/tree/options.hpp>
#include <holdfast/posix/tree/other_roots.hpp>
#include <holdfast/posix/tree/place.hpp>
#include <holdfast/posix/tree/promise.hpp>
#include <holdfast/posix/tree/shards.hpp>
#include <holdfast/posix/tree/staged_file.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#if defined(__linux__)
#include <sys/vfs.h>
#endif

namespace holdfast::detail {

/// How a tree is opened.
struct RootOptions {
    DirectoryOptions asked;
    Durability durability;
    std::string_view layout{};                    ///< of what its names mean; empty: no mark says so, and none is made
    std::span<std::string_view const> areas{};  ///< names in the root that are found only where there is a mark
};

/// The root of a tree of files that several programs write, kept open; with a directory for itself, `.holdfast`: lock
/// files, temporary files, and a note of how durable all is.
class Root {
public:
    static constexpr char const* own_directory = ".holdfast";
    static constexpr char const* temporary_directory = "temporary";

    static Result<std::shared_ptr<Root>> open(std::string const& path, RootOptions const& options) {
        if (path.empty()) return Error(Errc::invalid_argument, "a file storage needs a directory").during("open");
        if (auto plain = refuse_home(path); !plain) return std::move(plain).error().during("open");
        bool const writable = !options.asked.read_only, create = options.asked.create && writable;
        if (create)
            if (auto made = make_directories(path, options, true); !made) return std::move(made).error();
        Fd root = open_through_links(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
        if (!root) return root_error(errno, "open", path);
        if (!options.asked.trust_network)
            if (auto local = refuse_network(root.get(), path); !local) return std::move(local).error();
        if (auto room = refuse_short_names(root.get(), path); !room) return std::move(room).error();
        if (writable)
            if (auto alone = refuse_inside_of_root(root.get(), own_directory, path); !alone) return std::move(alone).error();
        auto const marked = is_marked(root.get(), path, options);
        if (!marked) return Error(marked.error()).during("open");
        if (!*marked && !create)
            return Error(Errc::not_found, "the directory holds no store: correct the path, or let it be created")
                .during("open")
                .on(path);
        auto own = open_own(root.get(), path, options);
        if (!own) return std::move(own).error();
        bool const copy = !*own;  // of which nobody has promised anything, and that is only read
        auto const rights = copy ? Rights() : shared_rights(root.get(), own->get(), path, options);
        if (!rights) return rights.error();
        Fd temporary = writable ? make_temporary(own->get(), *rights) : Fd();
        if (writable && !temporary) return system_error(errno, "create", path + "/" + own_directory + "/temporary");
        if (!*marked)
            if (auto made = write_mark(root.get(), temporary.get(), path, *rights, options); !made)
                return std::move(made).error().during("open");
        auto promise = copy ? Promise() : Promise::open(root.get(), own->get(), options.durability, !writable);
        if (!promise) return std::move(promise).error().during("open").on(path);
        if (writable) LockFile::make_spare(own->get());
        auto place = Place::of(root.get(), path);
        if (!place) return std::move(place).error();
        auto locks = LockDirectory::of(copy ? open_directory_at(root.get(), ".") : *std::move(own),
                                       place->real() + "/" + own_directory);
        if (!locks) return std::move(locks).error();
        return std::shared_ptr<Root>(new Root(std::move(root), *std::move(locks), std::move(temporary),
                                              *std::move(promise), *std::move(place), *rights, !writable));
    }

    int fd() const noexcept { return root_.get(); }
    /// Of all writes: at least that of the type by which it was opened.
    Durability durability() const noexcept { return promise_.durability(); }
    /// Its directory for itself; only of one that may be written.
    LockDirectory const& own() const noexcept { return own_; }
    /// What is made in the tree belongs to whom the root belongs to, and is shared as its directory for itself is.
    Rights const& rights() const noexcept { return rights_; }
    bool read_only() const noexcept { return read_only_; }
    /// Errors: `permission_denied` if it was opened read-only: then nothing is written, and no lock is taken.
    Result<void> check_writable() const {
        if (!read_only_) return {};
        return Error(Errc::permission_denied,
                     "the storage was opened read-only: to write, to lock or to see who holds a lock, open it without "
                     "mode=ro and without DirectoryOptions::read_only; nothing was changed");
    }
    /// To be called before each write. Errors: see `Promise::keep`.
    Result<void> keep_promise() const { return promise_.keep(own_.fd()); }
    /// Errors: `not_found` if the path no longer leads here. Cost: 1 system call.
    Result<void> check_place() const { return place_.check(root_.get()); }
    Shards& shards() noexcept { return shards_; }
    /// Where temporary files are made. Somebody may have removed it: `make_temporary`.
    int temporary() const noexcept { return temporary_.get(); }
    /// Another in its place. An empty `Fd` leaves the reason in `errno`.
    Fd make_temporary() const { return make_temporary(own_.fd(), rights_); }
    IdleInotify& inotify() noexcept { return inotify_; }

private:
    Root(Fd root, LockDirectory own, Fd temporary, Promise promise, Place place, Rights const& rights, bool read_only)
        : root_(std::move(root)),
          own_(std::move(own)),
          temporary_(std::move(temporary)),
          promise_(std::move(promise)),
          place_(std::move(place)),
          rights_(rights),
          read_only_(read_only),
          shards_(own_) {}

    /// Whether the mark stands that is asked for. Errors: `incompatible` (another, or none where there are records).
    static Result<bool> is_marked(int root, std::string const& path, RootOptions const& options) {
        if (options.layout.empty()) return true;
        Fd const mark = open_at(root, LayoutMark::file_name, O_RDONLY | O_NONBLOCK);
        if (mark) {
            char text[LayoutMark::most];
            auto const size = pread_whole(mark.get(), text, sizeof text);
            if (size < 0) return system_error(errno, "read", path + "/" + LayoutMark::file_name);
            auto fine = LayoutMark::check({text, static_cast<std::size_t>(size)}, options.layout);
            return fine ? Result<bool>(true) : Result<bool>(std::move(fine).error().on(LayoutMark::file_name));
        }
        if (errno != ENOENT) return file_error(errno, "open", root, LayoutMark::file_name);
        struct stat there {};
        for (std::string_view const area : options.areas)
            if (::fstatat(root, std::string(area).c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0)
                return LayoutMark::missing(area, options.layout).on(path);
        std::string const earlier = std::string(own_directory) + "/layout";
        if (::fstatat(root, earlier.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0)
            return Error(Errc::incompatible,
                         "the store is of format version 1, this program knows version 2: copy it to a new store with "
                         "the program that wrote it; nothing was changed")
                .on(path);
        return false;
    }

    /// The directory for itself, made if need be: before the mark, which is put together there.
    static Result<Fd> open_own(int root, std::string const& path, RootOptions const& options) {
        Fd own = open_directory_at(root, own_directory);
        if (own) return own;
        bool const may_do_without = options.asked.read_only && (errno == ENOENT || errno == EACCES);
        if (may_do_without) return Fd();
        if (errno != ENOENT) return file_error(errno, "open", AT_FDCWD, path + "/" + own_directory);
        return make_own_directory(root, path, options);
    }

    static Fd make_temporary(int own, Rights const& rights) {
        Fd there = open_directory_at(own, temporary_directory);
        if (there || errno != ENOENT) return there;
        Rights above = rights;
        if (int const error = above.read_owner(own); error != 0) return errno = error, Fd();
        MadeDirectory made = make_directory(own, temporary_directory, above, rights);
        return errno = made.error, std::move(made.fd);
    }

    /// Whole, or not at all, and on disk before the first record can be, however durable that will be: a store whose mark
    /// a power loss has emptied opens no more. Who comes second finds that of another.
    static Result<void> write_mark(int root, int temporary, std::string const& path, Rights const& rights,
                                   RootOptions const& options) {
        StagedFile mark(temporary, Environment::system());
        std::string const text = LayoutMark::text(options.layout);
        std::string_view const part = text;
        int error = mark.create();
        if (error == 0) error = Rights::inherit(mark.fd(), rights, rights);
        if (error == 0) error = write_all(mark.fd(), {&part, 1});
        if (error == 0) error = sync_file(mark.fd());
        if (error == 0) error = mark.file().put(root, LayoutMark::file_name, true);
        if (error != 0 && error != EEXIST) return system_error(error, "write", path + "/" + LayoutMark::file_name);
        if (error == EEXIST)
            if (auto const same = is_marked(root, path, options); !same) return same.error();
        if (error = sync_directory(root); error != 0) return system_error(error, "sync", path);
        return {};
    }

    /// They are synced before the mark is written; none is made in another's root. `whole`: the path is the root's own.
    static Result<void> make_directories(std::string const& path, RootOptions const& options, bool whole) {
        struct stat there {};
        if (::stat(path.c_str(), &there) == 0) {
            Fd const above = whole ? Fd() : open_through_links(AT_FDCWD, path.c_str(), passage);
            return above ? refuse_inside_of_root(above.get(), own_directory, path, true) : Result<void>();
        }
        if (errno != ENOENT) return root_error(errno, "create", path);
        if (::lstat(path.c_str(), &there) == 0) {  // a link that leads nowhere, or somebody was faster
            if (S_ISLNK(there.st_mode) && ::stat(path.c_str(), &there) != 0) return root_error(errno, "create", path);
            return {};
        }
        std::size_t const end = path.find_last_not_of('/'), slash = path.find_last_of('/', end);
        std::string const parent = slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
        if (auto made = make_directories(parent, options, false); !made) return made;
        Fd const above = open_through_links(AT_FDCWD, parent.c_str(), passage);
        if (!above) return root_error(errno, "create", parent);
        struct stat about {};
        if (::fstat(above.get(), &about) != 0) return system_error(errno, "create", parent);
        Rights const rights{about.st_uid, about.st_gid, options.asked.group ? mode_t{0770} : mode_t{0700}, {}};
        std::string const name = path.substr(slash == path.npos ? 0 : slash + 1, end - slash);
        auto const made = make_directory(above.get(), name.c_str(), rights, rights);
        if (made.error != 0) return system_error(made.error, "create", path);
        return {};
    }

    static Result<Fd> make_own_directory(int root, std::string const& path, RootOptions const& options) {
        struct stat about {};
        if (::fstat(root, &about) != 0) return system_error(errno, "create", path);
        bool const prepared = (about.st_mode & S_ISGID) != 0 && is_of_group(about.st_mode);
        if (options.asked.group && !prepared && ::fchmod(root, (about.st_mode & 07777) | S_ISGID | 0770) != 0)
            return system_error(errno, "share with the group", path);
        bool const shared = options.asked.group || prepared;
        Rights const rights{about.st_uid, about.st_gid, shared ? mode_t{0770} : mode_t{0700}, {}};
        auto own = make_directory(root, own_directory, rights, rights);
        if (own.error != 0) return file_error(own.error, "create", AT_FDCWD, path + "/" + own_directory);
        return std::move(own.fd);
    }

    /// Whether a directory is a group's, and not everybody's.
    static constexpr bool is_of_group(mode_t mode) noexcept {
        return (mode & (Rights::of_group | S_IWOTH)) == Rights::of_group;
    }

    /// Those of the group are found in the directory for itself. In a root that is everybody's they count only if who
    /// owns the root, the superuser or this user gave them.
    static Result<Rights> shared_rights(int root, int own, std::string const& path, RootOptions const& options) {
        Rights whole, sharing;
        int error = whole.read_directory(root);
        if (error == 0) error = sharing.read_directory(own);
        if (error != 0) return system_error(error, "open", path);
        bool const trusted = sharing.trusted(::geteuid(), whole);
        whole.mode = (whole.mode & ~Rights::of_group) | (trusted ? sharing.mode & Rights::of_group : 0);
        if (options.asked.group && (whole.mode & Rights::of_group) != Rights::of_group)
            return Error(Errc::incompatible,
                         "the storage was not made to be shared with a group: chgrp -R it to the group, then chmod -R "
                         "g+rwX and, of its directories, g+s; or open it without that option")
                .during("open")
                .on(path);
        return whole;
    }

    /// The system's number does not tell a link that leads nowhere from a directory that is missing.
    static Error root_error(int number, std::string_view operation, std::string const& path) {
        struct stat about {};
        bool const link = ::lstat(path.c_str(), &about) == 0 && S_ISLNK(about.st_mode);
        if (number != ENOENT && number != ELOOP) return system_error(number, operation, path);
        if (!link) return system_error(number, operation, path);
        return Error(Errc::not_found,
                     "a symbolic link stands here that leads nowhere: make the directory that it "
                     "names, or correct it")
            .during(operation)
            .on(path)
            .from("errno " + std::to_string(number));
    }

    /// Long keys are cut for the shortest names in use, those of eCryptfs; less cannot be made to do.
    static Result<void> refuse_short_names(int fd, std::string const& path) {
        long const most = ::fpathconf(fd, _PC_NAME_MAX);
        if (most < 0 || most >= 143) return {};
        return Error(Errc::not_supported, "names have at most " + std::to_string(most) +
                                              " bytes on this file system, and a store needs 143: use another disk")
            .during("open")
            .on(path);
    }

#if defined(__linux__)
    static Result<void> refuse_network(int fd, std::string const& path) {
        struct statfs info {};
        if (::fstatfs(fd, &info) != 0) return system_error(errno, "open", path);
        switch (static_cast<unsigned long>(info.f_type) & 0xffffffff) {  // values: man page statfs(2)
            case 0x6969:                                                 // NFS
            case 0x517b:                                                 // SMB
            case 0xfe534d42:                                             // SMB2
            case 0xff534d42:                                             // CIFS
            case 0x01021997:                                             // 9P
                return Error(Errc::not_supported,
                             "locks of network file systems may not exclude anybody: use a local disk, or a database, "
                             "or open with network=trust if all writers are on one host")
                    .during("open")
                    .on(path);
            default: return {};
        }
    }
#else
    static Result<void> refuse_network(int, std::string const&) { return {}; }
#endif

    Fd root_;
    LockDirectory own_;
    Fd temporary_;
    Promise promise_;
    Place place_;
    Rights rights_;
    bool read_only_;
    Shards shards_;
    IdleInotify inotify_;
};

}  // namespace holdfast::detail

#endif
