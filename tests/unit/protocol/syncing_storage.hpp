#ifndef HOLDFAST_TESTS_UNIT_CORE_SYNCING_STORAGE_HPP
#define HOLDFAST_TESTS_UNIT_CORE_SYNCING_STORAGE_HPP

#include <holdfast/concepts/storage.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace holdfast_tests {

/// What becomes of one write to a disk of this host.
enum class Syncing : unsigned char {
    intact,    ///< made, and on disk
    refused,   ///< not made: an `Error`
    unsynced,  ///< made, for all to see; its sync failed, and no later sync makes up for that
    lost,      ///< not made, and nobody can say so
};

/// The disk of `SyncingStorage`: what can be seen, and which of it a power loss would leave. The script says what
/// becomes of the nth write.
class SyncingWorld {
public:
    struct Effect {
        holdfast::RecordPtr before, after;
        bool safe;  ///< on disk, or something later that was made on top of it
    };

    std::function<Syncing(unsigned nth)> on_write;
    std::function<void()> before_operation;

    std::size_t in_flight() const { return 0; }
    void arrive(std::size_t) {}
    std::vector<Effect> effects() const { return effects_; }

private:
    friend class SyncingStorage;

    holdfast::RecordPtr find(std::string const& name) const {
        auto const at = records_.find(name);
        return at == records_.end() ? nullptr : at->second;
    }
    holdfast::RecordPtr read(std::string const& name) {
        if (before_operation) before_operation();
        return find(name);
    }
    holdfast::Result<holdfast::WriteOutcome> send(std::string const& name, holdfast::RecordPtr const& record,
                                                  holdfast::Precondition const& when) {
        using namespace holdfast;
        if (before_operation) before_operation();
        Syncing const way = on_write ? on_write(writes_++) : Syncing::intact;
        RecordPtr const before = find(name);
        if (way == Syncing::refused) return Error(Errc::unavailable, "not made (planned)");
        if (way == Syncing::lost) return WriteOutcome::unknown(Error(Errc::unavailable, "who knows (planned)"));
        bool const again = before && record && before->stamp.ids.newest() == record->stamp.ids.newest();
        if (!again) {
            if (!when.holds(before.get())) return WriteOutcome::conflict();
            RecordPtr const after = record ? stored(*record) : nullptr;
            records_[name] = after;
            if (before || after) effects_.push_back({before, after, false});
        }
        if (way == Syncing::unsynced)
            return WriteOutcome::unknown(Error(Errc::unavailable, "the sync failed (planned)"));
        // The same write once more is answered by one more sync, as by storages that believe in it.
        if (!again)
            for (Effect& effect : effects_) effect.safe = true;
        return WriteOutcome::applied(record ? Revision(record->stamp.ids.newest()) : Revision());
    }
    static holdfast::RecordPtr stored(holdfast::Record record) {
        record.revision = holdfast::Revision(record.stamp.ids.newest());
        return std::make_shared<holdfast::Record const>(std::move(record));
    }

    std::map<std::string, holdfast::RecordPtr> records_;
    std::vector<Effect> effects_;
    unsigned writes_ = 0;
};

/// A storage on a disk that fails to sync, to order: what files and SQLite have to live with. A handle: copies share
/// the world.
class SyncingStorage {
public:
    static constexpr holdfast::Family family = holdfast::Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = false;

    explicit SyncingStorage(std::shared_ptr<SyncingWorld> world) noexcept : world_(std::move(world)) {}

    holdfast::Result<holdfast::RecordPtr> read(holdfast::Context const&, holdfast::RecordId const& id) {
        return world_->read(to_string(id));
    }
    holdfast::Result<holdfast::WriteOutcome> write(holdfast::Context const&, holdfast::RecordId const& id,
                                                   holdfast::RecordPtr const& record,
                                                   holdfast::Precondition const& when) {
        return world_->send(to_string(id), record, when);
    }
    holdfast::Result<holdfast::WriteOutcome> remove(holdfast::Context const&, holdfast::RecordId const& id,
                                                    holdfast::Precondition const& when) {
        return world_->send(to_string(id), nullptr, when);
    }

private:
    std::shared_ptr<SyncingWorld> world_;
};

}  // namespace holdfast_tests

#endif
