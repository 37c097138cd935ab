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
    /// See `current_before`.
    using CurrentBefore = Result<std::uint64_t> (*)(void* reader, VersionList& versions, Duration age);

    /// `versions` are sorted, the newest first; the first is that of the current record, also after a removal.
    VersionList(std::vector<VersionId> versions, void* reader, Read read_one, CurrentBefore watched) noexcept
        : versions_(std::move(versions)), reader_(reader), read_(read_one), current_before_(watched) {}

    /// At least 1.
    std::size_t size() const noexcept { return versions_.size(); }
    VersionId operator[](std::size_t i) const noexcept { return versions_[i]; }
    /// Sequence of the newest.
    std::uint64_t newest() const noexcept { return versions_.front().sequence; }

    /// Sequence of the newest state that was there `age` ago or longer: what is older has been replaced for all that
    /// time. 0: of none is that known. By what earlier prunes have watched, not by times of day (but see
    /// `PruneOptions::trust_clocks`): a state counts from the first prune that saw it, and only the time between two
    /// prunes in a row on one machine since its start.
    Result<std::uint64_t> current_before(Duration age) { return current_before_(reader_, *this, age); }

    /// When the state was written, by its writer's clock: for people, not to be compared with another. Of one that is
    /// damaged or missing: that of the next older one that is not; of the beginning of time if there is none.
    Result<Timestamp> when(std::size_t i) {
        for (; i < versions_.size(); ++i) {
            auto const found = read(i);
            if (!found) return found.error();
            if (*found) return (*found)->stamp.author().when;
        }
        return (Timestamp::min)();
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
    void* reader_;
    Read read_;
    CurrentBefore current_before_;
};

}  // namespace holdfast

#endif
