#ifndef HOLDFAST_SERIALIZATION_JSON_LEFTOVERS_HPP
#define HOLDFAST_SERIALIZATION_JSON_LEFTOVERS_HPP

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// The members of a payload that a type does not describe, as a tree along the members that it does describe.
struct JsonLeftovers {
    std::string members;  ///< JSON text, each member with a comma before it
    std::map<std::string, std::unique_ptr<JsonLeftovers>, std::less<>> inside;

    bool empty() const noexcept { return members.empty() && inside.empty(); }

    void add(std::string_view name, JsonLeftovers part) {
        if (!part.empty()) inside.emplace(name, std::make_unique<JsonLeftovers>(std::move(part)));
    }
    JsonLeftovers const* find(std::string_view name) const {
        auto const found = inside.find(name);
        return found == inside.end() ? nullptr : found->second.get();
    }
};

}  // namespace holdfast::detail

#endif
