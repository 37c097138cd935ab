#ifndef HOLDFAST_CORE_UNDISTURBED_HPP
#define HOLDFAST_CORE_UNDISTURBED_HPP

#include <holdfast/core/one_mode.hpp>

namespace holdfast::detail {

/// Runs what only stands beside an operation, such as an observer or the note of a cache, and lets none of what it
/// throws disturb that.
template <class Body>
void undisturbed(Body&& body) noexcept {
#if defined(__cpp_exceptions)
    try {
        body();
    } catch (...) {  // what it would have noted is lost
    }
#else
    body();
#endif
}

}  // namespace holdfast::detail

#endif
