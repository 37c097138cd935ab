#ifndef HOLDFAST_LOCKING_LEASE_REGISTRY_HPP
#define HOLDFAST_LOCKING_LEASE_REGISTRY_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/text_hash.hpp>
#include <holdfast/process/per_process.hpp>
#include <holdfast/threads/strand.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <unordered_map>

namespace holdfast::detail {

/// Which leases are held through one policy object and its copies, by which thread, and which epoch of a key was the
/// last one held here. Advice only: the lock itself lives in the storage.
///
/// The last epochs of 256 keys are kept. Thread safety: every member, from any thread.
class LeaseRegistry {
public:
    /// Whether the calling thread holds the key's lease.
    bool held_by_this_thread(std::string_view key) {
        return entries_.with([key](Entries const& all) {
            auto const at = all.find(key);
            return at != all.end() && at->second.lease && at->second.owner == this_strand().number;
        });
    }
    /// The epoch of the key's last lease that was held here; 0 if none is remembered.
    Epoch last(std::string_view key) {
        return entries_.with([key](Entries const& all) {
            auto const at = all.find(key);
            return at == all.end() ? Epoch{0} : at->second.epoch;
        });
    }

    /// The highest floor of epochs that was seen here.
    Epoch floor() const noexcept { return floor_.load(std::memory_order_relaxed); }
    void saw_floor(Epoch floor) noexcept {
        Epoch before = floor_.load(std::memory_order_relaxed);
        while (before < floor && !floor_.compare_exchange_weak(before, floor, std::memory_order_relaxed)) {
        }
    }

    void hold(std::string_view key, WriteId lease, Epoch epoch) {
        entries_.with([&](Entries& all) {
            all.insert_or_assign(std::string(key), Entry{lease, epoch, this_strand().number});
        });
    }
    /// The lease was handed to the calling thread.
    void hand_over(std::string_view key, WriteId lease) noexcept {
        entries_.with([&](Entries& all) {
            auto const at = all.find(key);
            if (at != all.end() && at->second.lease == lease) at->second.owner = this_strand().number;
        });
    }
    /// The lease is held no more. Nothing if another one is held by now.
    void leave(std::string_view key, WriteId lease) {
        entries_.with([&](Entries& all) {
            auto const at = all.find(key);
            if (at == all.end() || at->second.lease != lease) return;
            at->second.lease = WriteId();
            if (all.size() > 256) all.erase(at);
        });
    }

private:
    struct Entry {
        WriteId lease;  ///< zero: not held
        Epoch epoch = 0;
        std::uint64_t owner = 0;  ///< the thread that used it last
    };

    using Entries = std::unordered_map<std::string, Entry, TextHash, TextEqual>;

    std::atomic<Epoch> floor_{0};
    PerProcess<Entries> entries_;  ///< a child does not hold what its parent held when it forked
};

}  // namespace holdfast::detail

#endif
