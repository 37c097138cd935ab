#ifndef HOLDFAST_TESTING_SIMULATION_TRACE_HPP
#define HOLDFAST_TESTING_SIMULATION_TRACE_HPP

#include <holdfast/core/record_id.hpp>
#include <holdfast/core/time.hpp>
#include <holdfast/testing/simulation/random.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::testing {

/// Something that happened in a simulation.
struct SimulatedEvent {
    enum class What : unsigned char {
        read,
        write,
        remove,
        batch,  ///< one event for each of its writes
        list,
        landed,  ///< a copy that was under way arrived
        slept,   ///< began to sleep
        paused,
        crashed,
        restarted,
        ended,   ///< its body returned
        threw,   ///< its body ended by an exception
        note,    ///< what a body said
        waited,  ///< began to wait until somebody wakes it
    };
    /// What the weather did to a request. In the order of `Weather`.
    enum class How : unsigned char {
        intact,
        not_sent,
        refused,
        lost,
        reply_lost,
        late,
        twice,
        twice_reply_lost,
        unsynced,
        read_failed,
        read_stale,
        orphaned,  ///< its actor crashed while it was on its way; it lands
    };
    /// What a write did when it arrived.
    enum class Did : unsigned char { nothing, applied, conflict };

    static constexpr std::size_t whats = 14, hows = 12;
    static constexpr std::uint32_t nobody = ~0u;

    Duration at{0};
    std::uint32_t actor = nobody;
    What what = What::note;
    How how = How::intact;
    Did did = Did::nothing;
    Slot slot = Slot::current;
    bool tombstone = false;    ///< of the record that was read or written
    bool conditional = false;  ///< a write that names a base
    bool held = false;         ///< a lock lives in the record that was read or written
    std::uint64_t epoch = 0;   ///< of that record
    std::uint32_t name = ~0u;  ///< of a record, or text of a note; see `SimulatedTrace::name`
    WriteId id{};              ///< of the record that was read or written; zero: none
    WriteId base{};            ///< of the record that a write was conditioned on; zero: absence
    WriteId there{};           ///< conflict: of the record that stood there
    Duration span{0};          ///< how long a sleep or pause is, and a wait at most
};

/// How often things happened: a law that was never tried has not been shown to hold.
struct SimulatedCounts {
    std::array<std::uint64_t, SimulatedEvent::whats> what{};
    std::array<std::uint64_t, SimulatedEvent::hows> how{};
    std::uint64_t conflicts = 0;

    std::uint64_t of(SimulatedEvent::What kind) const noexcept { return what[static_cast<std::size_t>(kind)]; }
    std::uint64_t of(SimulatedEvent::How kind) const noexcept { return how[static_cast<std::size_t>(kind)]; }
    SimulatedCounts& operator+=(SimulatedCounts const& other) noexcept {
        for (std::size_t i = 0; i < what.size(); ++i) what[i] += other.what[i];
        for (std::size_t i = 0; i < how.size(); ++i) how[i] += other.how[i];
        conflicts += other.conflicts;
        return *this;
    }
};

/// What happened, in order. A hash of it is always kept, the events themselves only if asked for.
class SimulatedTrace {
public:
    explicit SimulatedTrace(bool keep) : keep_(keep) {}

    bool keeps() const noexcept { return keep_; }
    /// Equal for equal runs.
    std::uint64_t hash() const noexcept { return hash_; }
    SimulatedCounts const& counts() const noexcept { return counts_; }
    std::vector<SimulatedEvent> const& events() const noexcept { return events_; }
    std::string_view name(std::uint32_t index) const noexcept {
        return index < names_.size() ? std::string_view(*names_[index]) : std::string_view();
    }

    void add(SimulatedEvent event, std::string_view event_name) {
        std::uint64_t const kinds =
            static_cast<std::uint64_t>(event.what) | static_cast<std::uint64_t>(event.how) << 8 |
            static_cast<std::uint64_t>(event.did) << 16 | static_cast<std::uint64_t>(event.slot) << 24 |
            static_cast<std::uint64_t>(event.actor) << 32;
        hash_ = SeededRandom::mix(hash_ ^ kinds) + static_cast<std::uint64_t>(event.at.count());
        hash_ = SeededRandom::mix(hash_ ^ event.id.low ^ static_cast<std::uint64_t>(event.span.count()));
        ++counts_.what[static_cast<std::size_t>(event.what)];
        ++counts_.how[static_cast<std::size_t>(event.how)];
        counts_.conflicts += event.did == SimulatedEvent::Did::conflict;
        if (!keep_) return;
        event.name = intern(event_name);
        events_.push_back(event);
    }

private:
    std::uint32_t intern(std::string_view text) {
        auto at = index_.find(text);
        if (at == index_.end()) {
            at = index_.emplace(std::string(text), static_cast<std::uint32_t>(names_.size())).first;
            names_.push_back(&at->first);
        }
        return at->second;
    }

    bool keep_;
    std::uint64_t hash_ = 0;
    SimulatedCounts counts_;
    std::vector<SimulatedEvent> events_;
    std::map<std::string, std::uint32_t, std::less<>> index_;
    std::vector<std::string const*> names_;
};

}  // namespace holdfast::testing

#endif
