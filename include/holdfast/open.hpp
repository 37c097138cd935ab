#ifndef HOLDFAST_OPEN_HPP
#define HOLDFAST_OPEN_HPP

#include <holdfast/concepts/openable.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/one_of.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

namespace detail {

inline std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return text;
}

/// Whether the value of an option with this name is never shown.
inline bool is_secret(std::string const& name) {
    std::string const text = lower(name);
    for (char const* const part : {"key", "secret", "token", "passw", "pwd", "credential", "signature", "sas", "sig"})
        if (text.find(part) != text.npos) return true;
    return false;
}

/// The URI as it may be printed: with stars for what may be secret.
inline std::string shown(boost::urls::url_view const& url) {
    std::string text = lower(url.scheme()) + ":";
    if (url.has_authority()) {
        text.append(url.has_userinfo() ? "//***@" : "//");
        text.append(std::string_view(url.encoded_host_and_port()));
    }
    text.append(std::string_view(url.encoded_path()));
    char separator = '?';
    for (auto const option : url.encoded_params()) {
        text.push_back(separator);
        text.append(std::string_view(option.key));
        if (option.has_value)
            text.append("=").append(is_secret(option.key.decode()) ? "***" : std::string_view(option.value));
        separator = '&';
    }
    return text;
}

}  // namespace detail

/// Takes a URI apart (RFC 3986). Userinfo and options whose name speaks of a secret are not in `shown`.
/// Errors: `invalid_argument`; without the text if it is no URI, for it may hold secrets.
inline Result<Locator> parse_locator(std::string_view uri) {
    // The fragment is cut off before: with one behind an empty query Boost 1.81 reads outside of the text.
    std::size_t const end = uri.find('#');
    auto const parsed =
        boost::urls::parse_uri(boost::core::string_view(uri.data(), end < uri.size() ? end : uri.size()));
    if (!parsed)
        return Error(Errc::invalid_argument,
                     "this is not a URI: write scheme:path, such as memory:, file:///directory or sqlite:file.db; "
                     "other than A-Z a-z 0-9 - . _ ~ / is written as %XX with two hexadecimal digits")
            .during("open")
            .from(parsed.error().message());
    auto const& url = *parsed;
    Locator locator;
    locator.shown = detail::shown(url);
    auto const refuse = [&](char const* what) { return locator.refuse(what, {"scheme://host/path?option=value"}); };
    if (end != uri.npos) return refuse("a URI of a storage has no '#'; write %23 for one in a path");
    if (url.has_userinfo()) return refuse("a URI of a storage has no user and password");
    locator.scheme = detail::lower(url.scheme());
    locator.host = std::string(url.encoded_host_and_port());
    locator.path = url.path();
    bool whole = locator.path.find('\0') == std::string::npos;
    for (auto const option : url.encoded_params()) {  // '+' is a plus
        locator.options.emplace_back(option.key.decode(), option.value.decode());
        auto const& [name, value] = locator.options.back();
        whole = whole && name.find('\0') == std::string::npos && value.find('\0') == std::string::npos;
    }
    if (!whole) return refuse("a URI of a storage has no %00");
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
    if constexpr (OpenableStorage<Storage>) {
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
}

}  // namespace holdfast

#endif
