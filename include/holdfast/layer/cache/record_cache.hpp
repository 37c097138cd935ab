#ifndef HOLDFAST_LAYER_CACHE_RECORD_CACHE_HPP
#define HOLDFAST_LAYER_CACHE_RECORD_CACHE_HPP

#include <holdfast/core/record.hpp>
#include <holdfast/core/text_hash.hpp>
#include <holdfast/process/fork_watch.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace holdfast::detail {

/// What is known about the records of keys, bounded, least recently used first out.
///
/// Who asks the storage takes a ticket before and shows it when the answer has come: an answer is only believed if
/// nothing was learnt about the key in the meantime. Otherwise a slow reader would put an old record over the one that
/// was written since, and of two writers the one whose reply came last would win, not the one who wrote last. Tickets
/// are counted for groups of keys: a false alarm costs one record that is not kept.
///
/// Thread safety: every member, from any thread.
class RecordCache {
public:
    using Ticket = std::uint64_t;

    struct Known {
        bool known = false;  ///< that there is none is knowledge, too: then `record` is null
        RecordPtr record;
        Ticket ticket = 0;
    };

    /// One shard as long as few records fit in, so that those are evicted in exact order.
    RecordCache(std::size_t most_records, std::size_t most_bytes)
        : most_records_(most_records),
          most_bytes_(most_bytes),
          shard_count_(most_records < 64 * most_shards ? 1 : most_shards),
          shards_(std::make_unique<Shard[]>(shard_count_)) {}

    Known find(std::string_view key) {
        std::size_t const hash = hash_of(key);
        Shard& shard = shard_of(hash);
        std::lock_guard const lock(shard.mutex);
        Ticket const ticket = shard.generation(hash);
        auto const at = shard.nodes.find(HashedText{key, hash});
        if (at == shard.nodes.end()) return {false, nullptr, ticket};
        Node& node = at->second;
        if (shard.newest != &node) {
            shard.unlink(node);
            shard.link(node);
        }
        return {true, node.record, ticket};
    }

    Ticket ticket(std::string_view key) {
        std::size_t const hash = hash_of(key);
        Shard& shard = shard_of(hash);
        std::lock_guard const lock(shard.mutex);
        return shard.generation(hash);
    }

    /// Learns what a read that began with the ticket has seen. False: it was not believed.
    bool learn(std::string_view key, RecordPtr const& record, Ticket ticket) {
        return learn(key, record, ticket, false);
    }
    /// Keys of one group share their tickets: what is learnt of one makes those of the others one older.
    std::size_t group(std::string_view key) const noexcept {
        std::size_t const hash = hash_of(key);
        return hash % shard_count_ * groups + hash / most_shards % groups;
    }

    /// Learns what a write that began with the ticket has made; forgets the key if another was at it in the meantime.
    void wrote(std::string_view key, RecordPtr const& record, Ticket ticket) { (void)learn(key, record, ticket, true); }

    /// From now on nothing is known, and what reads that began before have seen is not believed.
    void forget(std::string_view key) {
        std::size_t const hash = hash_of(key);
        Shard& shard = shard_of(hash);
        Nodes::node_type gone;
        std::lock_guard const lock(shard.mutex);
        ++shard.generation(hash);
        gone = take_out(shard, shard.nodes.find(HashedText{key, hash}));
    }

    std::size_t records() const noexcept { return records_.load(std::memory_order_relaxed); }
    std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

private:
    static constexpr std::size_t most_shards = 16;
    static constexpr std::size_t groups = 256;

    struct Owned {
        std::string text;
        std::size_t hash;
    };

    struct Node {
        RecordPtr record;
        std::size_t cost = 0;
        Node *older = nullptr, *newer = nullptr;
        Owned const* name = nullptr;
    };
    using Nodes = std::unordered_map<Owned, Node, TextHash, TextEqual>;

    struct alignas(64) Shard {
        std::mutex mutex;
        Nodes nodes;
        Node *newest = nullptr, *oldest = nullptr;
        std::array<Ticket, groups> generations{};

        Ticket& generation(std::size_t hash) noexcept { return generations[hash / most_shards % groups]; }

        void link(Node& node) noexcept {
            node.older = newest;
            node.newer = nullptr;
            (newest != nullptr ? newest->newer : oldest) = &node;
            newest = &node;
        }
        void unlink(Node& node) noexcept {
            (node.newer != nullptr ? node.newer->older : newest) = node.older;
            (node.older != nullptr ? node.older->newer : oldest) = node.newer;
        }
    };

    static std::size_t hash_of(std::string_view key) noexcept { return TextHash()(key); }
    /// In a copy of the process all is forgotten: another thread of the parent may have been inside.
    Shard& shard_of(std::size_t hash) noexcept {
        fork_.look([this] {
            for (std::size_t i = 0; i < shard_count_; ++i) ::new (&shards_[i]) Shard;
            records_ = 0;
            bytes_ = 0;
        });
        return shards_[hash % shard_count_];
    }

    /// What an entry takes of memory, with what stands around it. A payload that others hold too counts here, for it
    /// may be the cache that holds it last; of one that shares a buffer, the buffer.
    static std::size_t cost_of(std::string_view key, RecordPtr const& record) noexcept {
        constexpr std::size_t block = 16;  // what the allocator puts before each
        constexpr std::size_t shared = 2 * block;
        auto const text = [](std::string const& t) {
            return t.capacity() < sizeof(std::string) / 2 ? 0 : t.capacity() + block;  // short ones stand in the object
        };
        // The node in the table: its two links and hash, and its place in the array of buckets.
        std::size_t cost = sizeof(Nodes::value_type) + block + 3 * sizeof(void*) + key.size() + block;
        if (!record) return cost;
        cost += sizeof(Record) + shared + text(record->key.str()) + record->payload.footprint() + 2 * shared;
        cost += record->attributes.capacity() * sizeof(Attributes::value_type);
        for (auto const& [name, value] : record->attributes) cost += text(name) + text(value);
        if (record->lease) cost += sizeof(Lease) + shared + text(record->lease->purpose);
        return cost;
    }

    bool learn(std::string_view key, RecordPtr record, Ticket ticket, bool always) {
        std::size_t const hash = hash_of(key);
        std::size_t const cost = cost_of(key, record);
        bool const fits = most_records_ > 0 && cost <= most_bytes_;
        Shard& shard = shard_of(hash);
        {
            Nodes::node_type gone;
            std::lock_guard const lock(shard.mutex);
            Ticket& generation = shard.generation(hash);
            bool const believed = generation == ticket;
            if (!believed && !always) return false;
            ++generation;
            auto at = shard.nodes.find(HashedText{key, hash});
            if (!believed || !fits) {
                gone = take_out(shard, at);
                return true;
            }
            if (at == shard.nodes.end()) {
                at = shard.nodes.try_emplace(Owned{std::string(key), hash}).first;
                at->second.name = &at->first;
                records_.fetch_add(1, std::memory_order_relaxed);
            } else {
                shard.unlink(at->second);
                bytes_.fetch_sub(at->second.cost, std::memory_order_relaxed);
            }
            shard.link(at->second);
            bytes_.fetch_add(cost, std::memory_order_relaxed);
            at->second.cost = cost;
            at->second.record.swap(record);  // the old one is freed outside
        }
        evict(hash % shard_count_);
        return true;
    }

    /// The node of an entry, to be freed without the lock.
    Nodes::node_type take_out(Shard& shard, Nodes::iterator at) {
        if (at == shard.nodes.end()) return {};
        shard.unlink(at->second);
        records_.fetch_sub(1, std::memory_order_relaxed);
        bytes_.fetch_sub(at->second.cost, std::memory_order_relaxed);
        return shard.nodes.extract(at);
    }

    bool too_much() const noexcept { return records() > most_records_ || bytes() > most_bytes_; }

    /// Lets the oldest of one shard go after the other, beginning with the shards that were not just used.
    void evict(std::size_t just_used) {
        for (std::size_t turn = just_used + 1; too_much(); ++turn) {
            Shard& shard = shards_[turn % shard_count_];
            Nodes::node_type gone;
            std::lock_guard const lock(shard.mutex);
            if (shard.oldest != nullptr)
                gone =
                    take_out(shard, shard.nodes.find(HashedText{shard.oldest->name->text, shard.oldest->name->hash}));
        }
    }

    std::size_t const most_records_, most_bytes_, shard_count_;
    std::unique_ptr<Shard[]> shards_;
    ForkWatch fork_;
    std::atomic<std::size_t> records_{0}, bytes_{0};
};

}  // namespace holdfast::detail

#endif
