#ifndef HOLDFAST_VERSIONING_HISTORY_VERSION_LIST_HPP
#define HOLDFAST_VERSIONING_HISTORY_VERSION_LIST_HPP

#include <holdfast/core/record.hpp>
#include <holdfast/core/record_id.hpp>
#include <holdfast/core/result.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace holdfast {

/// What a retention policy decides on: the versions of one key, the newest first.
///
/// Names cost nothing; `when` and `bytes` of a version cost a request each. Not for use from several threads at once.
class VersionList {
public:
    /// Reads one version; null if it is not there.
    using Read = Result<RecordPtr> (*)(void* reader, VersionId version);

    /// `versions` are sorted, the newest first; the first is that of the current record, also after a removal.
    VersionList(std::vector<VersionId> versions, Timestamp now, void* reader, Read read_one) noexcept
        : versions_(std::move(versions)), now_(now), reader_(reader), read_(read_one) {}

    /// At least 1.
    std::size_t size() const noexcept { return versions_.size(); }
    VersionId operator[](std::size_t i) const noexcept { return versions_[i]; }
    /// Sequence of the newest.
    std::uint64_t newest() const noexcept { return versions_.front().sequence; }
    /// The time of day of whoever prunes.
    Timestamp now() const noexcept { return now_; }

    /// When the state was written, by its writer's clock: good for a wish, not for a promise. Of one that is damaged
    /// or missing: that of the next older one that is not; of the beginning of time if there is none.
    Result<Timestamp> when(std::size_t i) {
        for (; i < versions_.size(); ++i) {
            auto const found = read(i);
            if (!found) return found.error();
            if (*found) return (*found)->stamp.author().when;
        }
        return Timestamp::min();
    }
    /// Size of the stored payload; 0 of one that is damaged or missing.
    Result<std::uint64_t> bytes(std::size_t i) {
        auto const found = read(i);
        if (!found) return found.error();
        return std::uint64_t{*found ? (*found)->payload.size() : 0};
    }

private:
    Result<RecordPtr> read(std::size_t i) {
        auto found = read_(reader_, versions_[i]);
        if (!found && found.error() == Errc::malformed) return RecordPtr();
        return found;
    }

    std::vector<VersionId> versions_;
    Timestamp now_;
    void* reader_;
    Read read_;
};

}  // namespace holdfast

#endif
