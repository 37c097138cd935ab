#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_NEW_FIRST_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_NEW_FIRST_HPP

#include <holdfast/testing/simulation.hpp>
#include <holdfast/versioning/history/archive.hpp>
#include <holdfast/versioning/history/kept.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace holdfast_tests {

/// How versions are named and swept where states are only references.
enum class NewFirst : unsigned char {
    none,            ///< unique names, never swept: right
    swept,           ///< what no state refers to is taken for left over, and deleted
    swept_sequence,  ///< likewise, and versions are named by their sequence alone
};

/// A storage in which the payload of a state is written as a version first, and the state is a reference to it: the
/// other way to keep a history.
class NewFirstStorage {
    using Storage = holdfast::testing::SimulatedStorage;

public:
    static constexpr holdfast::Family family = holdfast::Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = true;

    NewFirstStorage(Storage storage, NewFirst how) : storage_(std::move(storage)), how_(how) {}

    holdfast::Result<holdfast::RecordPtr> read(holdfast::Context const& ctx, holdfast::RecordId const& id) const {
        using namespace holdfast;
        for (int looks = 0;; ++looks) {
            auto const head = storage_.read(ctx, id);
            if (!head || !*head || (*head)->stamp.tombstone) return head;
            auto const version = storage_.read(ctx, {id.key, Slot::version, *parse_version((*head)->payload.view())});
            if (!version) return version;
            if (*version) return with(*head, (*version)->payload);
            if (looks == 2) return Error(Errc::malformed, "the state refers to a version that is not there");
        }
    }

    holdfast::Result<holdfast::WriteOutcome> write(holdfast::Context const& ctx, holdfast::RecordId const& id,
                                                   holdfast::RecordPtr const& record,
                                                   holdfast::Precondition const& when) {
        using namespace holdfast;
        if (record->stamp.tombstone) return storage_.write(ctx, id, record, when);
        VersionId version = detail::version_of(record->stamp);
        if (how_ == NewFirst::swept_sequence) version.payload_id = WriteId();
        Write const content{{id.key, Slot::version, version}, record, Precondition::absent()};
        if (auto kept = detail::keep_versions(storage_, ctx, {&content, 1}); !kept) return std::move(kept).error();
        if (how_ == NewFirst::swept_sequence) {  // somebody else's?
            auto const there = storage_.read(ctx, content.id);
            if (!there) return there.error();
            if (!*there || (*there)->stamp.payload_id != record->stamp.payload_id) return WriteOutcome::conflict();
        }
        return storage_.write(ctx, id, with(record, Bytes::copy(to_string(version))), when);
    }
    holdfast::Result<holdfast::WriteOutcome> remove(holdfast::Context const& ctx, holdfast::RecordId const& id,
                                                    holdfast::Precondition const& when) {
        return storage_.remove(ctx, id, when);
    }

    /// Deletes what is newer than the state, or as new, and not referred to.
    holdfast::Result<void> sweep(holdfast::Context const& ctx, holdfast::KeyView key) {
        using namespace holdfast;
        if (how_ == NewFirst::none) return {};
        std::vector<VersionId> versions;
        auto listed = detail::each_version(storage_, ctx, key, [&](VersionId version) { versions.push_back(version); });
        if (!listed) return listed;
        auto const head = storage_.read(ctx, key);
        if (!head) return head.error();
        if (!holdfast::detail::is_there(*head)) return {};
        VersionId const current = *parse_version((*head)->payload.view());
        for (VersionId const version : versions) {
            if (version == current || version.sequence < current.sequence) continue;
            (void)storage_.remove(ctx, {key, Slot::version, version}, Precondition::none());
        }
        return {};
    }

private:
    static holdfast::RecordPtr with(holdfast::RecordPtr const& record, holdfast::Bytes payload) {
        auto copy = std::make_shared<holdfast::Record>(*record);
        copy->payload = std::move(payload);
        return copy;
    }

    Storage storage_;
    NewFirst how_;
};

}  // namespace holdfast_tests

#endif
