#ifndef HOLDFAST_TESTING_SIMULATION_TIMELINE_HPP
#define HOLDFAST_TESTING_SIMULATION_TIMELINE_HPP

#include <holdfast/testing/simulation/trace.hpp>

#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::testing {

namespace detail {

/// Turns a trace into lines.
class TimelinePrinter {
    using What = SimulatedEvent::What;
    using How = SimulatedEvent::How;
    using Did = SimulatedEvent::Did;

public:
    TimelinePrinter(SimulatedTrace const& trace, std::vector<std::string> const& actors)
        : trace_(trace), actors_(actors) {
        std::string_view only;
        for (auto const& event : trace.events()) {
            if (!of_a_record(event.what)) continue;
            if (only.empty()) only = trace.name(event.name);
            several_keys_ = several_keys_ || trace.name(event.name) != only;
        }
        for (auto const& name : actors) width_ = name.size() > width_ ? name.size() : width_;
    }

    std::string print() {
        std::string all;
        for (auto const& event : trace_.events()) {
            char time[32];
            (void)std::snprintf(time, sizeof time, "%12.3f ms  ", static_cast<double>(event.at.count()) / 1e6);
            std::string who(event.actor < actors_.size() ? actors_[event.actor] : "-");
            who.resize(width_ + 2, ' ');
            all.append(time).append(who).append(sentence(event)).append("\n");
        }
        return all;
    }

private:
    static bool of_a_record(What what) noexcept {
        return what == What::read || what == What::write || what == What::remove || what == What::batch ||
               what == What::landed;
    }

    std::string sentence(SimulatedEvent const& event) {
        switch (event.what) {
            case What::read:
                if (event.how == How::read_failed) return "read" + place(event) + " -> failed";
                return "read" + place(event) + " " + record(event) + (event.how == How::read_stale ? " (stale)" : "");
            case What::list: return event.how == How::read_failed ? "list -> failed" : "list";
            case What::write: return "write " + written(event);
            case What::batch: return "batch: write " + written(event);
            case What::remove: return "remove" + place(event) + condition(event) + " -> " + outcome(event);
            case What::landed: return "late " + name(event.id) + place(event) + " lands -> " + effect(event);
            case What::slept: return "sleep " + milliseconds(event.span);
            case What::waited: return "wait for at most " + milliseconds(event.span);
            case What::paused: return "PAUSED for " + milliseconds(event.span);
            case What::crashed: return "CRASHED";
            case What::restarted: return "restarted";
            case What::ended: return "end";
            case What::threw: return "threw " + std::string(trace_.name(event.name));
            case What::note:
            default: return std::string(trace_.name(event.name));
        }
    }

    std::string written(SimulatedEvent const& event) {
        return record(event) + place(event) + condition(event) + " -> " + outcome(event);
    }
    std::string place(SimulatedEvent const& event) const {
        std::string text;
        if (several_keys_) text.append(" \"").append(trace_.name(event.name)).append("\"");
        if (event.slot != Slot::current) text.append(" ").append(holdfast::name(event.slot));
        return text;
    }
    std::string condition(SimulatedEvent const& event) {
        if (!event.conditional) return "";
        return event.base ? " if " + name(event.base) : std::string(" if absent");
    }
    std::string effect(SimulatedEvent const& event) {
        if (event.did == Did::applied) return "applied";
        if (event.did == Did::nothing) return "nothing";
        return "conflict (there: " + (event.there ? name(event.there) : "nothing") + ")";
    }
    std::string outcome(SimulatedEvent const& event) {
        switch (event.how) {
            case How::not_sent: return "not sent";
            case How::refused: return "refused";
            case How::lost: return "lost";
            case How::late: return "no reply (under way)";
            case How::reply_lost: return effect(event) + ", reply lost";
            case How::twice: return effect(event) + " (and a copy is under way)";
            case How::twice_reply_lost: return effect(event) + ", reply lost (and a copy is under way)";
            case How::unsynced: return effect(event) + ", but not synced";
            case How::orphaned: return "its sender is gone (under way)";
            case How::intact:
            case How::read_failed:
            case How::read_stale:
            default: return effect(event);
        }
    }

    std::string record(SimulatedEvent const& event) {
        if (!event.id) return "absent";
        std::string text = name(event.id);
        if (event.tombstone) text.append(" (removed)");
        if (event.held) text.append(" (locked)");
        if (event.epoch != 0) text.append(" epoch ").append(std::to_string(event.epoch));
        return text;
    }
    /// w1, w2, … in the order in which they appear.
    std::string name(WriteId id) {
        return "w" + std::to_string(short_names_.emplace(id, short_names_.size() + 1).first->second);
    }

    static std::string milliseconds(Duration span) {
        char text[32];
        (void)std::snprintf(text, sizeof text, "%.3f ms", static_cast<double>(span.count()) / 1e6);
        return text;
    }

    SimulatedTrace const& trace_;
    std::vector<std::string> const& actors_;
    std::map<WriteId, std::size_t> short_names_;
    std::size_t width_ = 1;
    bool several_keys_ = false;
};

}  // namespace detail

/// One line for each event: time of the world, actor, what happened. Writes have short names: w1, w2, …
inline std::string print_timeline(SimulatedTrace const& trace, std::vector<std::string> const& actors) {
    return detail::TimelinePrinter(trace, actors).print();
}

}  // namespace holdfast::testing

#endif
