#ifndef HOLDFAST_VERSIONING_HISTORY_PIN_TEXT_HPP
#define HOLDFAST_VERSIONING_HISTORY_PIN_TEXT_HPP

#include <holdfast/core/decimal.hpp>
#include <holdfast/format/flat_json.hpp>
#include <holdfast/versioning/history/pin.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

namespace detail {

/// Microseconds in decimal; `endless` is the text "forever".
inline std::string ttl_text(Duration ttl) {
    if (ttl == endless) return "forever";
    return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(ttl).count());
}

inline std::optional<Duration> parse_ttl(std::string_view text) noexcept {
    if (text == "forever") return endless;
    auto const micros = parse_decimal(text, static_cast<std::uint64_t>(endless.count() / 1000));
    if (!micros) return std::nullopt;
    return Duration(std::chrono::microseconds(*micros));
}

}  // namespace detail

/// `{"key":"…","version":"…","pin":"…","ttl":"<microseconds>"}`: one line.
inline std::string to_string(Pin const& pin) {
    auto const id = pin.id().text();
    Buffer out;
    out.append("{\"key\":\"");
    detail::append_escaped(out, pin.key().view());
    out.append("\",\"version\":\"");
    out.append(to_string(pin.version()));
    out.append("\",\"pin\":\"");
    out.append(id.data(), id.size());
    out.append("\",\"ttl\":\"");
    out.append(detail::ttl_text(pin.ttl()));
    out.append("\"}");
    return std::string(out.view());
}

/// The reverse. No value if the text is anything else.
inline std::optional<Pin> parse_pin(std::string_view text) {
    detail::FlatReader members(text);
    auto const key_text = members.next_as("\"key\":\""), version_text = members.next_as("\"version\":\""),
               id_text = members.next_as("\"pin\":\""), ttl_text = members.next_as("\"ttl\":\"");
    if (!ttl_text || !members.complete()) return std::nullopt;
    auto const raw = detail::unescape(*key_text);
    auto key = raw ? Key::parse(*raw) : Result<Key>(Error(Errc::invalid_argument));
    auto const version = parse_version(*version_text);
    auto const id = WriteId::parse(*id_text);
    auto const ttl = detail::parse_ttl(*ttl_text);
    if (!key || !version || !id || !ttl) return std::nullopt;
    return Pin(*id, *std::move(key), *version, *ttl);
}

}  // namespace holdfast

#endif
