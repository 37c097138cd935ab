#ifndef HOLDFAST_POSIX_UNSUPPORTED_HPP
#define HOLDFAST_POSIX_UNSUPPORTED_HPP

#include <cerrno>

namespace holdfast::detail {

/// What kernels, file systems and filters of system calls answer to a call that they do not know. Some calls have
/// further answers that mean so; `EPERM` is one only where no right can be missing.
constexpr bool is_unsupported(int error) noexcept {
    return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == ENOTSUP;
}

}  // namespace holdfast::detail

#endif
