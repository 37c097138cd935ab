#ifndef HOLDFAST_CORE_HOME_HPP
#define HOLDFAST_CORE_HOME_HPP

#include <holdfast/core/result.hpp>

#include <string>

namespace holdfast::detail {

/// Refuses what a shell would have put another path for. Errors: `invalid_argument`.
inline Result<void> refuse_home(std::string const& path) {
    if (!path.starts_with('~')) return {};
    return Error(Errc::invalid_argument,
                 "'~' is a home directory in a shell only: write the whole path, or ./~ for a file or directory whose "
                 "name begins so")
        .on(path);
}

}  // namespace holdfast::detail

#endif
