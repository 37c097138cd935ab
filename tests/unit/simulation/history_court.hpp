#ifndef HOLDFAST_TESTS_UNIT_SIMULATION_HISTORY_COURT_HPP
#define HOLDFAST_TESTS_UNIT_SIMULATION_HISTORY_COURT_HPP

#include <holdfast/testing/simulation.hpp>
#include <holdfast/versioning/history/kept.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace holdfast_tests {

/// The laws of a history, judged by what takes effect in the storage and by what is promised to those who use it.
class HistoryCourt {
    using RecordPtr = holdfast::RecordPtr;
    using RecordId = holdfast::RecordId;
    using VersionId = holdfast::VersionId;
    using Slot = holdfast::Slot;

public:
    /// `strict`: what is replaced must be kept already. Otherwise it may be missing until everything has landed.
    HistoryCourt(holdfast::testing::Simulation& world, holdfast::testing::SimulatedStorage storage, bool strict)
        : world_(world), storage_(std::move(storage)), strict_(strict) {}

    // ---- what takes effect ----

    void effect(RecordId const& id, RecordPtr const& before, RecordPtr const& after) {
        switch (id.slot) {
            case Slot::current: return head_effect(before, after);
            case Slot::version: return version_effect(id.version, after);
            case Slot::retention: return retention_effect(before, after);
            default: return;
        }
    }

    // ---- what is promised ----

    /// A prune will keep everything from `floor` on.
    void keeps(std::uint64_t floor) {
        if (floor > told_) told_ = floor;
    }
    /// `until` is the time to live from when the pin was asked for, in the time of the world.
    void pinned(holdfast::WriteId pin, VersionId version, holdfast::Duration until) {
        pins_[pin] = {version, until};
        bool const there = storage_.peek({key(), Slot::version, version}) || is_head(version);
        world_.expect(there || !holds(pin), "a pin was acknowledged whose version is gone: " + name(version));
    }
    /// Another renewal may have been made, or not.
    void not_renewed(holdfast::WriteId pin, holdfast::Error const& error) {
        world_.expect(error != holdfast::Errc::lost || !holds(pin), "a pin was lost before its time to live was over");
    }
    bool holds(holdfast::WriteId pin) const {
        auto const at = pins_.find(pin);
        return at != pins_.end() && world_.now() < at->second.until;
    }
    /// From now on it may go.
    void unpins(holdfast::WriteId pin) { pins_.erase(pin); }

    /// One of the last versions that were committed; none if there is none.
    std::optional<VersionId> some(std::uint64_t chance) const {
        if (order_.empty()) return std::nullopt;
        std::size_t const most = order_.size() < 6 ? order_.size() : 6;
        return order_[order_.size() - 1 - chance % most];
    }
    bool was_deleted(VersionId version) const { return deleted_.count(name(version)) != 0; }

    /// What a reader was shown of a version that was committed before. `deleted`: before it asked.
    template <class Entry>
    void shown(VersionId version, bool deleted, Entry const& entry) {
        if (entry) {
            world_.expect(!deleted, "a version that was deleted came back: " + name(version));
            world_.expect(contents_[name(version)] == entry->value(), "a version has other content: " + name(version));
        } else if (entry.error() == holdfast::Errc::not_found) {
            world_.expect(version.sequence < floor(), "a version that is kept is missing: " + name(version));
        } else {
            world_.expect(entry.error() != holdfast::Errc::malformed, "a version is damaged: " + name(version));
        }
    }
    /// … that it holds by a pin.
    template <class Entry>
    void shown(holdfast::WriteId pin, VersionId version, Entry const& entry) {
        if (entry) world_.expect(contents_[name(version)] == entry->value(), "a pinned version has other content");
        else
            world_.expect((entry.error() != holdfast::Errc::not_found && entry.error() != holdfast::Errc::malformed) ||
                              !holds(pin),
                          "a pinned version cannot be read: " + name(version));
    }
    /// What a writer was told to have written.
    void written(RecordPtr const& record) {
        VersionId const version = holdfast::detail::version_of(record->stamp);
        auto const found = contents_.find(name(version));
        world_.expect(found != contents_.end() && found->second == record->payload.view(),
                      "reported applied, and never was the state: " + name(version));
    }

    /// When nothing is under way any more.
    void judge() {
        auto const head = storage_.peek(key());
        if (!head) return;
        for (VersionId const version : order_) {
            bool const current = !head->stamp.tombstone && version.sequence == head->stamp.sequence;
            if (version.sequence >= floor() && !current)
                world_.expect(storage_.peek({key(), Slot::version, version}) != nullptr,
                              "a committed version is missing: " + name(version));
        }
        for (auto const& [id, pin] : pins_)
            world_.expect(!holds(id) || storage_.peek({key(), Slot::version, pin.version}) || is_head(pin.version),
                          "a pinned version is missing: " + name(pin.version));
    }

    static holdfast::KeyView key() { return "k"; }

private:
    struct Pinned {
        VersionId version;
        holdfast::Duration until;
    };

    static std::string name(VersionId version) { return to_string(version); }

    bool is_head(VersionId version) const {
        auto const head = storage_.peek(key());
        return holdfast::detail::is_there(head) && holdfast::detail::version_of(head->stamp) == version;
    }
    holdfast::detail::RetentionState retention() const {
        auto kept = holdfast::detail::parse_kept(storage_.peek({key(), Slot::retention}));
        return kept ? kept->state : holdfast::detail::RetentionState();
    }
    std::uint64_t floor() const {
        std::uint64_t const noted = retention().floor;
        return noted > told_ ? noted : told_;
    }

    void head_effect(RecordPtr const& before, RecordPtr const& after) {
        if (!world_.expect(after != nullptr, "a state with a history was removed physically")) return;
        world_.expect(ids_.insert(after->stamp.ids.newest()).second, "a write took effect twice");
        if (after->stamp.tombstone || (before && before->stamp.sequence == after->stamp.sequence)) return;
        VersionId const version = holdfast::detail::version_of(after->stamp);
        std::uint64_t const last = before ? before->stamp.sequence : 0;
        world_.expect(version.sequence == last + 1 && sequences_.insert(version.sequence).second,
                      "a sequence was committed twice, or skipped: " + name(version));
        contents_[name(version)] = std::string(after->payload.view());
        order_.push_back(version);
        if (!strict_ || !before || before->stamp.tombstone) return;
        VersionId const replaced = holdfast::detail::version_of(before->stamp);
        world_.expect(storage_.peek({key(), Slot::version, replaced}) != nullptr,
                      "a state was replaced before it was kept: " + name(replaced));
    }

    void version_effect(VersionId version, RecordPtr const& after) {
        if (!after) {
            for (auto const& [id, pin] : pins_)
                world_.expect(pin.version != version || !holds(id), "a pinned version was deleted: " + name(version));
            deleted_.insert(name(version));
            return;
        }
        auto const found = contents_.find(name(version));
        if (world_.expect(found != contents_.end(), "a version was kept that never was the state: " + name(version)))
            world_.expect(found->second == after->payload.view(), "a version was kept with other content");
    }

    void retention_effect(RecordPtr const& before, RecordPtr const& after) {
        auto const was = holdfast::detail::parse_kept(before), is = holdfast::detail::parse_kept(after);
        if (!world_.expect(was && is, "what is kept cannot be read")) return;
        world_.expect(is->state.floor >= was->state.floor, "the floor was lowered");
        auto const head = storage_.peek(key());
        world_.expect(head && is->state.floor <= head->stamp.sequence, "the floor is past the state itself");
    }

    holdfast::testing::Simulation& world_;
    holdfast::testing::SimulatedStorage storage_;
    bool strict_;
    std::uint64_t told_ = 0;
    std::map<std::string, std::string> contents_;  ///< of all versions that were ever committed
    std::vector<VersionId> order_;
    std::set<std::uint64_t> sequences_;
    std::set<holdfast::WriteId> ids_;
    std::set<std::string> deleted_;
    std::map<holdfast::WriteId, Pinned> pins_;
};

}  // namespace holdfast_tests

#endif
