#ifndef HOLDFAST_LOCKING_LOCK_TEXT_HPP
#define HOLDFAST_LOCKING_LOCK_TEXT_HPP

#include <holdfast/concepts/locking.hpp>
#include <holdfast/format/flat_json.hpp>
#include <holdfast/format/rfc3339.hpp>

#include <optional>
#include <string_view>

namespace holdfast::detail {

inline constexpr std::size_t max_lock_purpose = 1024;
/// With every character of the key, the holder and the purpose escaped.
inline constexpr std::size_t max_lock_text = 2 * max_key_size + 6 * (max_lock_purpose + sizeof(Writer)) + 256;

/// What a lock file says of its holder: one line of JSON, for people and for `inspect`.
inline Buffer to_lock_text(KeyView key, LockInfo const& info) {
    Buffer out(256);
    auto const member = [&](std::string_view before, std::string_view value) {
        out.append(before);
        append_escaped(out, value);
    };
    auto const since = to_rfc3339(info.since);
    member("{\"key\":\"", key.view());
    member("\",\"who\":\"", tidy_text(info.who.view(), info.who.view().size()));
    member("\",\"purpose\":\"", tidy_text(info.purpose, max_lock_purpose));
    member("\",\"since\":\"", {since.data(), since.size()});
    out.append("\"}\n");
    return out;
}

/// No value unless the first line is such a text.
inline std::optional<LockInfo> from_lock_text(std::string_view text) {
    FlatReader members(text.substr(0, text.find('\n')));
    auto const key = members.next(), who = members.next(), purpose = members.next(), since = members.next();
    if (!since || key->name != "key" || !members.complete()) return std::nullopt;
    auto const name = unescape(who->value), reason = unescape(purpose->value);
    auto const when = from_rfc3339(since->value);
    if (!name || !reason || !when) return std::nullopt;
    return LockInfo{Writer(*name), *reason, *when};
}

}  // namespace holdfast::detail

#endif
