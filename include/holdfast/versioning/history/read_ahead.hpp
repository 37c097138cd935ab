#ifndef HOLDFAST_VERSIONING_HISTORY_READ_AHEAD_HPP
#define HOLDFAST_VERSIONING_HISTORY_READ_AHEAD_HPP

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/versioning/history/kept.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace holdfast::detail {

/// The versions that one page of a history is about to walk over. Each names the one before, so that without their
/// names they can only be read one after the other; where a storage reads many at once their names are listed first.
template <StoragePolicy S>
class ReadAhead {
public:
    ReadAhead(S& storage, Context const& ctx, KeyView key) : storage_(storage), ctx_(ctx), key_(key) {}

    /// Up to `most` that are not dead, from `newest` on. Not if it does not pay: a listing costs 1 request per 1000 names.
    /// What it fails to read, whoever asks for it reads.
    void begin(VersionId newest, RetentionState const& kept, std::size_t most) {
        if constexpr (BulkStorage<S> && ListableStorage<S>) {
            std::uint64_t const there = newest.sequence > kept.floor ? newest.sequence - kept.floor : 0;
            if (there < 2 || most < 3 || there / 1000 > most / 10 || at_once(storage_) < 2) return;
            std::vector<VersionId> names;
            auto const listed = each_version(storage_, ctx_, key_, [&](VersionId version) {
                if (version.sequence <= newest.sequence && !kept.dead(version)) names.push_back(version);
            });
            if (!listed) return;
            std::size_t const part = (std::min)(most, names.size());
            auto const newer = [](VersionId a, VersionId b) { return a.sequence > b.sequence; };
            std::partial_sort(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(part), names.end(), newer);
            std::vector<KnownRecord> reads;
            for (std::size_t i = 0; i < part; ++i) reads.push_back({RecordId(key_, Slot::version, names[i])});
            auto records = read_many(storage_, ctx_, reads);
            for (std::size_t i = 0; i < part; ++i)
                if (records[i]) ahead_.emplace_back(names[i], *std::move(records[i]));
        }
    }

    /// As `read_version`.
    Result<RecordPtr> read(VersionId version) {
        auto const at = std::find_if(ahead_.begin(), ahead_.end(), [&](auto const& one) { return one.first == version; });
        if (at == ahead_.end()) return read_version(storage_, ctx_, key_, version);
        return checked_version(RecordId(key_, Slot::version, version), at->second);
    }

private:
    S& storage_;
    Context const& ctx_;
    KeyView key_;
    std::vector<std::pair<VersionId, RecordPtr>> ahead_{};  ///< the newest first, as they will be asked for
};

}  // namespace holdfast::detail

#endif
