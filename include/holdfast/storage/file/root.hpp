#ifndef HOLDFAST_STORAGE_FILE_ROOT_HPP
#define HOLDFAST_STORAGE_FILE_ROOT_HPP

#include <holdfast/detail/posix/inotify.hpp>
#include <holdfast/detail/posix/system_error.hpp>
#include <holdfast/storage/file/durability.hpp>
#include <holdfast/storage/file/layout_mark.hpp>
#include <holdfast/storage/file/shards.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#if defined(__linux__)
#include <sys/vfs.h>
#endif

namespace holdfast::detail {

/// How a directory is opened.
struct RootOptions {
    bool create;
    bool trust_network;
    bool sync;
    std::string_view layout;
};

/// A directory that holds records, kept open, with its lock files and the name of its layout in `.holdfast`.
class Root {
public:
    static constexpr char const* own_directory = ".holdfast";

    static Result<std::shared_ptr<Root>> open(std::string const& path, RootOptions options) {
        if (path.empty()) return Error(Errc::invalid_argument, "a file storage needs a directory").during("open");
        if (options.create)
            if (auto made = make_directories(path, options.sync); !made) return std::move(made).error();
        Fd root(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
        if (!root) return system_error(errno, "open", path);
        if (!options.trust_network)
            if (auto local = refuse_network(root.get(), path); !local) return std::move(local).error();
        Fd own = open_directory_at(root.get(), own_directory);
        if (!own && errno == ENOENT && options.create) {
            auto made = make_own_directory(root.get(), path, options.sync);
            if (!made) return std::move(made).error();
            own = *std::move(made);
        }
        if (!own)
            return errno == ENOENT ? Error(Errc::not_found,
                                           "the directory holds no store: correct the path, or let it "
                                           "be created")
                                         .during("open")
                                         .on(path)
                                   : system_error(errno, "open", path + "/" + own_directory);
        if (auto known = LayoutMark::check_or_write(own.get(), options.layout, options.sync); !known)
            return std::move(known).error().during("open").on(path);
        std::unique_ptr<char, void (*)(void*)> const real(::realpath(path.c_str(), nullptr), std::free);
        if (!real) return system_error(errno, "open", path);
        return std::shared_ptr<Root>(new Root(std::move(root), std::move(own), real.get()));
    }

    int fd() const noexcept { return root_.get(); }
    /// Of its directory for itself: absolute, without symbolic links.
    std::string const& own_path() const noexcept { return own_path_; }
    Shards& shards() noexcept { return shards_; }
    IdleInotify& inotify() noexcept { return inotify_; }
    /// Whether files come out with fewer rights than asked for, so that each needs another call.
    bool umask_takes_our_rights() const noexcept { return umask_takes_our_rights_; }

private:
    Root(Fd root, Fd own, std::string const& path)
        : root_(std::move(root)), own_(std::move(own)), own_path_(path + "/" + own_directory), shards_(own_.get()) {}

    static Result<void> make_directories(std::string const& path, bool sync) {
        if (::access(path.c_str(), F_OK) == 0) return {};
        std::size_t const slash = path.find_last_of('/', path.find_last_not_of('/'));
        std::string const parent = slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
        if (auto made = make_directories(parent, sync); !made) return made;
        bool const made = ::mkdir(path.c_str(), 0700) == 0;
        if (!made && errno != EEXIST) return system_error(errno, "create", path);
        if (made && ::chmod(path.c_str(), 0700) != 0) return system_error(errno, "create", path);
        return sync ? sync_path(AT_FDCWD, parent.c_str()) : Result<void>();
    }

    static Result<void> sync_path(int directory, char const* path) {
        Fd const fd = Fd(::openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!fd && errno == EACCES) return {};  // a directory of others, which may not be opened: theirs to keep
        int const error = fd ? sync_directory(fd.get()) : errno;
        if (error != 0) return system_error(error, "sync", path);
        return {};
    }

    /// Its presence says that the root itself is known to be on disk.
    static Result<Fd> make_own_directory(int root, std::string const& path, bool sync) {
        if (sync)
            if (auto synced = sync_path(root, ".."); !synced) return std::move(synced).error();
        if (::mkdirat(root, own_directory, 0700) != 0 && errno != EEXIST) return system_error(errno, "create", path);
        (void)::fchmodat(root, own_directory, 0700, 0);  // whatever the umask
        return open_directory_at(root, own_directory);
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

    /// Linux tells the umask in /proc; it cannot be asked without changing it for all threads.
    static bool read_umask() noexcept {
        char text[512];
        Fd const status(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
        auto const size = status ? ::read(status.get(), text, sizeof text) : 0;
        std::string_view const all(text, size > 0 ? static_cast<std::size_t>(size) : 0);
        auto const at = all.find("Umask:\t");
        if (at == all.npos || all.size() < at + 11) return true;
        return (static_cast<unsigned>(all[at + 8] - '0') & 6) != 0;
    }

    Fd root_;
    Fd own_;
    std::string own_path_;
    Shards shards_;
    IdleInotify inotify_;
    bool umask_takes_our_rights_ = read_umask();
};

}  // namespace holdfast::detail

#endif
