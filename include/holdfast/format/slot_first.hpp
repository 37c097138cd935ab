#ifndef HOLDFAST_FORMAT_SLOT_FIRST_HPP
#define HOLDFAST_FORMAT_SLOT_FIRST_HPP

#include <holdfast/core/listing.hpp>
#include <holdfast/core/record_id.hpp>
#include <holdfast/format/file_name.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// What a name stands for.
struct RecordName {
    std::optional<Key> key;  ///< none: the name holds a hash of it, and only the record tells
    Slot slot = Slot::current;
    VersionId version{};
};

/// How records are named, below the root of a directory or the prefix of a bucket: by slot first, so that who lists the
/// keys lists nothing else, however many versions there are.
///
///     states/orders/current                   the state
///     versions/orders/0000000000000007-<id>   earlier states
///     locks/orders/lock                       a lease of its own
///     retention/orders/retention              what history keeps
///
/// A directory per key, so that writers of different keys do not wait for each other. Names of keys:
/// `detail::to_file_name`.
struct SlotFirst {
    static constexpr std::string_view layout_name = "slot_first";
    static constexpr bool framed = true;

    // The parts of a name.

    static constexpr std::string_view area(Slot slot) noexcept { return areas[static_cast<std::size_t>(slot)]; }
    /// One name below the area.
    static std::string directory(KeyView key) { return detail::to_file_name(key); }
    /// The key of such a name. No value if it does not hold it all, or is not one of ours.
    static std::optional<Key> key(std::string_view directory) { return detail::from_file_name(directory); }
    /// Whether a directory may belong to a key that only its records can tell.
    static bool may_be_ours(std::string_view directory) { return detail::is_cut_file_name(directory); }
    static std::string file(RecordId const& id) {
        return id.slot == Slot::version ? to_string(id.version) : std::string(holdfast::name(id.slot));
    }
    static std::optional<VersionId> version(std::string_view file) { return parse_version(file); }

    // The whole of it.

    static std::string name(RecordId const& id) {
        std::string text(area(id.slot));
        return text.append("/").append(directory(id.key)).append("/").append(file(id));
    }
    /// With what the names of all records begin that are asked for; those of others may, too.
    static std::string prefix(ListRequest const& request) {
        std::string text(area(request.slot));
        text.push_back('/');
        if (!request.whole_key) return text.append(detail::to_file_name_prefix(request.prefix));
        auto const key = Key::parse(std::string(request.prefix));
        return key ? text.append(directory(*key)).append("/") : text;
    }
    /// No value for a name that is none of ours.
    static std::optional<RecordName> parse(std::string_view name) {
        std::size_t const first = name.find('/'), last = name.rfind('/');
        if (first == name.npos || first == last) return std::nullopt;
        std::string_view const place = name.substr(first + 1, last - first - 1), file = name.substr(last + 1);
        for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention}) {
            if (name.substr(0, first) != area(slot)) continue;
            RecordName found{key(place), slot, {}};
            if (!found.key && !may_be_ours(place)) return std::nullopt;
            auto const version = slot == Slot::version ? SlotFirst::version(file) : std::nullopt;
            if (version) found.version = *version;
            if (slot == Slot::version ? !version : file != holdfast::name(slot)) return std::nullopt;
            return found;
        }
        return std::nullopt;
    }

    static constexpr std::array<std::string_view, 4> areas = {"states", "versions", "locks", "retention"};
};

}  // namespace holdfast

#endif
