#ifndef HOLDFAST_CORE_FATE_HPP
#define HOLDFAST_CORE_FATE_HPP

#include <holdfast/core/record.hpp>
#include <holdfast/core/record_id.hpp>

#include <string_view>

namespace holdfast {

/// What is known about one conditional write, judged by a record that was read after it was sent.
enum class Fate : unsigned char {
    applied,  ///< it took effect, once, and a power loss does not undo it; others may have written since
    never,    ///< it did not take effect and never will
    pending,  ///< it did not take effect yet, and may as long as its base is current
    /// What is stored tells nothing about it any more. On storages without late writes also: it can be seen, but its
    /// sync failed, so that a power loss may undo it (`seal` it); or there is nothing to be seen of it where it, or its
    /// removal by others, may have been. From `seal`: it is not there, and will not come back.
    unknown,
};

constexpr std::string_view name(Fate fate) noexcept {
    switch (fate) {
        case Fate::applied: return "applied";
        case Fate::never: return "never";
        case Fate::pending: return "pending";
        case Fate::unknown:
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
    /// Its storage had done what it could when it answered, so that nothing of it is under way; but a sync failed, and
    /// what can be seen may not be on disk.
    bool at_rest = false;
    bool removes = false;  ///< it leaves no record that could name it
};

/// Decides the fate of a write from the record `now` that was read after it was sent.
///
/// *Never* is concluded only while the base's own id is still in the ring, or when the record that stands where none
/// was names another creator: a write id that is merely missing may have been pushed out. *Pending* is not "not
/// applied": the request can still arrive while its base is current.
///
/// Of a write at rest only that can be told by reading: that it did not take effect, while its base is known. That it
/// can be seen says nothing about the disk, whoever else has synced since; and that there is nothing to be seen of it
/// says nothing where records are removed without a trace.
inline Fate decide(UnknownWrite const& write, Record const* now) noexcept {
    bool const on_absence = !write.base;
    if (write.at_rest && (on_absence || now == nullptr || now->stamp.ids.contains(write.id))) return Fate::unknown;
    if (now == nullptr) return on_absence ? Fate::pending : Fate::unknown;  // unknown: purged, or deleted by a stranger
    Stamp const& stamp = now->stamp;
    if (on_absence) return stamp.lineage == write.id ? Fate::applied : Fate::never;
    if (stamp.lineage != write.base_lineage) return Fate::unknown;
    if (stamp.ids.contains(write.id)) return Fate::applied;
    if (stamp.ids.newest() == write.base) return Fate::pending;
    return stamp.ids.contains(write.base) ? Fate::never : Fate::unknown;
}

/// The same once `now` (null: its absence) was written anew on top of itself: nothing that it does not hold can take
/// effect any more, and what it holds is there to stay.
inline Fate decide_sealed(UnknownWrite const& write, Record const* now) noexcept {
    if (!write.at_rest) return Fate::never;  // it was pending
    if (now != nullptr && (write.base ? now->stamp.ids.contains(write.id) : now->stamp.lineage == write.id))
        return Fate::applied;
    bool const same_life = now != nullptr && write.base && now->stamp.lineage == write.base_lineage;
    if (same_life) return now->stamp.ids.contains(write.base) ? Fate::never : Fate::unknown;
    return write.removes ? Fate::applied : Fate::unknown;  // what it was to remove is gone for good
}

}  // namespace holdfast

#endif
