#ifndef HOLDFAST_SERIALIZATION_MIGRATING_TAG_HPP
#define HOLDFAST_SERIALIZATION_MIGRATING_TAG_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/error.hpp>
#include <holdfast/core/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// The line before a payload that says which version of the schema it has: `holdfast-schema:3`. A payload without one
/// has version 1.
struct SchemaTag {
    static constexpr std::string_view name = "holdfast-schema:";
    static constexpr unsigned largest = 999'999'999;

    unsigned version = 1;
    std::size_t size = 0;  ///< of the line with its end; 0 if there is none

    static void write(unsigned version, Buffer& out) {
        out.append(name);
        out.append(std::to_string(version));
        out.push_back('\n');
    }

    /// Errors: `malformed` for a line that begins like a tag and is none. One version has one form.
    static Result<SchemaTag> read(std::string_view payload) {
        if (!payload.starts_with(name)) return SchemaTag();
        unsigned version = 0;
        std::size_t at = name.size();
        for (; at < payload.size() && payload[at] >= '0' && payload[at] <= '9' && version <= largest / 10; ++at)
            version = version * 10 + static_cast<unsigned>(payload[at] - '0');
        if (version == 0 || payload[name.size()] == '0' || at == payload.size() || payload[at] != '\n')
            return Error(Errc::malformed,
                         "the payload begins with 'holdfast-schema:', but a version and the end of the line do not "
                         "follow; repair the record or restore it");
        return SchemaTag{version, at + 1};
    }
};

}  // namespace holdfast::detail

#endif
