#ifndef HOLDFAST_STORAGE_MEMORY_HPP
#define HOLDFAST_STORAGE_MEMORY_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/locator.hpp>

#include <array>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace holdfast {

/// Keeps records in this process, for as long as it lives: for tests, caches and defaults.
///
/// A handle: copies share the records. Readers do not block each other; writers block those of one shard in 64.
/// A read copies nothing: it shares the record. Thread safety: every member, from any thread.
class MemoryStorage {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = false;
    static constexpr std::string_view scheme = "memory";

    MemoryStorage() : shards_(std::make_shared<Shards>()) {}

    /// A fresh, empty storage. Options: none.
    static Result<MemoryStorage> open(Locator const& locator) {
        if (auto known = locator.accept({}); !known) return std::move(known).error();
        if (!locator.host.empty() || !locator.path.empty())
            return locator.refuse("memory has neither host nor path", {"memory:"});
        return MemoryStorage();
    }

    Result<RecordPtr> read(Context const&, RecordId const& id) const {
        Name const name(id);
        Shard& shard = shard_of(name);
        std::shared_lock const lock(shard.mutex);
        auto const at = shard.records.find(name);
        if (at == shard.records.end()) return RecordPtr();
        return at->second;
    }

    Result<WriteOutcome> write(Context const&, RecordId const& id, RecordPtr const& record, Precondition const& when) {
        Name const name(id);
        RecordPtr stored = ready(record);
        Shard& shard = shard_of(name);
        std::unique_lock lock(shard.mutex);
        auto const at = shard.records.find(name);
        bool const present = at != shard.records.end();
        if (!when.holds(present ? at->second.get() : nullptr)) return WriteOutcome::conflict();
        Revision const revision = stored->revision;
        if (present) at->second.swap(stored);
        else shard.records.emplace(Owned(id), std::move(stored));
        lock.unlock();  // the record that was replaced is freed outside
        return WriteOutcome::applied(revision);
    }

    Result<WriteOutcome> remove(Context const&, RecordId const& id, Precondition const& when) {
        Name const name(id);
        RecordPtr removed;
        Shard& shard = shard_of(name);
        std::unique_lock const lock(shard.mutex);
        auto const at = shard.records.find(name);
        if (!when.holds(at != shard.records.end() ? at->second.get() : nullptr)) return WriteOutcome::conflict();
        if (at != shard.records.end()) {
            removed = std::move(at->second);
            shard.records.erase(at);
        }
        return WriteOutcome::applied(Revision());
    }

    /// Locks the shards of all records, in one order for everybody, and applies all or nothing.
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes) {
        std::array<std::unique_lock<std::shared_mutex>, shard_count> locks;
        std::array<bool, shard_count> touched{};
        for (Write const& write : writes) touched[Name(write.id).hash % shard_count] = true;
        for (std::size_t i = 0; i < shard_count; ++i)
            if (touched[i]) locks[i] = std::unique_lock((*shards_)[i].mutex);
        for (Write const& write : writes)
            if (!when_holds(write)) return WriteOutcome::conflict();
        for (Write const& write : writes) {
            Name const name(write.id);
            auto& records = shard_of(name).records;
            if (write.record) records.insert_or_assign(Owned(write.id), ready(write.record));
            else if (auto const at = records.find(name); at != records.end()) records.erase(at);
        }
        (void)ctx;
        return WriteOutcome::applied(Revision());
    }

    /// Cost of a page: one pass over a shard.
    Result<ListPage> list(Context const&, ListRequest const& request) const {
        std::size_t index = 0;
        std::string_view after = request.cursor;  // "<shard>:<last name>"
        if (auto const colon = after.find(':'); colon != after.npos) {
            for (char const digit : after.substr(0, colon)) index = index * 10 + static_cast<std::size_t>(digit - '0');
            after.remove_prefix(colon + 1);
        }
        std::size_t const limit = request.limit > 0 ? request.limit : 1;
        ListPage page;
        for (; index < shard_count && page.records.empty(); ++index, after = {}) {
            // The smallest names of the shard that come after the last page: bounded, and stable under other writes.
            std::vector<Found> smallest;
            Shard& shard = (*shards_)[index];
            std::shared_lock const lock(shard.mutex);
            bool more = false;
            for (auto const& [name, record] : shard.records) {
                bool const hidden = request.slot == Slot::current && record->stamp.tombstone;
                if (!hidden && name.is_of(request) && name.text > after)
                    more = keep_smallest(smallest, {&name, record.get()}, limit) || more;
            }
            for (auto const& [name, record] : smallest) page.records.push_back({record->key, name->version()});
            if (more) {
                page.next = std::to_string(index) + ":" + smallest.back().name->text;
                return page;
            }
        }
        if (index < shard_count) page.next = std::to_string(index) + ":";
        return page;
    }

private:
    static constexpr std::size_t shard_count = 64;

    /// The name of a record inside a shard: the key, for all but the current slot followed by a character that no key
    /// has and the rest of the id. It is not copied for a look-up, and hashed once.
    struct Name {
        explicit Name(RecordId const& id) {
            if (id.slot == Slot::current) {
                text = id.key.view();
            } else {
                extended = extend(id);
                text = extended;
            }
            hash = std::hash<std::string_view>()(text);
        }
        Name(Name const&) = delete;
        Name& operator=(Name const&) = delete;

        static std::string extend(RecordId const& id) {
            std::string name(id.key.view());
            if (id.slot != Slot::current) name.push_back(static_cast<char>(id.slot));
            if (id.slot == Slot::version) name.append(to_string(id.version));
            return name;
        }

        std::string extended;
        std::string_view text;
        std::size_t hash;
    };

    struct Owned {
        explicit Owned(RecordId const& id) : text(Name::extend(id)), key_size(id.key.view().size()) {}

        bool is_of(ListRequest const& request) const noexcept {
            bool const current = key_size == text.size();
            if (current != (request.slot == Slot::current)) return false;
            if (!current && text[key_size] != static_cast<char>(request.slot)) return false;
            std::string_view const key = std::string_view(text).substr(0, key_size);
            return request.whole_key ? key == request.prefix : key.starts_with(request.prefix);
        }

        VersionId version() const noexcept {
            std::string_view const rest = std::string_view(text).substr(key_size);
            return rest.empty() ? VersionId() : parse_version(rest.substr(1)).value_or(VersionId());
        }

        std::string text;
        std::size_t key_size;
    };

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(Name const& name) const noexcept { return name.hash; }
        std::size_t operator()(Owned const& name) const noexcept { return std::hash<std::string_view>()(name.text); }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(Owned const& a, Owned const& b) const noexcept { return a.text == b.text; }
        bool operator()(Name const& a, Owned const& b) const noexcept { return a.text == b.text; }
    };

    struct Found {
        Owned const* name;
        Record const* record;
    };

    /// Inserts in order; true if one had to be left out.
    static bool keep_smallest(std::vector<Found>& kept, Found found, std::size_t limit) {
        bool const full = kept.size() == limit;
        if (full && found.name->text > kept.back().name->text) return true;
        std::size_t low = 0;
        for (std::size_t high = kept.size(); low < high;) {
            std::size_t const middle = low + (high - low) / 2;
            if (kept[middle].name->text < found.name->text) low = middle + 1;
            else high = middle;
        }
        kept.insert(kept.begin() + static_cast<std::ptrdiff_t>(low), found);
        if (full) kept.pop_back();
        return full;
    }

    struct alignas(64) Shard {
        mutable std::shared_mutex mutex;
        std::unordered_map<Owned, RecordPtr, Hash, Equal> records;
    };
    using Shards = std::array<Shard, shard_count>;

    Shard& shard_of(Name const& name) const noexcept { return (*shards_)[name.hash % shard_count]; }

    bool when_holds(Write const& write) const {
        Name const name(write.id);
        auto const& records = shard_of(name).records;
        auto const at = records.find(name);
        return write.when.holds(at != records.end() ? at->second.get() : nullptr);
    }

    /// The record as it will be stored: revisions here are write ids, and `settle` has put it in already.
    static RecordPtr ready(RecordPtr const& record) {
        Revision const revision(record->stamp.ids.newest());
        if (record->revision == revision) return record;
        Record copy = *record;
        copy.revision = revision;
        return std::make_shared<Record const>(std::move(copy));
    }

    std::shared_ptr<Shards> shards_;
};

}  // namespace holdfast

#endif
