#ifndef HOLDFAST_CORE_FATE_HPP
#define HOLDFAST_CORE_FATE_HPP

#include <holdfast/core/record.hpp>
#include <holdfast/core/record_id.hpp>

#include <string_view>

namespace holdfast {

/// What is known about one conditional write, judged by a record that was read after it was sent.
enum class Fate : unsigned char {
    applied,  ///< it took effect, once; others may have written since
    never,    ///< it did not take effect and never will
    pending,  ///< it did not take effect yet, and may as long as its base is current
    unknown,  ///< what is stored tells nothing about it any more
};

constexpr std::string_view name(Fate fate) noexcept {
    switch (fate) {
        case Fate::applied: return "applied";
        case Fate::never: return "never";
        case Fate::pending: return "pending";
        default: return "unknown";
    }
}

/// A write whose fate is open: enough to ask for it at any later time, also from another process.
struct UnknownWrite {
    Key key;
    Slot slot = Slot::current;
    WriteId id;            ///< of the write itself
    WriteId base;          ///< newest write of the record it was conditioned on; zero: on absence
    WriteId base_lineage;  ///< lineage of that record
};

/// Decides the fate of a write from the record `now` that was read after it was sent.
///
/// *Never* is concluded only while the base's own id is still in the ring, or when the record that stands where none
/// was names another creator: a write id that is merely missing may have been pushed out. *Pending* is not "not
/// applied": the request can still arrive while its base is current.
inline Fate decide(UnknownWrite const& write, Record const* now) noexcept {
    bool const on_absence = !write.base;
    if (now == nullptr) return on_absence ? Fate::pending : Fate::unknown;  // unknown: purged, or deleted by a stranger
    Stamp const& stamp = now->stamp;
    if (on_absence) return stamp.lineage == write.id ? Fate::applied : Fate::never;
    if (stamp.lineage != write.base_lineage) return Fate::unknown;
    if (stamp.ids.contains(write.id)) return Fate::applied;
    if (stamp.ids.newest() == write.base) return Fate::pending;
    return stamp.ids.contains(write.base) ? Fate::never : Fate::unknown;
}

}  // namespace holdfast

#endif
