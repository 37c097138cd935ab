#ifndef HOLDFAST_STORAGE_FILE_KEY_DIRECTORY_HPP
#define HOLDFAST_STORAGE_FILE_KEY_DIRECTORY_HPP

#include <holdfast/detail/posix/directory_reader.hpp>
#include <holdfast/storage/file/durability.hpp>

#include <string>
#include <string_view>

#include <sys/stat.h>

namespace holdfast::detail {

/// How names of files begin that are still being written. They exist only while the lock of their shard is held, so
/// its holder may remove all that it finds.
inline constexpr std::string_view temporary_prefix = ".tmp-";

/// Removes what killed writers left, and says whether anything else is in the directory. Cost: 1 system call.
///
/// It looks at the first 4 KiB of names only: a directory of a key has few, and each writer leaves one at most.
inline bool sweep(int directory) {
    DirectoryReader names(directory, 4096);
    bool others = false;
    if (!names.fill()) return false;
    while (auto const name = names.next_buffered()) {
        if (name->text.starts_with(temporary_prefix)) (void)::unlinkat(directory, name->text.data(), 0);
        else others = true;
    }
    return others;
}

/// A directory that is opened for a write, and made if need be. Used under the lock of its shard.
///
/// A name in a directory is on disk only after that directory was synced. Here the parent is synced *before* the first
/// record is put in, so the presence of a record says that it was: no later writer needs to ask again.
class KeyDirectory {
public:
    /// `parent` must outlive this.
    KeyDirectory(int parent, std::string name) : parent_(parent), name_(std::move(name)) {}

    /// 0 or the error number.
    int open() { return fd_ = open_directory_at(parent_, name_.c_str()), fd_ ? 0 : errno; }

    /// Opens or makes it, sweeps it, and syncs the parent unless a record is inside. 0 or the error number.
    int open_or_make(bool sync) {
        int error = open();
        if (error == ENOENT) error = make();
        if (error != 0 || sweep(fd_.get()) || !sync) return error;
        return sync_directory(parent_);
    }

    int fd() const noexcept { return fd_.get(); }

    /// Removes it if nothing is inside.
    void remove_if_empty() const noexcept { (void)::unlinkat(parent_, name_.c_str(), AT_REMOVEDIR); }

private:
    int make() {
        if (::mkdirat(parent_, name_.c_str(), 0700) != 0 && errno != EEXIST) return errno;
        if (::fchmodat(parent_, name_.c_str(), 0700, 0) != 0) return errno;  // whatever the umask
        return open();
    }

    int parent_;
    std::string name_;
    Fd fd_;
};

}  // namespace holdfast::detail

#endif
