#ifndef HOLDFAST_TESTS_UNIT_SUPPORT_EXACT_LAYOUT_HPP
#define HOLDFAST_TESTS_UNIT_SUPPORT_EXACT_LAYOUT_HPP

#include <holdfast/object/object_layout.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace holdfast_tests {

/// The files of a program that knows nothing of us: `<id>/state.json`, the state and no byte more.
struct ExactLayout {
    static constexpr bool framed = false;
    static constexpr std::string_view file = "/state.json";

    static holdfast::Result<std::string> name(holdfast::RecordId const& id) {
        std::string_view const key = id.key.view();
        if (id.slot != holdfast::Slot::current)
            return holdfast::Error(holdfast::Errc::not_supported, "these files have a place for states alone");
        if (key.find('/') != key.npos || key == "." || key == ".." || key.size() > 200)
            return holdfast::Error(holdfast::Errc::invalid_argument,
                                   "an id of these files has no slash, is no dot, and has at most 200 bytes");
        return std::string(key).append(file);
    }
    static std::string prefix(holdfast::ListRequest const& request) {
        std::string text(request.prefix);
        return request.whole_key ? text.append("/") : text;
    }
    static std::optional<holdfast::RecordName> parse(std::string_view name) {
        if (!name.ends_with(file)) return std::nullopt;
        name.remove_suffix(file.size());
        auto key = holdfast::Key::parse(std::string(name));
        if (!key || name.find('/') != name.npos) return std::nullopt;
        return holdfast::RecordName{*std::move(key)};
    }
};

}  // namespace holdfast_tests

#endif
