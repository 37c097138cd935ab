#ifndef HOLDFAST_STORAGE_SQLITE_ATTRIBUTES_HPP
#define HOLDFAST_STORAGE_SQLITE_ATTRIBUTES_HPP

#include <holdfast/format/limits.hpp>

namespace holdfast::detail::sqlite {

/// Attributes as a JSON object, in their order; nothing if there are none.
inline Buffer attributes_to_json(Attributes const& attributes) {
    Buffer out;
    for (auto const& [name, value] : attributes) {
        out.append(out.size() == 0 ? "{\"" : ",\"");
        append_escaped(out, name);
        out.append("\":\"");
        append_escaped(out, value);
        out.push_back('"');
    }
    if (out.size() != 0) out.push_back('}');
    return out;
}

/// False if `json` is not what `attributes_to_json` wrote.
inline bool attributes_from_json(std::string_view json, Attributes& attributes) {
    FlatReader reader(json);
    while (auto const member = reader.next()) {
        auto name = unescape(member->name), value = unescape(member->value);
        if (!name || !value) return false;
        attributes.emplace_back(std::move(*name), std::move(*value));
    }
    return reader.complete();
}

}  // namespace holdfast::detail::sqlite

#endif
