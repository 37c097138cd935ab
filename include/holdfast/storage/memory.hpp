#ifndef HOLDFAST_STORAGE_MEMORY_HPP
#define HOLDFAST_STORAGE_MEMORY_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/core/decimal.hpp>
#include <holdfast/core/handle.hpp>
#include <holdfast/core/locator.hpp>
#include <holdfast/core/text_hash.hpp>
#include <holdfast/format/limits.hpp>
#include <holdfast/threads/keyed_mutex.hpp>
#include <holdfast/threads/writer_first_mutex.hpp>

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace holdfast {

/// Keeps records in this process, for as long as it lives: for tests, caches and defaults.
///
/// A handle: copies share the records. Readers do not block each other; writers block those of one shard in 64, and do
/// not wait for readers who come later. A read copies nothing: it shares the record. Thread safety: every member, from
/// any thread.
class MemoryStorage {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = false;
    static constexpr std::string_view scheme = "memory";

    MemoryStorage() : shared_(std::make_shared<Shared>()) {}

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
        auto const lock = shard.mutex.for_reading();
        auto const at = shard.records.find(name);
        if (at == shard.records.end()) return RecordPtr();
        return at->second;
    }

    Result<WriteOutcome> write(Context const&, RecordId const& id, RecordPtr const& record, Precondition const& when) {
        if (auto fine = detail::fits(*record); !fine) return std::move(fine).error();
        Name const name(id);
        RecordPtr stored = ready(record);
        Shard& shard = shard_of(name);
        auto lock = shard.mutex.for_writing();
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
        auto const lock = shard.mutex.for_writing();
        auto const at = shard.records.find(name);
        if (!when.holds(at != shard.records.end() ? at->second.get() : nullptr)) return WriteOutcome::conflict();
        if (at != shard.records.end()) {
            removed = std::move(at->second);
            shard.records.erase(at);
        }
        return WriteOutcome::applied(Revision());
    }

    /// Locks the shards of all records, in one order for everybody, and applies all or nothing. All that it takes of
    /// memory is taken before the first record changes.
    Result<WriteOutcome> write_all(Context const&, std::span<Write const> writes) {
        std::vector<RecordPtr> records;         // to be, and then what they replaced: freed outside of the locks,
        std::vector<Records::node_type> nodes;  // as these are, of keys that are new or go
        std::array<std::unique_lock<std::shared_mutex>, shard_count> locks;
        std::array<std::size_t, shard_count> touched{};
        std::vector<std::optional<Name>> names(writes.size());
        records.reserve(writes.size());
        nodes.resize(writes.size());
        for (std::size_t i = 0; i < writes.size(); ++i) {
            if (writes[i].record)
                if (auto fine = detail::fits(*writes[i].record); !fine) return std::move(fine).error();
            ++touched[names[i].emplace(writes[i].id).hash % shard_count];
        }
        for (std::size_t i = 0; i < shard_count; ++i)
            if (touched[i] != 0) locks[i] = shared_->shards[i].mutex.for_writing();
        Records maker;
        for (Write const& write : writes) {
            Name const& name = *names[records.size()];
            Shard& shard = shard_of(name);
            auto const at = shard.records.find(name);
            bool const present = at != shard.records.end();
            if (!write.when.holds(present ? at->second.get() : nullptr)) return WriteOutcome::conflict();
            records.push_back(write.record ? ready(write.record) : nullptr);
            if (present || !write.record) continue;
            maker.emplace(Owned(write.id), nullptr);
            nodes[records.size() - 1] = maker.extract(maker.begin());
            make_room(shard.records, touched[name.hash % shard_count]);
        }
        for (std::size_t i = 0; i < writes.size(); ++i) {
            Name const& name = *names[i];
            auto& all = shard_of(name).records;
            if (auto const at = all.find(name); at != all.end()) {
                at->second.swap(records[i]);  // null for now where it is removed
            } else if (records[i]) {
                nodes[i].mapped().swap(records[i]);
                all.insert(std::move(nodes[i]));
            }
        }
        for (std::size_t i = 0; i < writes.size(); ++i) {
            if (writes[i].record) continue;
            Name const& name = *names[i];
            auto& all = shard_of(name).records;
            if (auto const at = all.find(name); at != all.end() && !at->second) nodes[i] = all.extract(at);
        }
        return WriteOutcome::applied(Revision());
    }

    /// Turns of threads, for each record its own; who has waited for one for 10 s goes on without. Cost if nobody is
    /// there: 2 loads.
    Result<Turn> turn(Context const& ctx, RecordId const& id, bool always) {
        auto const& turns = shared_->turns;
        if (!always && !turns->in_use()) return Turn();
        Name const name(id);
        if (!always && !turns->is_held(name.text)) return Turn();
        auto held = Turns::acquire(turns, ctx.within(std::chrono::seconds(10)), name.text);
        if (!held) return std::move(held).error();
        struct Place final : Turn::Place {
            explicit Place(Turns::Held taken) noexcept : held(std::move(taken)) {}
            Turns::Held held;
        };
        return Turn(std::make_unique<Place>(*std::move(held)));
    }

    /// Cost of a page: one pass over a shard.
    Result<ListPage> list(Context const&, ListRequest const& request) const {
        std::size_t index = 0;
        std::string_view after = request.cursor;  // "<shard>:<last name>"
        if (!after.empty()) {
            std::size_t const colon = after.find(':');
            auto const shard = detail::parse_decimal(after.substr(0, colon), shard_count - 1);
            if (colon == after.npos || !shard)
                return Error(Errc::invalid_argument, "the cursor is not one of this storage: begin the listing anew")
                    .during("list");
            index = static_cast<std::size_t>(*shard);
            after.remove_prefix(colon + 1);
        }
        std::size_t const limit = request.limit > 0 ? request.limit : 1;
        ListPage page;
        for (; index < shard_count && page.records.empty(); ++index, after = {}) {
            // The smallest names of the shard that come after the last page: bounded, and stable under other writes.
            std::vector<Found> smallest;
            Shard& shard = shared_->shards[index];
            auto const lock = shard.mutex.for_reading();
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
            hash = detail::TextHash()(text);
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

    using Records = std::unordered_map<Owned, RecordPtr, detail::TextHash, detail::TextEqual>;

    struct alignas(64) Shard {
        detail::WriterFirstMutex mutex;
        Records records;
    };
    struct Nothing {};
    using Turns = detail::KeyedMutex<Nothing>;
    struct Shared {
        std::array<Shard, shard_count> shards;
        std::shared_ptr<Turns> const turns = std::make_shared<Turns>(0);
    };

    Shard& shard_of(Name const& name) const noexcept { return shared_->shards[name.hash % shard_count]; }

    /// So that inserting so many nodes takes no memory. Only if need be: a table that is asked for less may shrink.
    static void make_room(Records& records, std::size_t more) {
        std::size_t const all = records.size() + more;
        if (all >= records.bucket_count()) records.reserve(2 * all);
    }

    /// The record as it will be stored: revisions here are write ids, and `settle` has put it in already.
    static RecordPtr ready(RecordPtr const& record) {
        Revision const revision(record->stamp.ids.newest());
        if (record->revision == revision) return record;
        Record copy = *record;
        copy.revision = revision;
        return std::make_shared<Record const>(std::move(copy));
    }

    detail::Handle<Shared> shared_;
};

}  // namespace holdfast

#endif
