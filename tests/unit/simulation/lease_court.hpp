#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_LEASE_COURT_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_LEASE_COURT_HPP

#include <holdfast/testing/simulation.hpp>

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace holdfast_tests {

/// What was promised about a write, by the token that it adds to the state.
enum class Told : unsigned char { nothing, applied, refused, unknown };

/// The laws of leases, judged by what takes effect in the storage and by what holders are told. States are texts to
/// which every write adds a token that begins with the epoch of its writer: "3-A7;".
class LeaseCourt {
    using RecordPtr = holdfast::RecordPtr;
    using Epoch = holdfast::Epoch;

public:
    /// `stamped`: removals, which add no token, carry the epoch of their writer.
    LeaseCourt(holdfast::testing::Simulation& world, bool stamped) : world_(world), stamped_(stamped) {}

    // ---- what the lock tells ----

    Epoch latest() const noexcept { return latest_; }
    void acquired(Epoch before, Epoch epoch, holdfast::WriteId lease) {
        running_.insert(lease);
        world_.expect(epochs_.insert(epoch).second, "epoch " + std::to_string(epoch) + " was issued twice");
        world_.expect(epoch > before, "an epoch is not higher than that of an earlier holder");
        if (epoch > latest_) latest_ = epoch;
        if (auto const* const self = world_.current()) holders_[self->name()] = epoch;
        if (world_.tracing() && world_.current()) world_.current()->note("holds epoch " + std::to_string(epoch));
    }
    /// From now on the lease may end, by its holder or by force.
    void may_end(holdfast::WriteId lease) { ending_.insert(lease); }

    // ---- what writers tell ----

    /// The token of a write, without the epoch.
    std::string new_token(holdfast::testing::Actor& self) {
        std::string token = "-" + self.name() + std::to_string(++tokens_) + ";";
        told_[token] = Told::nothing;
        return token;
    }
    /// To be added to the state, by the lease that the actor holds now.
    std::string signed_token(holdfast::testing::Actor& self, std::string const& token) {
        return std::to_string(holders_[self.name()]) + token;
    }
    template <class Outcome>
    void told(std::string const& token, Outcome const& outcome) {
        told_[token] = outcome ? Told::applied : outcome.unknown() ? Told::unknown : Told::refused;
    }

    // ---- what takes effect ----

    void effect(holdfast::RecordId const& id, RecordPtr const& before, RecordPtr const& after) {
        if (after) world_.expect(ids_.insert({id.slot, after->stamp.ids.newest()}).second, "a write took effect twice");
        if (before && before->lease && before->lease->held) lease_effect(before->lease->id, after);
        if (id.slot != holdfast::Slot::current || !after) return;
        auto const& is = after->stamp;
        if (before) world_.expect(is.epoch >= before->stamp.epoch, "an epoch was lowered");
        std::string const was = text(before), now = text(after);
        bool const removed = is.tombstone && before && !before->stamp.tombstone;
        if (removed && stamped_) world_.expect(is.epoch >= latest_, "a former holder's removal took effect");
        if (removed || (before && is.sequence == before->stamp.sequence) || is.sequence == 0) return;
        if (!world_.expect(now.size() > was.size() && now.compare(0, was.size(), was) == 0, "an update was lost"))
            return;
        std::string const signed_by = now.substr(was.size());
        world_.expect(++times_[signed_by.substr(signed_by.find('-'))] == 1, "an update took effect twice");
        world_.expect(std::strtoull(signed_by.c_str(), nullptr, 10) >= latest_,
                      "a former holder's write took effect: " + signed_by);
    }

    /// When nothing is under way any more.
    void judge() {
        for (auto const& [token, told] : told_) {
            if (told == Told::applied) world_.expect(times_[token] == 1, "reported applied, and is not: " + token);
            if (told == Told::refused) world_.expect(times_[token] == 0, "reported not applied, and is: " + token);
        }
    }

private:
    static std::string text(RecordPtr const& record) {
        return holdfast::detail::is_there(record) ? std::string(record->payload.view()) : std::string();
    }

    void lease_effect(holdfast::WriteId lease, RecordPtr const& after) {
        if (after && after->lease && after->lease->held) return;  // still there, or taken over
        world_.expect(running_.count(lease) == 0 || ending_.count(lease) != 0, "a release ended somebody else's lease");
    }

    holdfast::testing::Simulation& world_;
    bool stamped_;
    Epoch latest_ = 0;
    unsigned tokens_ = 0;
    std::set<Epoch> epochs_;
    std::set<holdfast::WriteId> running_, ending_;
    std::set<std::pair<holdfast::Slot, holdfast::WriteId>> ids_;
    std::map<std::string, Epoch> holders_;
    std::map<std::string, Told> told_;
    std::map<std::string, int> times_;
};

}  // namespace holdfast_tests

#endif
