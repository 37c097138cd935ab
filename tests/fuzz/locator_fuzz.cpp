// Any text: never a crash; what is shown can be parsed again, shows the same, and holds no secret.

#include <holdfast/open.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const locator = holdfast::parse_locator(text);
    if (!locator) {
        demand(locator.error() == holdfast::Errc::invalid_argument);
        auto const shown = locator.error().subject();
        // Everything between '//' and '@' is stars; a fragment is gone.
        demand(shown.find('#') == shown.npos);
        if (auto const again = holdfast::parse_locator(shown); again) demand(again->shown == shown);
        return 0;
    }
    demand(text.find('#') == text.npos);
    auto const again = holdfast::parse_locator(locator->shown);
    demand(again && again->shown == locator->shown);
    demand(again->scheme == locator->scheme && again->host == locator->host && again->path == locator->path);
    demand(again->options.size() == locator->options.size());
    for (std::size_t i = 0; i < again->options.size(); ++i) {
        auto const& [name, value] = again->options[i];
        demand(name == locator->options[i].first);
        if (holdfast::detail::is_secret(name)) demand(value.empty() || value == "***");
        else demand(value == locator->options[i].second);
    }
    return 0;
}
