#ifndef HOLDFAST_STORAGE_FILE_KEY_DIRECTORY_HPP
#define HOLDFAST_STORAGE_FILE_KEY_DIRECTORY_HPP

#include <holdfast/posix/directory_reader.hpp>
#include <holdfast/posix/make_directory.hpp>
#include <holdfast/posix/rights.hpp>
#include <holdfast/posix/sync.hpp>
#include <holdfast/process/fd.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// How names of files begin that are still being written. They exist only while the lock of their shard is held, so
/// its holder may remove all that it finds.
inline constexpr std::string_view temporary_prefix = ".tmp-";

/// Removes what killed writers left, and says whether any `others` are in the directory. 0 or the error number. Cost: 1
/// system call; 2 if there is nothing else.
///
/// Once it found something else it goes on for the rest of 4 KiB of names only: a directory of a key has few, and each
/// writer leaves one at most.
inline int sweep(int directory, bool* others = nullptr) {
    DirectoryReader names(directory, 4096);
    bool found = false;
    while (auto const name = found ? names.next_buffered() : names.next()) {
        if (name->text.starts_with(temporary_prefix)) (void)::unlinkat(directory, name->text.data(), 0);
        else found = true;
    }
    if (others != nullptr) *others = found;
    return names.error();
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

    /// Opens and sweeps it, or makes it and syncs the parent. One that is empty is made anew: it may be left of
    /// somebody whose sync failed, and nobody is told that again. `above`: the rights that the parent hands down,
    /// `store`: those of the whole storage. 0 or the error number; `ENOENT`: who knows no locks came between.
    int open_or_make(bool sync, Rights const& above, Rights const& store) {
        int error = open();
        bool others = false;
        if (error == 0) {
            error = sweep(fd_.get(), &others);
            if (error != 0 || others || !sync) return error;
        }
        if (error != 0 && error != ENOENT) return error;
        if (!sync) return make(above, store);
        Fd const names = open_to_sync(parent_);
        if (!names || (error == 0 && ::unlinkat(parent_, name_.c_str(), AT_REMOVEDIR) != 0)) return errno;
        error = make(above, store);
        if (error != 0) return error;
        return made_ ? sync_directory(names.get()) : ENOENT;
    }

    int fd() const noexcept { return fd_.get(); }
    bool made() const noexcept { return made_; }

    /// Removes it if nothing is inside.
    void remove_if_empty() const noexcept { (void)::unlinkat(parent_, name_.c_str(), AT_REMOVEDIR); }

private:
    /// Makes and opens it; if it is there, only that. 0 or the error number.
    int make(Rights const& above, Rights const& store) {
        MadeDirectory directory = make_directory(parent_, name_.c_str(), above, store);
        fd_ = std::move(directory.fd);
        made_ = directory.made;
        return directory.error;
    }

    int parent_;
    std::string name_;
    Fd fd_;
    bool made_ = false;
};

}  // namespace holdfast::detail

#endif
