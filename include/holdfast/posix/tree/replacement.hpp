#ifndef HOLDFAST_POSIX_TREE_REPLACEMENT_HPP
#define HOLDFAST_POSIX_TREE_REPLACEMENT_HPP

#include <holdfast/core/write_id.hpp>
#include <holdfast/posix/sync.hpp>
#include <holdfast/posix/unsupported.hpp>

#include <array>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <sys/uio.h>

namespace holdfast::detail {

/// A file that is written where nobody looks, and then put into its place whole. What goes wrong before that leaves the
/// place as it was, and the temporary file is removed.
class Replacement {
public:
    /// `directory`: of the temporary files. `number`: of the lock under which all is done. The name is unique: should
    /// the lock fail (a network file system), an update may be lost but nothing is torn. A file that exists is never
    /// opened again: it may be the live one under a second name.
    Replacement(int directory, std::array<char, 2> number, WriteId unique) : directory_(directory) {
        auto const digits = unique.text();
        name_.reserve(number.size() + 1 + digits.size());
        name_.append(number.data(), number.size()).append("-").append(digits.data(), digits.size());
    }
    int directory() const noexcept { return directory_; }
    char const* name() const noexcept { return name_.c_str(); }
    Replacement(Replacement const&) = delete;
    Replacement& operator=(Replacement const&) = delete;
    ~Replacement() {
        if (exists_) (void)::unlinkat(directory_, name_.c_str(), 0);
    }

    /// Makes the file. An empty `Fd` leaves the reason in `errno`.
    Fd create() {
        Fd file = open_at(directory_, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
        exists_ = exists_ || file;
        return file;
    }

    /// `give(int fd)` gives the file its rights before anything is in it, `fill(int fd)` writes it. 0 or the error
    /// number.
    template <class Give, class Fill>
    int write(bool sync, Give&& give, Fill&& fill) {
        Fd file = create();
        if (!file) return errno;
        if (int const error = give(file.get()); error != 0) return error;
        if (int const error = fill(file.get()); error != 0) return error;
        if (sync)
            if (int const error = sync_file(file.get()); error != 0) return error;
        return file.close();
    }

    /// Takes the place of `name`; `create`: only if nothing is there (`EEXIST`). 0 or the error number; `EXDEV`: the
    /// temporary files are on another file system.
    int put(int directory, char const* name, bool create) noexcept {
        int const error =
            create ? put_new(directory, name) : result(::renameat(directory_, name_.c_str(), directory, name));
        if (error == 0) exists_ = false;
        return error;
    }
    /// Whether it is where it was made, and so was not renamed.
    bool stands() const noexcept {
        struct stat there {};
        return ::fstatat(directory_, name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
    }
    /// It is in its place, whatever `put` reported.
    void is_put() noexcept { exists_ = false; }

private:
    static int result(int returned) noexcept { return returned == 0 ? 0 : errno; }

    /// By a rename that replaces nothing; else by a second name; else by a look and a rename, which the lock makes one
    /// step among all who know it. Which of them the file system has, and the process may use, is found out by trying.
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

    int directory_;
    bool exists_ = false;
    std::string name_;
};

/// Writes parts one behind the other. 0 or the error number.
inline int write_all(int fd, std::span<std::string_view const> parts) noexcept {
    for (std::size_t done = 0; !parts.empty();) {  // bytes of the first that are left
        std::array<iovec, 8> some;
        std::size_t count = 0;
        for (std::string_view const part : parts.first(parts.size() < some.size() ? parts.size() : some.size())) {
            std::size_t const from = count == 0 ? done : 0;
            some[count++] = {const_cast<char*>(part.data()) + from, part.size() - from};  // writev takes what it only reads as non-const
        }
        auto const got = uninterrupted([&] { return ::writev(fd, some.data(), static_cast<int>(count)); });
        if (got < 0) return errno;
        std::size_t written = static_cast<std::size_t>(got), whole = 0;
        while (whole < count && written >= some[whole].iov_len) written -= some[whole++].iov_len;
        if (got == 0 && whole == 0) return ENOSPC;
        done = whole == 0 ? done + written : written;
        parts = parts.subspan(whole);
    }
    return 0;
}

}  // namespace holdfast::detail

#endif
