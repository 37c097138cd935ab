#ifndef HOLDFAST_STORAGE_FILE_REPLACEMENT_HPP
#define HOLDFAST_STORAGE_FILE_REPLACEMENT_HPP

#include <holdfast/core/write_id.hpp>
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
    ///
    /// `path`: of the directory of the temporary file, below `directory`; empty for `directory` itself.
    Replacement(int directory, WriteId unique, std::string_view path = {}) : directory_(directory) {
        auto const digits = unique.text();
        name_.reserve(path.size() + 1 + temporary_prefix.size() + digits.size());
        if (!path.empty()) name_.append(path).push_back('/');
        name_.append(temporary_prefix).append(digits.data(), digits.size());
    }
    Replacement(Replacement const&) = delete;
    Replacement& operator=(Replacement const&) = delete;
    ~Replacement() {
        if (exists_) (void)::unlinkat(directory_, name_.c_str(), 0);
    }

    /// 0 or the error number.
    int write(std::string_view header, std::string_view payload, bool sync, bool set_mode) {
        Fd file = open_at(directory_, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (!file) return errno;
        exists_ = true;
        if (set_mode && ::fchmod(file.get(), 0600) != 0) return errno;
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

    int put_new(int directory, char const* name) noexcept {
#if defined(RENAME_NOREPLACE) && !defined(HOLDFAST_USE_LINK)
        int const error = result(::renameat2(directory_, name_.c_str(), directory, name, RENAME_NOREPLACE));
        if (error != EINVAL && error != ENOSYS) return error;  // these two: the file system does not know the flag
#endif
        if (::linkat(directory_, name_.c_str(), directory, name, 0) != 0) return errno;
        (void)::unlinkat(directory_, name_.c_str(), 0);  // if it stays, the next writer sweeps it
        return 0;
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

}  // namespace holdfast::detail

#endif
