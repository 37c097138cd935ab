#ifndef HOLDFAST_VERSIONING_HISTORY_RETENTION_STATE_HPP
#define HOLDFAST_VERSIONING_HISTORY_RETENTION_STATE_HPP

#include <holdfast/core/result.hpp>
#include <holdfast/detail/rfc3339.hpp>
#include <holdfast/versioning/history/pin_text.hpp>

#include <array>
#include <string>
#include <vector>

namespace holdfast::detail {

inline constexpr std::size_t most_pins = 1000;
inline constexpr std::size_t max_pin_purpose = 256;

/// What is kept of one key: which versions are dead is decided here and nowhere else, in one record. Dead stays dead:
/// the floor only grows, and what is below it can no longer be pinned.
struct RetentionState {
    struct PinRecord : PinInfo {
        WriteId nonce;  ///< another after each renewal
    };

    std::uint64_t floor = 0;
    WriteId lineage;  ///< the life of the key that it is about
    std::vector<PinRecord> pins;

    PinRecord* find(WriteId id) noexcept {
        for (PinRecord& pin : pins)
            if (pin.id == id) return &pin;
        return nullptr;
    }
    bool pinned(VersionId version) const noexcept {
        for (PinRecord const& pin : pins)
            if (pin.version == version) return true;
        return false;
    }
    bool dead(VersionId version) const noexcept { return version.sequence < floor && !pinned(version); }
};

/// The payload of a retention record: flat JSON, one line.
///
///     {"format":"1","lineage":"<id>","floor":"<decimal>",
///      "pin <id>":"<version> <ttl> <nonce> <RFC 3339>","who <id>":"user@host:pid","purpose <id>":"…", … }
///
/// The last three for each pin, in this order. Nothing else may be in it: who does not know what a member means must
/// not decide by the others.
inline Bytes to_retention_text(RetentionState const& state) {
    Buffer out(128 + state.pins.size() * 256);
    auto const id = [&](WriteId value) {
        auto const text = value.text();
        out.append(text.data(), text.size());
    };
    out.append("{\"format\":\"1\",\"lineage\":\"");
    id(state.lineage);
    out.append("\",\"floor\":\"");
    out.append(std::to_string(state.floor));
    for (auto const& pin : state.pins) {
        auto const when = to_rfc3339(pin.when);
        out.append("\",\"pin ");
        id(pin.id);
        out.append("\":\"");
        out.append(to_string(pin.version));
        out.push_back(' ');
        out.append(ttl_text(pin.ttl));
        out.push_back(' ');
        id(pin.nonce);
        out.push_back(' ');
        out.append(when.data(), when.size());
        out.append("\",\"who ");
        id(pin.id);
        out.append("\":\"");
        append_escaped(out, pin.who.view());
        out.append("\",\"purpose ");
        id(pin.id);
        out.append("\":\"");
        append_escaped(out, pin.purpose);
    }
    out.append("\"}");
    return Bytes(std::move(out));
}

/// The parts of `text` between single spaces. No value unless there are exactly `n`.
template <std::size_t n>
std::optional<std::array<std::string_view, n>> split_words(std::string_view text) noexcept {
    std::array<std::string_view, n> words;
    for (std::size_t i = 0; i < n; ++i) {
        std::size_t const end = text.find(' ');
        if ((end == text.npos) != (i + 1 == n)) return std::nullopt;
        words[i] = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return words;
}

inline std::optional<RetentionState::PinRecord> read_pin(FlatReader& members, FlatReader::Member const& head) {
    if (!head.name.starts_with("pin ")) return std::nullopt;
    std::string_view const name = head.name.substr(4);
    auto const words = split_words<4>(head.value);
    auto const who = members.next(), purpose = members.next();
    if (!words || !purpose || who->name != "who " + std::string(name) ||
        purpose->name != "purpose " + std::string(name))
        return std::nullopt;
    auto const id = WriteId::parse(name), nonce = WriteId::parse((*words)[2]);
    auto const version = parse_version((*words)[0]);
    auto const ttl = parse_ttl((*words)[1]);
    auto const when = from_rfc3339((*words)[3]);
    auto const writer = unescape(who->value);
    auto reason = unescape(purpose->value);
    if (!id || !nonce || !version || !ttl || !when || !writer || !Writer::fits(*writer) || !reason) return std::nullopt;
    return RetentionState::PinRecord{{*id, *version, *ttl, *when, Writer(*writer), *std::move(reason)}, *nonce};
}

/// The reverse. Errors: `incompatible` (a later format), `malformed`.
inline Result<RetentionState> from_retention_text(std::string_view text) {
    Error const damaged(Errc::malformed,
                        "the record of what is kept of this key's history is damaged; restore it from a copy, or "
                        "remove it: then all versions that are still stored come back, and pins are gone");
    FlatReader members(text);
    auto const format = members.next_as("\"format\":\"");
    if (!format) return damaged;
    if (*format != "1")
        return Error(Errc::incompatible,
                     "the record of what is kept of this key's history was written by a later version of the library; "
                     "use that one");
    auto const lineage_text = members.next_as("\"lineage\":\""), floor_text = members.next_as("\"floor\":\"");
    if (!floor_text) return damaged;
    auto const lineage = WriteId::parse(*lineage_text);
    auto const floor = parse_decimal(*floor_text);
    if (!lineage || !floor) return damaged;
    RetentionState state{*floor, *lineage, {}};
    while (auto const member = members.next()) {
        auto pin = read_pin(members, *member);
        if (!pin) return damaged;
        state.pins.push_back(*std::move(pin));
    }
    if (!members.complete()) return damaged;
    return state;
}

}  // namespace holdfast::detail

#endif
