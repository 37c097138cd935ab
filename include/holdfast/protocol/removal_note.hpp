#ifndef HOLDFAST_PROTOCOL_REMOVAL_NOTE_HPP
#define HOLDFAST_PROTOCOL_REMOVAL_NOTE_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/stopwatch.hpp>
#include <holdfast/format/flat_json.hpp>

#include <string_view>

namespace holdfast::detail {

/// For how long the removal of a key has been watched by those who want to purge it, where the storage has no clock of
/// its own. The payload of the key's lock record, on which nothing else depends: what is lost is watched anew.
///
///     {"removal":"<write id>","watched":"<stopwatch>"}
struct RemovalNote {
    WriteId removal{};
    Stopwatch watched{};

    Bytes text() const {
        auto const id = removal.text();
        Buffer out;
        out.append("{\"removal\":\"");
        out.append(id.data(), id.size());
        out.append("\",\"watched\":\"");
        out.append(watched.text());
        out.append("\"}");
        return Bytes(std::move(out));
    }
    /// What is said of this removal; a note that has just begun if nothing is.
    static RemovalNote of(WriteId removal, std::string_view payload) {
        FlatReader members(payload);
        auto const id = members.next_as("\"removal\":\""), watched = members.next_as("\"watched\":\"");
        if (!id || !watched || WriteId::parse(*id) != removal) return {removal, {}};
        return {removal, Stopwatch::parse(*watched).value_or(Stopwatch())};
    }
};

}  // namespace holdfast::detail

#endif
