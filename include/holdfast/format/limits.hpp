#ifndef HOLDFAST_FORMAT_LIMITS_HPP
#define HOLDFAST_FORMAT_LIMITS_HPP

#include <holdfast/core/record.hpp>
#include <holdfast/format/flat_json.hpp>

namespace holdfast {

/// Largest payload in bytes.
inline constexpr std::size_t max_payload_size = std::size_t{64} << 20;

namespace detail {

inline constexpr std::size_t max_attributes_size = std::size_t{16} << 10;

inline Error too_many_attributes() {
    return Error(Errc::too_large, "the attributes of a record have at most 16 KiB: put more into the value");
}

/// What storages ask of a record before they encode it. Errors: `too_large`, `invalid_argument`.
inline Result<void> fits(Record const& record) {
    if (record.payload.size() > max_payload_size)
        return Error(Errc::too_large, "a value has at most 64 MiB, this one has " +
                                          std::to_string(record.payload.size()) +
                                          " bytes: store it elsewhere and keep its name here");
    if (!is_known(record.stamp.discipline))
        return Error(Errc::invalid_argument, "the discipline of the record is none that this library knows");
    std::size_t total = 0;
    for (auto const& [name, value] : record.attributes) {
        total += name.size() + value.size();
        if (total > max_attributes_size) return too_many_attributes();
        if (!valid_utf8(name) || !valid_utf8(value))
            return Error(Errc::invalid_argument, "names and values of attributes are UTF-8 text");
    }
    return {};
}

}  // namespace detail

}  // namespace holdfast

#endif
