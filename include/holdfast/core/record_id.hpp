#ifndef HOLDFAST_CORE_RECORD_ID_HPP
#define HOLDFAST_CORE_RECORD_ID_HPP

#include <holdfast/core/hex.hpp>
#include <holdfast/core/key.hpp>
#include <holdfast/core/write_id.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace holdfast {

/// What a record of a key is for.
enum class Slot : unsigned char {
    current,    ///< the state itself
    version,    ///< an earlier state, by `VersionId`
    lock,       ///< a lease that does not live in the state record
    retention,  ///< what history keeps: floor and pins
};

/// Names one content of one key: its sequence and the id of the write that set it. The sequence alone is not enough,
/// since a key that was purged and created again starts anew.
struct VersionId {
    std::uint64_t sequence = 0;
    WriteId payload_id;

    friend bool operator==(VersionId, VersionId) noexcept = default;
};

/// What storages store records under. Databases map slots to tables or columns, directories and buckets to names.
struct RecordId {
    KeyView key;
    Slot slot = Slot::current;
    VersionId version{};  ///< of `Slot::version` only

    RecordId(KeyView k) noexcept : key(k) {}  // NOLINT(google-explicit-constructor)
    RecordId(KeyView k, Slot s, VersionId v = {}) noexcept : key(k), slot(s), version(v) {}

    friend bool operator==(RecordId const&, RecordId const&) noexcept = default;
};

constexpr std::string_view name(Slot slot) noexcept {
    switch (slot) {
        case Slot::version: return "version";
        case Slot::lock: return "lock";
        case Slot::retention: return "retention";
        case Slot::current:
        default: return "current";
    }
}

/// The name of a version: sequence in 16 hexadecimal digits, a hyphen, the write id. Sorts by sequence.
inline std::string to_string(VersionId version) {
    auto const sequence = detail::to_hex(version.sequence);
    auto const id = version.payload_id.text();
    return std::string(sequence.data(), sequence.size()).append("-").append(id.data(), id.size());
}

/// The reverse. No value if the text is anything else.
constexpr std::optional<VersionId> parse_version(std::string_view text) noexcept {
    if (text.size() != 17 + WriteId::text_size || text[16] != '-') return std::nullopt;
    auto const sequence = detail::from_hex(text.substr(0, 16));
    auto const payload_id = WriteId::parse(text.substr(17));
    if (!sequence || !payload_id) return std::nullopt;
    return VersionId{*sequence, *payload_id};
}

/// For messages: the quoted key, and the slot if it is not the state itself.
inline std::string to_string(RecordId const& id) {
    std::string text = "\"";
    text.append(id.key.view()).append("\"");
    if (id.slot != Slot::current) text.append(" ").append(name(id.slot));
    if (id.slot == Slot::version) text.append(" ").append(to_string(id.version));
    return text;
}

}  // namespace holdfast

#endif
