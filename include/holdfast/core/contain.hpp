#ifndef HOLDFAST_CORE_CONTAIN_HPP
#define HOLDFAST_CORE_CONTAIN_HPP

#include <holdfast/core/one_mode.hpp>

#include <exception>

namespace holdfast::detail {

/// Runs `body`, and ends whatever it throws: for destructors, the tops of threads, and what only stands beside an
/// operation, which it is not to disturb, such as an observer or the note of a cache. False: it threw.
template <class F>
bool contained(F&& body) noexcept {
#if defined(__cpp_exceptions)
    try {
        body();
        return true;
    } catch (...) {
        return false;
    }
#else
    body();
    return true;
#endif
}

/// Runs `body`. False: it failed by an exception of the standard library, memory that is short among them; others
/// pass.
template <class F>
bool succeeded(F&& body) {
#if defined(__cpp_exceptions)
    try {
        body();
        return true;
    } catch (std::exception const&) {
        return false;
    }
#else
    body();
    return true;
#endif
}

}  // namespace holdfast::detail

#endif
