#ifndef HOLDFAST_OPEN_HPP
#define HOLDFAST_OPEN_HPP

#include <holdfast/core/locator.hpp>
#include <holdfast/state_store.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

namespace detail {

/// Names of options whose values are never shown.
constexpr bool is_secret(std::string_view name) noexcept {
    for (std::string_view const part :
         {"key", "secret", "token", "password", "passwd", "credential", "signature", "sas", "sig"})
        for (std::size_t at = 0; at + part.size() <= name.size(); ++at) {
            bool same = true;
            for (std::size_t i = 0; i < part.size() && same; ++i)
                same = (static_cast<unsigned char>(name[at + i]) | 0x20u) == static_cast<unsigned char>(part[i]);
            if (same) return true;
        }
    return false;
}

inline std::string shown(boost::urls::url_view const& url) {
    std::string text(url.scheme().data(), url.scheme().size());
    text.push_back(':');
    if (url.has_authority()) {
        text.append("//");
        if (url.has_userinfo()) text.append("***@");
        text.append(url.encoded_host_and_port().data(), url.encoded_host_and_port().size());
    }
    text.append(url.encoded_path().data(), url.encoded_path().size());
    char separator = '?';
    for (auto const parameter : url.encoded_params()) {
        text.push_back(separator);
        text.append(parameter.key.data(), parameter.key.size());
        if (parameter.has_value)
            text.append("=").append(is_secret(std::string_view(parameter.key.data(), parameter.key.size()))
                                        ? "***"
                                        : std::string_view(parameter.value.data(), parameter.value.size()));
        separator = '&';
    }
    return text;
}

}  // namespace detail

/// Takes a URI apart (RFC 3986). Userinfo and options whose name speaks of a secret are not in `shown`.
/// Errors: `invalid_argument`, without the text, which may hold secrets.
inline Result<Locator> parse_locator(std::string_view uri) {
    auto const parsed = boost::urls::parse_uri(boost::core::string_view(uri.data(), uri.size()));
    if (!parsed)
        return Error(Errc::invalid_argument,
                     "this is not a URI: write scheme:path, such as memory:, file:///directory or sqlite:///file.db; "
                     "other than "
                     "A-Z a-z 0-9 - . _ ~ / is written as %XX with two hexadecimal digits")
            .during("open")
            .from(parsed.error().message());
    auto const& url = *parsed;
    Locator locator;
    locator.shown = detail::shown(url);
    if (url.has_fragment())
        return locator.refuse("a URI of a storage has no '#'; write %23 for one in a path",
                              {"scheme://host/path?option=value"});
    if (url.has_userinfo())
        return locator.refuse("a URI of a storage has no user and password", {"scheme://host/path?option=value"});
    locator.scheme.assign(url.scheme().data(), url.scheme().size());
    for (char& c : locator.scheme)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    locator.host.assign(url.encoded_host_and_port().data(), url.encoded_host_and_port().size());
    locator.path = url.path();
    if (locator.path.find('\0') != std::string::npos)
        return locator.refuse("a path has no %00", {"scheme://host/path?option=value"});
    for (auto const parameter : url.params()) locator.options.emplace_back(parameter.key, parameter.value);
    return locator;
}

/// Opens the storage that a URI names and makes a store over it: `open<State, OneOf<FileStorage<>, SqliteStorage>,
/// FileLock>("sqlite:///var/lib/app/state.db")`. Policies stand in any order; those that cannot be made by default are
/// given behind the URI.
///
/// Errors: `invalid_argument` for a wrong URI, scheme or option, with what is accepted; those of the storage.
template <class State, class... Policies, class... Args>
auto open(std::string_view uri, Args&&... args) -> Result<StateStore<State, Policies...>> {
    using Store = StateStore<State, Policies...>;
    using Storage = typename Store::storage_type;
    static_assert(OpenableStorage<Storage>,
                  "holdfast: open() needs a storage with 'scheme' and 'static Result<S> open(Locator const&)'; "
                  "OneOf<...> chooses among several");
    auto const locator = parse_locator(uri);
    if (!locator) return locator.error();
    if constexpr (requires { Storage::scheme; }) {
        if (locator->scheme != Storage::scheme)
            return locator->refuse("the scheme '" + locator->scheme + "' is not this storage's", {Storage::scheme});
    }
    auto storage = Storage::open(*locator);
    if (!storage) return std::move(storage).error();
    return Result<Store>(std::in_place, *std::move(storage), std::forward<Args>(args)...);
}

}  // namespace holdfast

#endif
