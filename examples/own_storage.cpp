// A storage of your own is a class with three members and three constants; holdfast/testing checks its laws.

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/laws.hpp>

#include <iostream>
#include <map>
#include <mutex>

using namespace holdfast;

class MapStorage {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;   // honours preconditions, atomically
    static constexpr bool attributed = true;    // keeps stamps with the payload
    static constexpr bool late_writes = false;  // what returned has nothing under way

    Result<RecordPtr> read(Context const&, RecordId const& id) {
        std::lock_guard const lock(*mutex_);
        auto const at = records_.find(to_string(id));
        return at == records_.end() ? RecordPtr() : at->second;
    }
    Result<WriteOutcome> write(Context const&, RecordId const& id, RecordPtr const& record, Precondition const& when) {
        std::lock_guard const lock(*mutex_);
        RecordPtr& place = records_[to_string(id)];
        if (!when.holds(place.get())) return WriteOutcome::conflict();
        Record stored = *record;
        stored.revision = Revision(record->stamp.ids.newest());
        place = std::make_shared<Record const>(std::move(stored));
        return WriteOutcome::applied(place->revision);
    }
    Result<WriteOutcome> remove(Context const&, RecordId const& id, Precondition const& when) {
        std::lock_guard const lock(*mutex_);
        RecordPtr& place = records_[to_string(id)];
        if (!when.holds(place.get())) return WriteOutcome::conflict();
        place = nullptr;
        return WriteOutcome::applied(Revision());
    }

private:
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
    std::map<std::string, RecordPtr> records_;
};

int main() {
    MapStorage storage;
    auto const found = testing::check_storage(storage);
    for (auto const& sentence : found.sentences()) std::cout << sentence << '\n';

    StateStore<int, MapStorage> store;
    store.update("n", [](int& n) { ++n; }).value();
    return found.sentences().empty() && **store.get("n").value() == 1 ? 0 : 1;
}
