#ifndef HOLDFAST_STORAGE_SQLITE_ATTRIBUTES_HPP
#define HOLDFAST_STORAGE_SQLITE_ATTRIBUTES_HPP

#include <holdfast/core/frame.hpp>
#include <holdfast/detail/flat_json.hpp>

namespace holdfast::detail::sqlite {

/// Attributes as a JSON object, in their order; nothing if there are none. Errors: `too_large`, `invalid_argument`.
inline Result<Buffer> attributes_to_json(Attributes const& attributes) {
    Buffer out;
    if (attributes.empty()) return Result<Buffer>(std::move(out));
    std::size_t total = 0;
    for (auto const& [name, value] : attributes) {
        total += name.size() + value.size();
        if (total > max_attributes_size)
            return Error(Errc::too_large, "the attributes of a record have at most 16 KiB: put more into the value");
        if (!valid_utf8(name) || !valid_utf8(value))
            return Error(Errc::invalid_argument, "names and values of attributes are UTF-8 text");
        out.append(out.size() == 0 ? "{\"" : ",\"");
        append_escaped(out, name);
        out.append("\":\"");
        append_escaped(out, value);
        out.push_back('"');
    }
    out.push_back('}');
    return Result<Buffer>(std::move(out));
}

/// No value if `json` is not what `attributes_to_json` wrote.
inline std::optional<Attributes> attributes_from_json(std::string_view json) {
    Attributes attributes;
    if (json.empty()) return attributes;
    FlatReader reader(json);
    while (auto const member = reader.next()) {
        auto name = unescape(member->name), value = unescape(member->value);
        if (!name || !value) return std::nullopt;
        attributes.emplace_back(std::move(*name), std::move(*value));
    }
    if (!reader.complete()) return std::nullopt;
    return attributes;
}

}  // namespace holdfast::detail::sqlite

#endif
