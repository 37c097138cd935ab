#ifndef HOLDFAST_CORE_STAMP_HPP
#define HOLDFAST_CORE_STAMP_HPP

#include <holdfast/core/inline_text.hpp>
#include <holdfast/core/time.hpp>
#include <holdfast/core/write_ring.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast {

/// A fencing token: raised whenever a lock changes hands, carried by every record. 0 does not fence.
using Epoch = std::uint64_t;

/// Which versioning policy a record obeys. Policies refuse each other's records, because one of them would break
/// what the other promises. The numbers are stored, so that a new one comes last; it needs a row in
/// `detail::all_disciplines`, and nothing else.
enum class Discipline : unsigned char { compare_and_swap, last_writer_wins, history };

namespace detail {

struct NamedDiscipline {
    Discipline discipline;
    std::string_view name;    ///< in frames
    std::string_view policy;  ///< for people
};
/// In the order of their numbers. What has no row is neither written nor read by any storage.
inline constexpr NamedDiscipline all_disciplines[] = {
    {Discipline::compare_and_swap, "compare_and_swap", "CompareAndSwap"},
    {Discipline::last_writer_wins, "last_writer_wins", "LastWriterWins"},
    {Discipline::history, "history", "History"},
};
static_assert([] {
    std::size_t number = 0;
    for (auto const& row : all_disciplines)
        if (row.discipline != static_cast<Discipline>(number++)) return false;
    return true;
}());

/// The row of a discipline. What has none has no name.
constexpr NamedDiscipline named(Discipline discipline) noexcept {
    for (auto const& row : all_disciplines)
        if (row.discipline == discipline) return row;
    return {discipline, {}, "a policy that is not known"};
}
constexpr bool is_known(Discipline discipline) noexcept { return !named(discipline).name.empty(); }

}  // namespace detail

/// Who a record was written by, for people: `user@host:pid`, cut to 47 bytes.
using Writer = InlineText<47>;

/// Who made a record what it says, and when, by the writer's clock.
struct Author {
    Timestamp when{};
    Writer who;

    friend bool operator==(Author const&, Author const&) noexcept = default;
};

/// What a record knows about itself. Stored atomically with the payload; written by `settle` and nowhere else.
struct Stamp {
    WriteId lineage;             ///< id of the write that created the record; every later writer copies it
    WriteRing ids;               ///< ids of the last writes, newest first
    WriteId payload_id;          ///< id of the write that set the payload; a fence or lease step leaves it alone
    WriteId previous;            ///< payload_id of the content before, where history is kept: a chain through versions
    std::uint64_t restored = 0;  ///< sequence of the version that this content repeats, after a roll back
    std::uint64_t sequence = 0;  ///< counts contents, not writes: 1 at creation, +1 whenever the payload is set
    Epoch epoch = 0;             ///< highest epoch that wrote here; never lowered
    Discipline discipline = Discipline::compare_and_swap;
    bool tombstone = false;  ///< removed: no payload, but the identity goes on
    Timestamp when{};        ///< of the write that made this record, by the writer's clock
    Writer who;
    /// Of the content, where a later write left that as it was (a lock, a fence, a seal); empty: that of the write.
    std::optional<Author> set_by{};

    Author author() const noexcept { return set_by ? *set_by : Author{when, who}; }

    friend bool operator==(Stamp const&, Stamp const&) noexcept = default;
};

namespace detail {

/// Whether two stamps are of one content: locks, fences and seals write the same content anew.
inline bool same_content(Stamp const& a, Stamp const& b) noexcept {
    return a.lineage == b.lineage && a.sequence == b.sequence && a.payload_id == b.payload_id &&
           a.tombstone == b.tombstone;
}

}  // namespace detail

}  // namespace holdfast

#endif
