#ifndef HOLDFAST_SERIALIZATION_JSON_SCAN_HPP
#define HOLDFAST_SERIALIZATION_JSON_SCAN_HPP

#include <holdfast/serialization/json/scan_sse2.hpp>
#include <holdfast/serialization/json/scan_words.hpp>

namespace holdfast::detail {

/// The fastest that this file is compiled for. The files of one program may differ in it: what each of them has is
/// another class, and gives the same.
#if defined(__SSE2__)
using JsonScan = JsonSse2Scan;
#else
using JsonScan = JsonWordScan;
#endif

}  // namespace holdfast::detail

#endif
