#ifndef HOLDFAST_POSIX_RIGHTS_HPP
#define HOLDFAST_POSIX_RIGHTS_HPP

#include <holdfast/posix/unsupported.hpp>

#include <cerrno>
#include <string>

#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/xattr.h>
#endif

namespace holdfast::detail {

/// Who owns a file, and what others may do with it.
struct Rights {
    static constexpr mode_t of_group = 070, of_others = 07;

    uid_t owner = 0;
    gid_t group = 0;
    mode_t mode = 0;
    std::string list{};  ///< access control list of Linux, as the kernel has it; empty: none

    /// Of a file: 0, or the error number. Cost: 1 system call; 1 more if its group has rights, as one with a list has.
    int read(int fd);
    /// Of a directory: its owner's, those of its group, and whether everybody may put things in it.
    int read_directory(int fd);
    /// Only whose it is. Cost: 1 system call.
    int read_owner(int fd) noexcept;
    /// For a file that was just made in `directory`: those of its owner, and of the group what it has in the whole
    /// `store`, whatever the umask. What the superuser makes belongs to whom the directory belongs to. 0, or the error
    /// number. Cost: 1 system call if nothing is to be changed.
    static int inherit(int fd, Rights const& directory, Rights const& store);
    /// Likewise those of the file that it will replace, as an administrator may have set them. `EPERM`: its owner would
    /// be shut out.
    static int keep(int fd, Rights const& replaced, Rights const& store);

    /// Whether who owns it may say what others may do: anybody could have put it into a directory that is everybody's.
    bool trusted(uid_t user, Rights const& store) const noexcept {
        return (store.mode & S_IWOTH) == 0 || owner == user || owner == 0 || owner == store.owner;
    }

private:
    static int set_mode(int fd, mode_t now, mode_t wanted) noexcept;
};

namespace access_list {

#if defined(__linux__)
inline constexpr char const* own = "system.posix_acl_access";
inline constexpr char const* inherited = "system.posix_acl_default";

inline bool exists(int fd, char const* which) noexcept { return ::fgetxattr(fd, which, nullptr, 0) > 0; }

/// Whether the rights that show as the group's are those of others whom a list names. Where the list is meant for what
/// will be made in a directory, the kernel sees to that.
inline bool hides_group(int fd) noexcept { return exists(fd, own) && !exists(fd, inherited); }

inline std::string read(int fd) {
    auto const size = ::fgetxattr(fd, own, nullptr, 0);
    std::string text(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
    if (size > 0 && ::fgetxattr(fd, own, text.data(), text.size()) != size) text.clear();
    return text;
}
inline bool write(int fd, std::string const& list) noexcept {
    return ::fsetxattr(fd, own, list.data(), list.size(), 0) == 0;
}
#else
inline bool hides_group(int) noexcept { return false; }
inline std::string read(int) { return {}; }
inline bool write(int, std::string const&) noexcept { return false; }
#endif

}  // namespace access_list

inline int Rights::read(int fd) {
    struct stat about {};
    if (::fstat(fd, &about) != 0) return errno;
    *this = {about.st_uid, about.st_gid, about.st_mode & 0777, {}};
    if ((mode & of_group) != 0) list = access_list::read(fd);
    return 0;
}

inline int Rights::read_owner(int fd) noexcept {
    struct stat about {};
    if (::fstat(fd, &about) != 0) return errno;
    owner = about.st_uid;
    group = about.st_gid;
    return 0;
}

inline int Rights::read_directory(int fd) {
    struct stat about {};
    if (::fstat(fd, &about) != 0) return errno;
    *this = {about.st_uid, about.st_gid, 0700 | (about.st_mode & (of_group | S_IWOTH)), {}};
    if ((mode & of_group) != 0 && access_list::hides_group(fd)) mode &= ~of_group;
    return 0;
}

/// A file system that has no rights, or whose rights are fixed when it is mounted, refuses: that is no error as long as
/// the owner may do what is to be done.
inline int Rights::set_mode(int fd, mode_t now, mode_t wanted) noexcept {
    if (now == wanted || ::fchmod(fd, wanted) == 0) return 0;
    bool const fixed = errno == EPERM || is_unsupported(errno);
    return fixed && (now & wanted & 0700) == (wanted & 0700) ? 0 : errno;
}

inline int Rights::inherit(int fd, Rights const& directory, Rights const& store) {
    struct stat now {};
    if (::fstat(fd, &now) != 0) return errno;
    mode_t const group = store.mode & of_group;
    mode_t wanted = 0600 | (group & 060);
    if (S_ISDIR(now.st_mode)) wanted = 0700 | group | (group != 0 ? S_ISGID : now.st_mode & S_ISGID);
    bool const give = now.st_uid == 0 && directory.owner != 0 && directory.trusted(0, store);
    bool const regroup = group != 0 && now.st_gid != directory.group;
    if (give || regroup)
        if (::fchown(fd, give ? directory.owner : static_cast<uid_t>(-1), directory.group) != 0 && regroup)
            wanted &= ~of_group;  // they are not meant for another group
    return set_mode(fd, now.st_mode & 07777, wanted);
}

inline int Rights::keep(int fd, Rights const& replaced, Rights const& store) {
    struct stat now {};
    if (::fstat(fd, &now) != 0) return errno;
    bool const trusted = replaced.trusted(now.st_uid, store);
    mode_t wanted = trusted ? replaced.mode : replaced.mode & (0600 | (store.mode & 060));
    bool const give = now.st_uid != replaced.owner;
    bool const regroup = (wanted & of_group) != 0 && now.st_gid != replaced.group;
    if (give || regroup) {
        constexpr uid_t same = static_cast<uid_t>(-1);
        bool const given = ::fchown(fd, give ? replaced.owner : same, replaced.group) == 0;
        if (!given && give && (replaced.mode & (of_group | of_others)) == 0) return EPERM;
        if (!given && regroup && ::fchown(fd, same, replaced.group) != 0)  // not for another group than what all may
            wanted &= ~of_group | (wanted & of_others) << 3;
    }
    if (trusted && !replaced.list.empty()) {
        if (access_list::write(fd, replaced.list)) return 0;
        wanted &= ~of_group;  // they were those of the list
    }
    return set_mode(fd, now.st_mode & 07777, wanted);
}

}  // namespace holdfast::detail

#endif
