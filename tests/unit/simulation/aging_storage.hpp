#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_AGING_STORAGE_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_AGING_STORAGE_HPP

#include <holdfast/testing/simulation.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace holdfast_tests {

/// A simulated storage that tells by its own clock how old a record is, as services do, so that it can be purged.
class AgingSimulatedStorage : public holdfast::testing::SimulatedStorage {
public:
    AgingSimulatedStorage(holdfast::testing::Simulation& world, holdfast::testing::Weather const& weather,
                          holdfast::testing::FarRevisions revisions)
        : BasicSimulatedStorage<true>(world, weather, revisions), world_(&world) {}

    /// To be called at every effect.
    void changed(holdfast::RecordId const& id) { (*since_)[to_string(id)] = world_->now(); }

    holdfast::Result<holdfast::Aged> read_aged(holdfast::Context const& ctx, holdfast::RecordId const& id) const {
        auto now = read(ctx, id);
        if (!now) return now.error();
        // Others may have written since: then it is theirs that is younger.
        auto const at = since_->find(to_string(id));
        if (!*now || at == since_->end()) return holdfast::Aged{*std::move(now)};
        return holdfast::Aged{*std::move(now), world_->now() - at->second};
    }

private:
    holdfast::testing::Simulation* world_;
    std::shared_ptr<std::map<std::string, holdfast::Duration>> since_ =
        std::make_shared<std::map<std::string, holdfast::Duration>>();
};

}  // namespace holdfast_tests

#endif
