#ifndef HOLDFAST_STORAGE_FILE_ROOT_HPP
#define HOLDFAST_STORAGE_FILE_ROOT_HPP

#include <holdfast/core/durability.hpp>
#include <holdfast/core/home.hpp>
#include <holdfast/posix/file_error.hpp>
#include <holdfast/posix/inotify.hpp>
#include <holdfast/posix/make_directory.hpp>
#include <holdfast/storage/file/options.hpp>
#include <holdfast/storage/file/place.hpp>
#include <holdfast/storage/file/promise.hpp>
#include <holdfast/storage/file/shards.hpp>

#include <memory>
#include <string>
#include <string_view>

#if defined(__linux__)
#include <sys/vfs.h>
#endif

namespace holdfast::detail {

/// How a directory is opened.
struct RootOptions {
    FileOptions asked;
    Durability durability;
    std::string_view layout;
    std::string_view earlier_layout;              ///< whose directories are taken over; empty: none
    bool (*only_earlier)(std::string_view name);  ///< whether a name of a directory is of that one only
};

/// A directory that holds records, kept open, with its lock files and the name of its layout in `.holdfast`.
class Root {
public:
    static constexpr char const* own_directory = ".holdfast";

    static Result<std::shared_ptr<Root>> open(std::string const& path, RootOptions const& options) {
        if (path.empty()) return Error(Errc::invalid_argument, "a file storage needs a directory").during("open");
        if (auto plain = refuse_home(path); !plain) return std::move(plain).error().during("open");
        bool const create = options.asked.create && !options.asked.read_only;
        if (create)
            if (auto made = make_directories(path, options); !made) return std::move(made).error();
        Fd root = open_through_links(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
        if (!root) return root_error(errno, "open", path);
        if (!options.asked.trust_network)
            if (auto local = refuse_network(root.get(), path); !local) return std::move(local).error();
        if (auto room = refuse_short_names(root.get(), path); !room) return std::move(room).error();
        Fd own = open_directory_at(root.get(), own_directory);
        if (!own && errno == ENOENT && create) {
            auto made = make_own_directory(root.get(), path, options);
            if (!made) return std::move(made).error();
            own = *std::move(made);
        }
        if (!own)
            return errno == ENOENT ? Error(Errc::not_found,
                                           "the directory holds no store: correct the path, or let it "
                                           "be created")
                                         .during("open")
                                         .on(path)
                                   : file_error(errno, "open", AT_FDCWD, path + "/" + own_directory);
        auto const rights = shared_rights(root.get(), own.get(), path, options);
        if (!rights) return rights.error();
        bool const earlier = is_of_earlier_layout(root.get(), own.get(), options);
        auto promise = Promise::open(root.get(), own.get(), earlier ? options.earlier_layout : options.layout,
                                     options.durability, options.asked.read_only);
        if (!promise) return std::move(promise).error().during("open").on(path);
        if (!options.asked.read_only) LockFile::make_spare(own.get());
        auto place = Place::of(root.get(), path);
        if (!place) return std::move(place).error();
        auto locks = LockDirectory::of(std::move(own), place->real() + "/" + own_directory);
        if (!locks) return std::move(locks).error();
        return std::shared_ptr<Root>(new Root(std::move(root), *std::move(locks), *std::move(promise),
                                              *std::move(place), *rights, earlier, options.asked.read_only));
    }

    int fd() const noexcept { return root_.get(); }
    /// Of all writes: at least that of the type by which it was opened.
    Durability durability() const noexcept { return promise_.durability(); }
    /// Its directory for itself.
    LockDirectory const& own() const noexcept { return own_; }
    /// What is made in the storage belongs to whom the root belongs to, and is shared as its directory for itself is.
    Rights const& rights() const noexcept { return rights_; }
    bool read_only() const noexcept { return read_only_; }
    /// Errors: `permission_denied` if it was opened read-only: then nothing is written, and no lock is taken.
    Result<void> check_writable() const {
        if (!read_only_) return {};
        return Error(Errc::permission_denied,
                     "the storage was opened read-only: to write, to lock or to see who holds a lock, open it without "
                     "mode=ro and without FileOptions::read_only; nothing was changed");
    }
    /// To be called before each write. Errors: see `Promise::keep`.
    Result<void> keep_promise() const { return promise_.keep(own_.fd()); }
    /// Whether the directory goes on with the names of the earlier layout.
    bool earlier_layout() const noexcept { return earlier_layout_; }
    /// Errors: `not_found` if the path no longer leads here. Cost: 1 system call.
    Result<void> check_place() const { return place_.check(root_.get()); }
    Shards& shards() noexcept { return shards_; }
    IdleInotify& inotify() noexcept { return inotify_; }

private:
    Root(Fd root, LockDirectory own, Promise promise, Place place, Rights const& rights, bool earlier_layout,
         bool read_only)
        : root_(std::move(root)),
          own_(std::move(own)),
          promise_(std::move(promise)),
          place_(std::move(place)),
          rights_(rights),
          earlier_layout_(earlier_layout),
          read_only_(read_only),
          shards_(own_) {}

    /// They are synced before the mark is written.
    static Result<void> make_directories(std::string const& path, RootOptions const& options) {
        struct stat there {};
        if (::stat(path.c_str(), &there) == 0) return {};
        if (errno != ENOENT) return root_error(errno, "create", path);
        if (::lstat(path.c_str(), &there) == 0) {  // a link that leads nowhere, or somebody was faster
            if (S_ISLNK(there.st_mode) && ::stat(path.c_str(), &there) != 0) return root_error(errno, "create", path);
            return {};
        }
        std::size_t const end = path.find_last_not_of('/'), slash = path.find_last_of('/', end);
        std::string const parent = slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
        if (auto made = make_directories(parent, options); !made) return made;
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

    /// The mark says so; where there is none, the names do.
    static bool is_of_earlier_layout(int root, int own, RootOptions const& options) {
        if (options.earlier_layout.empty()) return false;
        auto const marked = LayoutMark::read(own, options.earlier_layout);
        return marked && (*marked || has_names(root, options.only_earlier));
    }

    static bool has_names(int root, bool (*wanted)(std::string_view)) {
        Fd const own = open_directory_at(root, ".");  // a position of its own
        DirectoryReader names(own.get(), 32 * 1024);
        while (auto const name = names.next())
            if (wanted(name->text)) return true;
        return false;
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
    Promise promise_;
    Place place_;
    Rights rights_;
    bool earlier_layout_, read_only_;
    Shards shards_;
    IdleInotify inotify_;
};

}  // namespace holdfast::detail

#endif
