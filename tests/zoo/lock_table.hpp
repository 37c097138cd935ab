#ifndef HOLDFAST_TESTS_ZOO_LOCK_TABLE_HPP
#define HOLDFAST_TESTS_ZOO_LOCK_TABLE_HPP

#include <zoo/slip.hpp>

#include <holdfast/testing/laws/calls.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace zoo::lock_animals {

using namespace holdfast;

/// The number of this thread, which no other will have.
inline std::uint64_t this_thread() {
    static std::atomic<std::uint64_t> threads{0};
    thread_local std::uint64_t const number = ++threads;
    return number;
}

/// Who holds the lock of a name in this process.
struct Mine {
    WriteId id;
    std::uint64_t owner = 0;
    std::uint64_t mistaken = 0;  ///< is taken for the holder, too
    Revision state{};            ///< what the state was when the lock was acquired
    unsigned taken = 0;
    std::string first_purpose{};
    WriteId ghost{};     ///< who is handed the lock though he has gone
    WriteId former{};    ///< the last one before
    unsigned flood = 0;  ///< so many are let in
    unsigned waiting = 0;
    bool forced = false;
    std::string_view purpose_view{};
};
/// What the guards of a lock and its copies share.
struct LockTable {
    LockTable(Slip what, Duration time) : slip(what), ttl(time) {}

    Slip slip;
    Duration ttl;
    std::mutex mutex, taking;
    std::map<std::string, Mine, std::less<>> all;
    std::atomic<unsigned> asked{0};
    std::atomic<bool> slow{false};

    bool is(Slip one) const noexcept { return slip == one; }
    template <class F>
    auto with(Key const& name, F&& f) {
        std::lock_guard const lock(mutex);
        return f(all[name.str()]);
    }
    void forget(Key const& name, WriteId id) {
        if (is(Slip::told_after_release)) return;
        with(name, [&](Mine& mine) {
            if (mine.id == id) mine.id = WriteId(), mine.owner = 0;
        });
    }
    Key name_of(KeyView key) const {
        std::string name(key.view());
        if (is(Slip::tenants_are_one)) name = name.substr(0, 26);
        if (is(Slip::names_are_cut)) name = name.substr(0, 128);
        if (is(Slip::names_are_cut_at_255)) name = name.substr(0, 255);
        if (is(Slip::locks_are_striped)) name = "stripe-" + std::to_string(std::hash<std::string>()(name) % 64);
        if (is(Slip::directories_are_one) && name.ends_with('/')) name.pop_back();
        for (char& c : name) {
            if (is(Slip::names_are_folded) && c >= 'A' && c <= 'Z' && name.size() < 30 && &c == &name.back())
                c = static_cast<char>(c - 'A' + 'a');
            if (is(Slip::names_are_ascii) && static_cast<unsigned char>(c) > 127) c = '?';
        }
        return *Key::parse(name);
    }
};

inline bool held(RecordPtr const& record) { return record && record->lease && record->lease->held; }
inline RecordId place(Key const& name) { return {name, Slot::lock}; }
inline bool applied(Result<WriteOutcome> const& done) { return testing::law::is_applied(done); }
/// The record with another lease, and its epoch.
inline RecordPtr with_lease(Key const& name, RecordPtr const& base, LeasePtr lease, Epoch epoch) {
    Record next = *testing::law::make_record(name, "", base);
    next.lease = std::move(lease);
    next.stamp.epoch = epoch;
    return std::make_shared<Record const>(std::move(next));
}
/// Ends whatever lease is there.
template <class S>
void end_any(S& storage, Key const& name) {
    Context const ctx = testing::law::patient();
    auto const now = storage.read(ctx, place(name));
    if (now && held(*now))
        (void)storage.write(ctx, place(name), with_lease(name, *now, nullptr, (*now)->stamp.epoch),
                            Precondition::none());
}
/// Writes the state of the key anew, changed in some way.
template <class S, class Change>
void touch(S& storage, Context const& ctx, Key const& key, Change&& change) {
    auto const now = storage.read(ctx, RecordId(key));
    if (!now || !*now) return;
    Record next = **now;
    WriteId const id = ctx.env.new_write_id();
    next.stamp.ids.push(id);
    next.revision = Revision(id);
    change(next);
    (void)storage.write(ctx, RecordId(key), std::make_shared<Record const>(std::move(next)), Precondition::none());
}

}  // namespace zoo::lock_animals

#endif
