#pragma once

#include <holdfast/concepts/storage.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>

using namespace holdfast;

/// Keeps records in a map, which copies share.
class MapStorage {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = false;

    Result<RecordPtr> read(Context const&, RecordId const& id) {
        std::lock_guard const lock(map_->mutex);
        return find(id);
    }
    Result<WriteOutcome> write(Context const&, RecordId const& id, RecordPtr const& record, Precondition const& when) {
        auto stored = std::make_shared<Record>(*record);
        stored->revision = Revision(record->stamp.ids.newest());
        std::lock_guard const lock(map_->mutex);
        if (!when.holds(find(id).get())) return WriteOutcome::conflict();
        map_->records[to_string(id)] = stored;
        return WriteOutcome::applied(stored->revision);
    }
    Result<WriteOutcome> remove(Context const&, RecordId const& id, Precondition const& when) {
        std::lock_guard const lock(map_->mutex);
        if (!when.holds(find(id).get())) return WriteOutcome::conflict();
        map_->records.erase(to_string(id));
        return WriteOutcome::applied(Revision());
    }

private:
    struct Map {
        std::mutex mutex;
        std::map<std::string, RecordPtr> records;
    };

    RecordPtr find(RecordId const& id) const {
        auto const at = map_->records.find(to_string(id));
        return at == map_->records.end() ? nullptr : at->second;
    }

    std::shared_ptr<Map> map_ = std::make_shared<Map>();
};
