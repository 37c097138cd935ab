#ifndef HOLDFAST_LOCKING_LEASE_REGISTRY_HPP
#define HOLDFAST_LOCKING_LEASE_REGISTRY_HPP

#include <holdfast/core/environment.hpp>

#include <mutex>
#include <string>
#include <string_view>
#include <thread>
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
        std::lock_guard const lock(mutex_);
        auto const at = entries_.find(key);
        return at != entries_.end() && at->second.lease && at->second.owner == std::this_thread::get_id() &&
               at->second.generation == generation();
    }
    /// The epoch of the key's last lease that was held here; 0 if none is remembered.
    Epoch last(std::string_view key) {
        std::lock_guard const lock(mutex_);
        auto const at = entries_.find(key);
        return at == entries_.end() ? 0 : at->second.epoch;
    }

    void hold(std::string_view key, WriteId lease, Epoch epoch) {
        std::lock_guard const lock(mutex_);
        entries_.insert_or_assign(std::string(key), Entry{lease, epoch, std::this_thread::get_id(), generation()});
    }
    /// The lease is held no more. Nothing if another one is held by now.
    void leave(std::string_view key, WriteId lease) {
        std::lock_guard const lock(mutex_);
        auto const at = entries_.find(key);
        if (at == entries_.end() || at->second.lease != lease) return;
        at->second.lease = WriteId();
        if (entries_.size() > 256) entries_.erase(at);
    }

private:
    struct Entry {
        WriteId lease;  ///< zero: not held
        Epoch epoch = 0;
        std::thread::id owner;
        unsigned generation = 0;  ///< a child does not hold what its parent held when it forked
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>()(name); }
    };

    static unsigned generation() { return fork_generation().load(std::memory_order_relaxed); }

    std::mutex mutex_;
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
};

}  // namespace holdfast::detail

#endif
