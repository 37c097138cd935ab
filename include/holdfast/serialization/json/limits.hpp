#ifndef HOLDFAST_SERIALIZATION_JSON_LIMITS_HPP
#define HOLDFAST_SERIALIZATION_JSON_LIMITS_HPP

namespace holdfast {

/// Arrays and objects inside each other that are read or written; deeper ones are refused.
inline constexpr unsigned max_json_depth = 128;

}  // namespace holdfast

#endif
