#ifndef HOLDFAST_SERIALIZATION_JSON_KIND_HPP
#define HOLDFAST_SERIALIZATION_JSON_KIND_HPP

namespace holdfast {

/// The six kinds of value that JSON has.
enum class JsonKind : unsigned char { null, boolean, number, string, array, object };

}  // namespace holdfast

#endif
