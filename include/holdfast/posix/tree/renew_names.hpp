#ifndef HOLDFAST_POSIX_TREE_RENEW_NAMES_HPP
#define HOLDFAST_POSIX_TREE_RENEW_NAMES_HPP

#include <holdfast/core/write_id.hpp>

#include <cerrno>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace holdfast::detail {

/// How names begin that come and go at once, so that what else is in a directory is written anew: see `renew_names`.
inline constexpr std::string_view passing_prefix = ".holdfast-";

/// Changes the names in a directory and changes them back, so that what they are is written anew by its next sync. 0 or
/// the error number.
inline int renew_names(int directory, WriteId unique) {
    auto const digits = unique.text();
    std::string const passing = std::string(passing_prefix).append(digits.data(), digits.size());
    if (::mkdirat(directory, passing.c_str(), 0700) != 0) return errno;
    (void)::unlinkat(directory, passing.c_str(), AT_REMOVEDIR);  // if it stays, who makes something there removes it
    return 0;
}

}  // namespace holdfast::detail

#endif
