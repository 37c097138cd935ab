#ifndef HOLDFAST_STORAGE_FILE_REPLACEMENT_HPP
#define HOLDFAST_STORAGE_FILE_REPLACEMENT_HPP

#include <holdfast/core/write_id.hpp>
#include <holdfast/posix/sync.hpp>
#include <holdfast/posix/unsupported.hpp>
#include <holdfast/storage/file/key_directory.hpp>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <sys/uio.h>

namespace holdfast::detail {

/// A file that is written beside its place and then put there whole. What goes wrong before that leaves the place as
/// it was, and the temporary file is removed.
class Replacement {
public:
    /// The name is unique: should the lock fail (a network file system), an update may be lost but nothing is torn. A
    /// file that exists is never opened again: it may be the live one under a second name.
    Replacement(int directory, WriteId unique) : directory_(directory) {
        auto const digits = unique.text();
        name_.reserve(temporary_prefix.size() + digits.size());
        name_.append(temporary_prefix).append(digits.data(), digits.size());
    }
    Replacement(Replacement const&) = delete;
    Replacement& operator=(Replacement const&) = delete;
    ~Replacement() {
        if (exists_) (void)::unlinkat(directory_, name_.c_str(), 0);
    }

    /// `give(int fd)` gives the file its rights before anything is in it. 0 or the error number.
    template <class Give>
    int write(std::string_view header, std::string_view payload, bool sync, Give&& give) {
        Fd file = open_at(directory_, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (!file) return errno;
        exists_ = true;
        if (int const error = give(file.get()); error != 0) return error;
        if (int const error = write_all(file.get(), header, payload); error != 0) return error;
        if (sync)
            if (int const error = sync_file(file.get()); error != 0) return error;
        return file.close();
    }

    /// Takes the place of `name`; `create`: only if nothing is there (`EEXIST`). 0 or the error number.
    int put(int directory, char const* name, bool create) noexcept {
        int const error =
            create ? put_new(directory, name) : result(::renameat(directory_, name_.c_str(), directory, name));
        if (error == 0) exists_ = false;
        return error;
    }
    /// It is in its place, whatever `put` reported.
    void is_put() noexcept { exists_ = false; }

private:
    static int result(int returned) noexcept { return returned == 0 ? 0 : errno; }

    /// By a rename that replaces nothing; else by a second name; else by a look and a rename, which the lock of the
    /// shard makes one step among all who know it. Which of them the file system has, and the process may use, is found
    /// out by trying.
    int put_new(int directory, char const* name) noexcept {
#if defined(RENAME_NOREPLACE)
        int const error = result(::renameat2(directory_, name_.c_str(), directory, name, RENAME_NOREPLACE));
        if (!is_missing_feature(error)) return error;
#endif
        int const linked = result(::linkat(directory_, name_.c_str(), directory, name, 0));
        if (linked == 0) (void)::unlinkat(directory_, name_.c_str(), 0);  // if it stays, the next writer sweeps it
        if (!is_missing_feature(linked)) return linked;
        struct stat there {};
        if (::fstatat(directory, name, &there, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
        return errno != ENOENT ? errno : result(::renameat(directory_, name_.c_str(), directory, name));
    }

    /// Also of a file system that has no hard links, or no more of them.
    static constexpr bool is_missing_feature(int error) noexcept {
        return is_unsupported(error) || error == EPERM || error == EMLINK;
    }

    static int write_all(int fd, std::string_view header, std::string_view payload) noexcept {
        while (!header.empty() || !payload.empty()) {
            // writev takes what it does not change as non-const
            std::array<iovec, 2> parts{{{const_cast<char*>(header.data()), header.size()},
                                        {const_cast<char*>(payload.data()), payload.size()}}};
            auto const got = uninterrupted([&] { return ::writev(fd, parts.data(), 2); });
            if (got < 0) return errno;
            if (got == 0) return ENOSPC;
            auto const written = static_cast<std::size_t>(got);
            std::size_t const first = written < header.size() ? written : header.size();
            header.remove_prefix(first);
            payload.remove_prefix(written - first);
        }
        return 0;
    }

    int directory_;
    bool exists_ = false;
    std::string name_;
};

/// Changes the names in a directory and changes them back, so that what they are is written anew by its next sync. 0 or
/// the error number.
inline int renew_names(int directory, WriteId unique) {
    Replacement passing(directory, unique);
    return passing.write({}, {}, false, [](int) { return 0; });
}

}  // namespace holdfast::detail

#endif
