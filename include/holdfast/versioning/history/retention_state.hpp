#ifndef HOLDFAST_VERSIONING_HISTORY_RETENTION_STATE_HPP
#define HOLDFAST_VERSIONING_HISTORY_RETENTION_STATE_HPP

#include <holdfast/core/result.hpp>
#include <holdfast/core/stopwatch.hpp>
#include <holdfast/format/rfc3339.hpp>
#include <holdfast/versioning/history/pin_text.hpp>

#include <array>
#include <string>
#include <vector>

namespace holdfast::detail {

inline constexpr std::size_t most_pins = 1000;
inline constexpr std::size_t max_pin_purpose = 256;
inline constexpr std::size_t most_states_seen = 64;

/// What is kept of one key: which versions are dead is decided here and nowhere else, in one record. Dead stays dead:
/// the floor only grows, and what is below it can no longer be pinned.
///
/// Ages are those that prunes have watched, each by the monotonic clock of its process and all together by a stopwatch
/// that is kept here: the next prune may be another process.
struct RetentionState {
    struct PinRecord : PinInfo {
        WriteId nonce;                   ///< another after each renewal
        std::optional<Duration> seen{};  ///< what the stopwatch showed when a prune first saw it unrenewed
    };
    /// What the state was when the stopwatch showed this.
    struct StateSeen {
        Duration at{0};
        std::uint64_t sequence = 0;
    };

    std::uint64_t floor = 0;
    WriteId lineage;  ///< the life of the key that it is about
    std::vector<PinRecord> pins;
    Stopwatch watched{};
    std::vector<StateSeen> states{};  ///< the oldest first

    /// A prune looks at it while the state is `newest`.
    void look(Environment& env, std::uint64_t newest) {
        watched.look(env);
        for (PinRecord& pin : pins)
            if (!pin.seen) pin.seen = watched.elapsed;
        std::erase_if(states, [&](StateSeen const& seen) { return seen.sequence <= floor; });
        if (newest > floor && (states.empty() || states.back().sequence < newest))
            states.push_back({watched.elapsed, newest});
        if (states.size() > most_states_seen) thin_out();
    }
    /// The newest state that is known to have been there `age` ago or longer; 0: none.
    std::uint64_t current_before(Duration age) const noexcept {
        std::uint64_t newest = 0;
        for (StateSeen const& seen : states)
            if (watched.elapsed - seen.at >= age) newest = seen.sequence;
        return newest;
    }
    bool is_stale(PinRecord const& pin) const noexcept {
        return pin.ttl != endless && pin.seen && watched.elapsed - *pin.seen >= pin.ttl;
    }

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

private:
    /// Forgets the state whose neighbours are nearest for its age: what is left tells every age to within about a
    /// seventh of it, however often it is looked.
    void thin_out() {
        std::size_t least = 1;
        double smallest = 0;
        for (std::size_t i = 1; i + 1 < states.size(); ++i) {
            auto const age = static_cast<double>((watched.elapsed - states[i].at).count()) + 1;
            double const gap = static_cast<double>((states[i + 1].at - states[i - 1].at).count()) / age;
            if (i == 1 || gap < smallest) least = i, smallest = gap;
        }
        states.erase(states.begin() + static_cast<std::ptrdiff_t>(least));
    }
};

/// The payload of a retention record: flat JSON, one line.
///
///     {"format":"1","lineage":"<id>","floor":"<decimal>",
///      "pin <id>":"<version> <ttl> <nonce> <RFC 3339>","who <id>":"user@host:pid","purpose <id>":"…", … }
///
/// The last three for each pin, in this order. Nothing else may be in it: who does not know what a member means must
/// not decide by the others. What prunes have watched makes format 2, which programs that would lose it refuse:
///
///     {"format":"2","lineage":"<id>","floor":"<decimal>","watched":"<stopwatch>",
///      "state <nanoseconds>":"<sequence>", …
///      "pin <id>":"<version> <ttl> <nonce> <RFC 3339> <nanoseconds, or new>", … }
inline Bytes to_retention_text(RetentionState const& state) {
    Buffer out(128 + state.pins.size() * 256);
    auto const id = [&](WriteId value) {
        auto const text = value.text();
        out.append(text.data(), text.size());
    };
    bool const watched = static_cast<bool>(state.watched);
    out.append(watched ? "{\"format\":\"2\",\"lineage\":\"" : "{\"format\":\"1\",\"lineage\":\"");
    id(state.lineage);
    out.append("\",\"floor\":\"");
    out.append(std::to_string(state.floor));
    if (watched) {
        out.append("\",\"watched\":\"");
        out.append(state.watched.text());
        for (auto const& seen : state.states) {
            out.append("\",\"state ");
            out.append(std::to_string(seen.at.count()));
            out.append("\":\"");
            out.append(std::to_string(seen.sequence));
        }
    }
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
        if (watched) out.append(pin.seen ? " " + std::to_string(pin.seen->count()) : std::string(" new"));
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

/// Nanoseconds in decimal.
inline std::optional<Duration> parse_moment(std::string_view text) noexcept {
    auto const count = parse_decimal(text, static_cast<std::uint64_t>((Duration::max)().count()));
    if (!count) return std::nullopt;
    return Duration(static_cast<Duration::rep>(*count));
}

/// `watched`: the format has what prunes have watched.
inline std::optional<RetentionState::PinRecord> read_pin(FlatReader& members, FlatReader::Member const& head,
                                                         bool watched) {
    if (!head.name.starts_with("pin ")) return std::nullopt;
    std::string_view const name = head.name.substr(4);
    std::string_view value = head.value;
    std::optional<Duration> seen;
    if (watched) {
        std::size_t const space = value.rfind(' ');
        if (space == value.npos) return std::nullopt;
        std::string_view const moment = value.substr(space + 1);
        if (moment != "new" && !(seen = parse_moment(moment))) return std::nullopt;
        value = value.substr(0, space);
    }
    auto const words = split_words<4>(value);
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
    return RetentionState::PinRecord{{*id, *version, *ttl, *when, Writer(*writer), *std::move(reason)}, *nonce, seen};
}

inline bool read_state(FlatReader::Member const& member, RetentionState& state) {
    if (!member.name.starts_with("state ")) return false;
    auto const at = parse_moment(member.name.substr(6));
    auto const sequence = parse_decimal(member.value);
    bool const later = state.states.empty() || (at && *at >= state.states.back().at);
    if (!at || !sequence || !later || state.states.size() >= most_states_seen) return false;
    state.states.push_back({*at, *sequence});
    return true;
}

/// The reverse. Errors: `incompatible` (a later format), `malformed`.
inline Result<RetentionState> from_retention_text(std::string_view text) {
    Error const damaged(Errc::malformed,
                        "the record of what is kept of this key's history is damaged; restore it from a copy, or "
                        "remove it: then all versions that are still stored come back, and pins are gone");
    FlatReader members(text);
    auto const format = members.next_as("\"format\":\"");
    if (!format) return damaged;
    bool const watched = *format == "2";
    if (!watched && *format != "1")
        return Error(Errc::incompatible,
                     "the record of what is kept of this key's history was written by a later version of the library; "
                     "use that one");
    auto const lineage_text = members.next_as("\"lineage\":\""), floor_text = members.next_as("\"floor\":\"");
    if (!floor_text) return damaged;
    auto const lineage = WriteId::parse(*lineage_text);
    auto const floor = parse_decimal(*floor_text);
    if (!lineage || !floor) return damaged;
    RetentionState state{*floor, *lineage, {}};
    if (watched) {
        auto const text_of_watch = members.next_as("\"watched\":\"");
        auto const stopwatch = text_of_watch ? Stopwatch::parse(*text_of_watch) : std::nullopt;
        if (!stopwatch || !*stopwatch) return damaged;
        state.watched = *stopwatch;
    }
    while (auto const member = members.next()) {
        if (watched && state.pins.empty() && read_state(*member, state)) continue;
        auto pin = read_pin(members, *member, watched);
        if (!pin) return damaged;
        state.pins.push_back(*std::move(pin));
    }
    if (!members.complete()) return damaged;
    return state;
}

}  // namespace holdfast::detail

#endif
