#ifndef HOLDFAST_TESTS_DIALECTS_MIXED_MIXED_HPP
#define HOLDFAST_TESTS_DIALECTS_MIXED_MIXED_HPP

#include <holdfast/core/contain.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/serialization/json/scan.hpp>

#include <cstdint>
#include <string>

namespace mixed {

/// What both files use under one name.
inline bool works() {
    holdfast::Result<int> const good = 1, bad = holdfast::Error(holdfast::Errc::conflict);
    std::string const text = "\x80 and a \"quote\", behind which there are sixteen bytes";
    std::string copy(text.size(), '?');
    std::uint64_t high = 0;
    using Scan = holdfast::detail::JsonScan;
    return holdfast::detail::contained([] {}) && *good == 1 && bad.error() == holdfast::Errc::conflict &&
           *Scan::find_quote(text.data()) == '"' && Scan::copy(text.data(), text.size(), copy.data(), high) == 8 &&
           high != 0;
}

}  // namespace mixed

#endif
