#ifndef HOLDFAST_SERIALIZATION_JSON_PARSE_HPP
#define HOLDFAST_SERIALIZATION_JSON_PARSE_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/serialization/json/reader.hpp>

#include <simdjson.h>

#include <string>
#include <string_view>

namespace holdfast::detail {

inline Result<void> open_json(JsonInput& in, Bytes const& payload) {
    static_assert(read_padding >= 32, "holdfast: the reader looks at 16 bytes at a time");
    if (payload.empty()) return Error(Errc::malformed, "JSON at $: expected a value, found no bytes at all");
    if (payload.view().starts_with("\xef\xbb\xbf"))
        return Error(Errc::malformed, "JSON at $: expected a value, found a byte order mark");
    if (auto const error = in.tokens.find(payload.view())) {
        if (error == simdjson::UNINITIALIZED)
            return Error(Errc::unavailable, "JSON cannot be read any more while the process ends: do this earlier");
        if (error == simdjson::MEMALLOC)
            return Error(Errc::unavailable, "there is no memory to read JSON in: free some and repeat");
        Errc const code = error == simdjson::CAPACITY ? Errc::too_large : Errc::malformed;
        return Error(code, std::string("JSON at $: this is not JSON: ").append(simdjson::error_message(error)));
    }
    in.begin = payload.data();
    in.end = in.begin + payload.size();
    in.next = in.tokens.begin();
    in.stop = in.tokens.end();
    return {};
}

/// Reads a payload, whole: `read(JsonReader&) -> bool` takes the value.
template <class Read>
Result<void> parse_json(Bytes const& payload, Read&& read, std::string_view what_to_do) {
    JsonInput in;
    if (auto opened = open_json(in, payload); !opened) {
        if (opened.error() == Errc::unavailable) return opened;
        return Error(opened.error().code(), std::string(opened.error().message()).append(what_to_do));
    }

    JsonReader root(in);
    if (!read(root) || !root.finish() || !root.ends()) return in.fault.error(what_to_do);
    return {};
}

}  // namespace holdfast::detail

#endif
