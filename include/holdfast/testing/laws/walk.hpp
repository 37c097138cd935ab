#ifndef HOLDFAST_TESTING_LAWS_WALK_HPP
#define HOLDFAST_TESTING_LAWS_WALK_HPP

#include <holdfast/testing/laws/calls.hpp>
#include <holdfast/testing/laws/samples.hpp>

#include <cstdint>
#include <string>
#include <vector>

// The law beneath all others of storages: calls in an order that nobody thought of.
namespace holdfast::testing::law {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Chance {
public:
    explicit Chance(std::uint64_t seed) noexcept : state_(seed) {}
    std::uint64_t below(std::uint64_t bound) noexcept {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return (z ^ (z >> 31)) % bound;
    }
    bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }

private:
    std::uint64_t state_;
};

/// Calls by chance, and what a map would say to them.
template <StoragePolicy S>
class Walk {
public:
    Walk(S& storage, Findings& found) : calls_(storage, found), chance_(found.seed()) {
        for (int i = 0; i < 3; ++i) keys_.push_back(fresh_key());
        for (Key const& key : keys_)
            for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention})
                if (slot == Slot::current || AttributedStorage<S>) places_.push_back({slot_of(key, slot)});
    }

    /// One call. Whether it was as expected.
    bool step() {
        auto& at = places_[chance_.below(places_.size())];
        switch (chance_.below(8)) {
            case 0:
            case 1:
            case 2: return write(at, next_record(at), some_condition(at));
            case 3: return remove(at, some_condition(at));
            case 4: return again();
            case 5:
                if constexpr (TransactionalStorage<S>) return batch();
                else return look(at);
            default: return look(at);
        }
    }
    bool look_at_all() {
        for (auto const& at : places_)
            if (!look(at)) return false;
        return true;
    }
    void tidy_up() {
        for (auto const& at : places_) (void)calls_.removes(at.id);
    }

private:
    struct At {
        RecordId id;
        RecordPtr now{};             ///< what must be there, with the revision that it was read with
        std::vector<Revision> old{};  ///< what it had before
    };
    struct Sent {
        std::size_t place;
        RecordPtr record;
        Precondition when;
    };

    RecordPtr next_record(At const& at) {
        if (AttributedStorage<S> && chance_.one_in(2)) return sample(at.id.key, chance_.below(1000));
        bool const tombstone = AttributedStorage<S> && at.now && chance_.one_in(8);
        return make_record(at.id.key, tombstone ? std::string() : std::string(chance_.below(300), 'w'),
                           chance_.one_in(4) ? nullptr : at.now, tombstone);
    }
    Precondition some_condition(At const& at) {
        if (!ConditionalStorage<S>) return Precondition::none();
        switch (chance_.below(6)) {
            case 0: return Precondition::none();
            case 1: return Precondition::absent();
            case 2:
                if (!at.old.empty()) return Precondition::matches(at.old[chance_.below(at.old.size())]);
                return Precondition::matches(Revision(Environment::system().new_write_id()));
            default: return Precondition::unchanged_since(at.now);
        }
    }

    /// What is there now, which must be what was sent, or what was there before.
    bool settle(At& at, RecordPtr const& sent, bool took_effect) {
        RecordPtr const now = calls_.read(at.id);
        if (!took_effect) return is(at, now);
        if (at.now) at.old.push_back(at.now->revision);
        at.now = now;
        if (!sent) return calls_.expect(now == nullptr, "what was removed is absent");
        if (!calls_.expect(now && now->payload == sent->payload && now->key.view() == sent->key.view(),
                           "what was written is there"))
            return false;
        if (AttributedStorage<S> && !calls_.expect(now->stamp == sent->stamp && now->attributes == sent->attributes &&
                                                       same_lease(now->lease, sent->lease),
                                                   "every member of what was written is there"))
            return false;
        for (Revision const& old : at.old)
            if (ConditionalStorage<S> && AttributedStorage<S> && !calls_.expect(now->revision != old, "a revision is never used again")) return false;
        return true;
    }
    bool is(At const& at, RecordPtr const& now) {
        return calls_.expect(at.now ? now && same_record(*now, *at.now) : now == nullptr,
                             "what was there stays as it is until it is written or removed");
    }

    bool write(At& at, RecordPtr const& record, Precondition const& when) {
        bool const holds = when.holds(at.now.get());
        if (!calls_.expect(calls_.applies(at.id, record, when) == holds, holds ? "a write whose precondition holds is applied" : "a write whose precondition does not hold is none"))
            return false;
        if (ConditionalStorage<S>) sent_.push_back({static_cast<std::size_t>(&at - places_.data()), record, when});
        return settle(at, record, holds);
    }
    bool remove(At& at, Precondition const& when) {
        bool const holds = when.holds(at.now.get());
        if (!calls_.expect(calls_.removes(at.id, when) == holds,
                           holds ? "a removal whose precondition holds is applied" : "a removal whose precondition does not hold is none"))
            return false;
        if (when.kind() == Precondition::Kind::matches) sent_.push_back({static_cast<std::size_t>(&at - places_.data()), nullptr, when});
        return settle(at, nullptr, holds);
    }
    /// Something that was sent before arrives again. Where its condition holds no more it may be said that it was
    /// applied, and it changes nothing.
    bool again() {
        if (sent_.empty()) return true;
        Sent const one = sent_[chance_.below(sent_.size())];
        if (one.when.kind() == Precondition::Kind::none) return true;
        At& at = places_[one.place];
        bool const holds = one.when.holds(at.now.get());
        if (holds && one.record) return true;  // a create after a removal: a storage may know that it made it before
        bool const done = one.record ? calls_.applies(at.id, one.record, one.when) : calls_.removes(at.id, one.when);
        (void)done;
        return settle(at, one.record, holds);
    }
    bool batch() {
        std::vector<Write> writes;
        std::vector<std::size_t> which;
        std::size_t const first = chance_.below(places_.size()), count = 1 + chance_.below(4);
        bool holds = true;
        for (std::size_t i = 0; i < count; ++i) {
            std::size_t const place = (first + i * 5) % places_.size();
            bool known = false;
            for (std::size_t const other : which) known = known || other == place;
            if (known) continue;
            At const& at = places_[place];
            Precondition const when = chance_.one_in(3) ? some_condition(at) : Precondition::unchanged_since(at.now);
            writes.push_back({at.id, chance_.one_in(4) ? nullptr : next_record(at), when});
            which.push_back(place);
            holds = holds && when.holds(at.now.get());
        }
        if constexpr (TransactionalStorage<S>)
            if (!calls_.expect(calls_.applies_all(writes) == holds, "a batch is applied if and only if all its preconditions hold"))
                return false;
        for (std::size_t i = 0; i < writes.size(); ++i)
            if (!settle(places_[which[i]], writes[i].record, holds)) return false;
        return true;
    }
    bool look(At const& at) { return is(at, calls_.read(at.id)); }

    Caller<S> calls_;
    Chance chance_;
    std::vector<Key> keys_;
    std::vector<At> places_;
    std::vector<Sent> sent_;
};

template <StoragePolicy S>
void calls_are_those_of_a_map(S& storage, Findings& found, unsigned steps = 1500) {
    if (!found.begins_last("calls_are_those_of_a_map")) return;
    Walk<S> walk(storage, found);
    for (unsigned i = 0; i < found.rounds(steps); ++i)
        if (!walk.step()) break;
    if (found.empty()) (void)walk.look_at_all();
    walk.tidy_up();
}

}  // namespace holdfast::testing::law

#endif
