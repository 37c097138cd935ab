#ifndef HOLDFAST_VERSIONING_HISTORY_VERSION_INFO_HPP
#define HOLDFAST_VERSIONING_HISTORY_VERSION_INFO_HPP

#include <holdfast/core/error.hpp>
#include <holdfast/core/record.hpp>
#include <holdfast/core/record_id.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// Which part of a key's history to show.
struct HistoryQuery {
    std::string_view cursor{};  ///< `HistoryPage::next` of the page before; empty: from the newest on
    std::size_t limit = 100;    ///< at most so many versions; 0 is 1
};

/// One version of a key, as `store.history` shows it.
struct VersionInfo {
    VersionId id;
    Timestamp when{};            ///< when it was written, by its writer's clock
    Writer who{};                ///< its writer, `user@host:pid`
    std::uint64_t size = 0;      ///< of the stored payload, in bytes
    std::uint64_t restored = 0;  ///< sequence of the version that a roll back repeated in it; 0: none
    bool current = false;        ///< it is the state now
    bool pinned = false;         ///< somebody holds it
    std::optional<Error> error;  ///< it is damaged or missing: why, and what to do; only `id` is known then
};

/// A part of a history, the newest version first.
struct HistoryPage {
    /// The key has no state now: who removed it and when. What it was last is the first version.
    struct Removal {
        Timestamp when{};
        Writer who{};
    };

    std::vector<VersionInfo> versions{};
    std::optional<Removal> removed{};  ///< on the first page only
    std::string next{};                ///< cursor of the next page; empty at the end
};

/// How to prune.
struct PruneOptions {
    bool count_bytes = false;  ///< also tell how many bytes were freed. Cost: a read more per version that goes
    /// Ages are those that the times of day say, of whoever wrote a version and of this host, instead of those that
    /// earlier prunes have watched. One clock that was set wrong may then delete all but the current state.
    bool trust_clocks = false;
};

/// What a prune did.
struct Pruned {
    std::uint64_t floor = 0;     ///< versions before this sequence are gone, unless they are pinned
    std::uint64_t versions = 0;  ///< so many were deleted
    std::uint64_t bytes = 0;     ///< and so many bytes of payload, if it was asked for
    std::uint64_t pins = 0;      ///< so many pins were dropped, since their holders are gone
};

namespace detail {

/// For those who do not want to know how far a prune is.
struct NoProgress {
    void operator()(std::size_t, std::size_t) const noexcept {}
};

}  // namespace detail

}  // namespace holdfast

#endif
