#ifndef HOLDFAST_POSIX_SYSTEM_ERROR_HPP
#define HOLDFAST_POSIX_SYSTEM_ERROR_HPP

#include <holdfast/core/error.hpp>

#include <cerrno>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// What a failure means for the caller, and what to do about it.
struct Remedy {
    Errc code;
    char const* sentence;  ///< null: nothing is known of it
};

/// Of an `errno`, wherever it comes from.
constexpr Remedy known_remedy(int number) noexcept {
    switch (number) {
        case ENOSPC: return {Errc::out_of_space, "the file system is full: make room, then repeat"};
        case EDQUOT: return {Errc::out_of_space, "the disk quota is used up: make room or raise it, then repeat"};
        case EFBIG:
            return {Errc::out_of_space, "the file size limit of this process or file system is too small: raise it"};
        case EACCES:
        case EPERM:
            return {Errc::permission_denied, "the operating system refuses: give this user rights to the directory"};
        case EROFS:
            return {Errc::permission_denied,
                    "the file system is mounted read-only: mount it writable, or open with mode=ro to read only"};
        case ENOTDIR: return {Errc::malformed, "a file stands where a directory belongs: move it away"};
        case EISDIR:
        case ENOTEMPTY: return {Errc::malformed, "a directory stands where a file belongs: move it away"};
        case ELOOP: return {Errc::malformed, "a symbolic link stands where a file belongs: put the file itself there"};
        case ENXIO: return {Errc::malformed, "a socket or a pipe stands where a file belongs: move it away"};
        case ESPIPE: return {Errc::malformed, "a pipe or a device stands where a file belongs: move it away"};
        case EAGAIN:
            return {Errc::unavailable,
                    "another program holds the file and lets nobody else have it (a lock, a lease): repeat when it has let go"};
        case EBUSY:
        case EXDEV:
            return {Errc::not_supported,
                    "a file system is mounted inside of the store, so that nothing can be replaced there: mount the "
                    "directory of the whole store instead"};
        case ENAMETOOLONG:
            return {Errc::too_large,
                    "a name or the whole path is longer than this file system allows: use a shorter key or directory"};
        case EBADF:
            return {Errc::unavailable,
                    "a descriptor of the store was closed under it: find what closes descriptors that are not its own, "
                    "then open the store anew"};
        case ENOTCONN: return {Errc::unavailable, "the process that serves this file system is gone: mount it again"};
        case EMFILE:
        case ENFILE: return {Errc::unavailable, "too many files are open: close some or raise the limit, then repeat"};
        case ENOLCK:
        case EOPNOTSUPP:
            return {Errc::not_supported, "this file system has no file locks: keep the store on a local disk"};
        case ENOENT: return {Errc::not_found, "it is not there: create it, or correct the path"};
        case EIO: return {Errc::unavailable, "the disk reports a failure: check it before going on"};
        case ENOMEM: return {Errc::unavailable, "memory ran out: free some, then repeat"};
        case ESTALE: return {Errc::unavailable, "the file system lost the file: repeat when it is back"};
        default: return {Errc::unavailable, nullptr};
    }
}

constexpr Remedy remedy(int number) noexcept {
    Remedy const known = known_remedy(number);
    if (known.sentence != nullptr) return known;
    return {Errc::unavailable, "the operating system reports a failure: see its error number"};
}

/// An `errno` as an error with a remedy.
inline Error system_error(int number, std::string_view operation, std::string_view subject) {
    Remedy const what = remedy(number);
    return Error(what.code, what.sentence).during(operation).on(subject).from("errno " + std::to_string(number));
}

}  // namespace holdfast::detail

#endif
