#ifndef HOLDFAST_TESTING_LAWS_CALLS_HPP
#define HOLDFAST_TESTING_LAWS_CALLS_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/testing/laws/findings.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

// How laws call a storage, and where.
namespace holdfast::testing::law {

inline Context patient() { return Context(Environment::system(), std::chrono::seconds(30)); }

inline bool is_applied(Result<WriteOutcome> const& done) noexcept {
    return done && done->kind() == WriteOutcome::Kind::applied;
}

template <StoragePolicy S>
bool applied(S& storage, RecordId const& id, RecordPtr const& record, Precondition const& when) {
    return is_applied(storage.write(patient(), id, record, when));
}
template <StoragePolicy S>
bool removed(S& storage, RecordId const& id, Precondition const& when) {
    return is_applied(storage.remove(patient(), id, when));
}
template <StoragePolicy S>
RecordPtr read(S& storage, RecordId const& id) {
    auto done = storage.read(patient(), id);
    return done ? *std::move(done) : nullptr;
}

template <StoragePolicy S>
bool applied(S& storage, Key const& key, RecordPtr const& record, Precondition const& when) {
    return applied(storage, RecordId(key), record, when);
}
template <StoragePolicy S>
bool removed(S& storage, Key const& key, Precondition const& when) {
    return removed(storage, RecordId(key), when);
}
template <StoragePolicy S>
RecordPtr read(S& storage, Key const& key) {
    return read(storage, RecordId(key));
}

/// One record id that a law is checked on; findings say its slot.
struct Place {
    Findings& found;
    RecordId id;

    bool expect(bool holds, std::string_view law) const { return holds || found.expect(false, named(law)); }
    template <class R>
    bool succeeds(R const& result, std::string_view what) const {
        return result ? true : found.succeeds(result, named(what));
    }
    /// A record of this key as `settle` would make it.
    RecordPtr record(std::string_view payload, RecordPtr const& base = nullptr, bool tombstone = false) const {
        return detail::make_record(id.key, payload, base, tombstone);
    }

private:
    std::string named(std::string_view law) const {
        std::string text(law);
        if (id.slot != Slot::current) text.append(" (slot ").append(name(id.slot)).append(")");
        return text;
    }
};

/// The id of a slot of a key; of a version: one of them.
inline RecordId slot_of(KeyView key, Slot slot) noexcept {
    return slot == Slot::version ? RecordId(key, slot, {1, WriteId{1, 2}}) : RecordId(key, slot);
}

/// Checks a law in each slot that the storage must keep, on a key of its own, and tidies up. Where stamps have no place
/// nothing but the state must be kept.
template <StoragePolicy S, class Law>
void in_every_slot(S& storage, Findings& found, Law&& law) {
    for (Slot const slot : {Slot::current, Slot::version, Slot::lock, Slot::retention}) {
        if (slot != Slot::current && !AttributedStorage<S>) return;
        Key const key = detail::fresh_key();
        RecordId const id = slot_of(key, slot);
        law(Place{found, id});
        (void)removed(storage, id, Precondition::none());
    }
}

/// Runs `body(i)` in `n` threads that begin together, and waits for them.
template <class Body>
void at_once(unsigned n, Body&& body) {
    std::atomic<unsigned> ready{0};
    detail::in_threads(n, [&](unsigned me) {
        for (++ready; ready < n;) std::this_thread::yield();
        body(me);
    });
}

}  // namespace holdfast::testing::law

#endif
