#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_SIMULATED_OBJECTS_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_SIMULATED_OBJECTS_HPP

#include <holdfast/storage/object.hpp>

#include <functional>
#include <memory>
#include <string>
#include <unit/simulation/aging_storage.hpp>
#include <utility>

namespace holdfast_tests {

/// A bucket in a simulation: each object is a payload of a simulated storage, which has the weather.
class SimulatedObjects {
public:
    static constexpr bool conditional_put = true;
    static constexpr bool conditional_remove = true;
    static constexpr bool late_writes = true;

    explicit SimulatedObjects(AgingSimulatedStorage far) : far_(std::move(far)) {}

    holdfast::Result<holdfast::Fetched> get(holdfast::Context const& ctx, holdfast::ObjectRead const& read) const {
        holdfast::Key const name = key_of(read.name);
        auto found = far_.read_aged(ctx, holdfast::RecordId(name));
        if (!found) return std::move(found).error();
        if (!found->record) return holdfast::Fetched{};
        holdfast::Record const& record = *found->record;
        bool const same = !read.known.empty() && read.known == record.revision;
        return holdfast::Fetched{same ? holdfast::Fetched::Kind::unchanged : holdfast::Fetched::Kind::found,
                                 record.revision, record.payload, record.payload.size(),
                                 found->age.value_or(holdfast::Duration::zero())};
    }
    holdfast::Result<holdfast::WriteOutcome> put(holdfast::Context const& ctx, std::string_view name,
                                                 holdfast::BodyParts body, holdfast::Precondition const& when) {
        std::string all;
        for (std::string_view const part : body) all.append(part);
        auto record = std::make_shared<holdfast::Record>(
            holdfast::Record{key_of(name), holdfast::Bytes::copy(all), {}, {}, {}});
        // So that a timeline names the writes. A bucket knows no tombstones.
        if (auto const framed = holdfast::decode_frame(record->payload)) record->stamp.ids = framed->stamp.ids;
        holdfast::Key const key = record->key;
        return far_.write(ctx, holdfast::RecordId(key), std::move(record), when);
    }
    holdfast::Result<holdfast::WriteOutcome> remove(holdfast::Context const& ctx, std::string_view name,
                                                    holdfast::Precondition const& when) {
        return far_.remove(ctx, holdfast::RecordId(key_of(name)), when);
    }
    holdfast::Result<holdfast::ObjectPage> list(holdfast::Context const& ctx,
                                                holdfast::ObjectQuery const& query) const {
        auto found = far_.list(ctx, {.prefix = query.prefix, .cursor = query.cursor, .limit = query.limit});
        if (!found) return std::move(found).error();
        holdfast::ObjectPage page;
        for (auto const& one : found->records)
            if (auto const there = far_.peek(holdfast::RecordId(one.key))) page.objects.push_back({one.key.str(), there->payload.size()});
        page.next = std::move(found->next);
        return page;
    }

    AgingSimulatedStorage& far() noexcept { return far_; }

private:
    static holdfast::Key key_of(std::string_view name) { return holdfast::Key::parse(std::string(name)).value(); }

    AgingSimulatedStorage far_;
};

/// Records in a bucket in a simulation, seen as those of a simulated storage are.
class SimulatedBucket : public holdfast::ObjectStorage<SimulatedObjects> {
    using Base = holdfast::ObjectStorage<SimulatedObjects>;
    using RecordPtr = holdfast::RecordPtr;

public:
    SimulatedBucket(holdfast::testing::Simulation& world, holdfast::testing::Weather const& weather,
                    holdfast::testing::FarRevisions revisions)
        : Base(Base::open(SimulatedObjects(AgingSimulatedStorage(world, weather, revisions))).value()),
          watched_(std::make_shared<AgingSimulatedStorage>(far())) {}

    void on_effect(std::function<void(holdfast::RecordId const&, RecordPtr const&, RecordPtr const&)> hook) {
        // Not held by what it holds itself.
        far().on_effect([hook = std::move(hook), watched = std::weak_ptr(watched_)](
                            holdfast::RecordId const& id, RecordPtr const& before, RecordPtr const& after) {
            if (auto const far = watched.lock()) far->changed(id);
            auto const name = holdfast::SlotFirst::parse(id.key.view());
            if (name && name->key)
                hook(holdfast::RecordId(*name->key, name->slot, name->version), framed(before), framed(after));
        });
    }
    void changed(holdfast::RecordId const&) noexcept {}
    RecordPtr peek(holdfast::RecordId const& id) const {
        holdfast::Key const name = holdfast::Key::parse(holdfast::SlotFirst::name(id)).value();
        return framed(far().peek(holdfast::RecordId(name)));
    }
    void lose_power() { far().lose_power(); }

private:
    AgingSimulatedStorage& far() const noexcept { return objects().far(); }

    static RecordPtr framed(RecordPtr const& object) {
        if (!object) return nullptr;
        auto record = std::make_shared<holdfast::Record>(holdfast::decode_frame(object->payload).value());
        record->revision = object->revision;
        return record;
    }

    std::shared_ptr<AgingSimulatedStorage> watched_;
};

}  // namespace holdfast_tests

#endif
