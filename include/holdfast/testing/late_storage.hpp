#ifndef HOLDFAST_TESTING_LATE_STORAGE_HPP
#define HOLDFAST_TESTING_LATE_STORAGE_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/format/xxh64.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// What becomes of one write on its way to a storage that is far away.
struct Delivery {
    static constexpr unsigned held = ~0u;

    bool now = true;        ///< a copy arrives at once
    bool reply = true;      ///< and what it did is told; otherwise the outcome is `unknown`
    bool later = false;     ///< a copy is still under way
    unsigned after = held;  ///< it arrives after so many more operations; `held`: when `LateWorld::arrive` says so
    bool refused = false;   ///< does not leave at all: an `Error`

    static Delivery intact() noexcept { return {}; }
    static Delivery not_sent() noexcept { return {.now = false, .refused = true}; }
    static Delivery lost() noexcept { return {.now = false, .reply = false}; }
    static Delivery reply_lost() noexcept { return {.reply = false}; }
    static Delivery late(unsigned after = held) noexcept {
        return {.now = false, .reply = false, .later = true, .after = after};
    }
    static Delivery twice(unsigned after = held) noexcept { return {.later = true, .after = after}; }
    static Delivery twice_reply_lost(unsigned after = held) noexcept {
        return {.reply = false, .later = true, .after = after};
    }
};

/// How a far storage names the writes of a record.
enum class LateRevisions : unsigned char {
    write_ids,  ///< by the write id in the record
    content,    ///< by a hash of its bytes, as an ETag: equal bytes are the same revision again
    counter,    ///< by counting, as a generation number
};

/// The far side of `LateStorage`: its records, the writes that are still under way, and everything that ever took
/// effect. Deterministic: what happens to the nth write (0 is the first) is what the script says.
///
/// Thread safety: every member, from any thread; the hooks are called without a lock and may use the storage.
class LateWorld {
public:
    /// Something that took effect: what stood there before and after (null: nothing).
    struct Effect {
        RecordPtr before, after;
    };

    explicit LateWorld(LateRevisions revisions = LateRevisions::write_ids) : revisions_(revisions) {}

    /// Decides about the nth write or removal; a batch is one. Empty: all arrive at once, and their replies too.
    std::function<Delivery(unsigned nth)> on_write;
    /// Called before each operation: the place where a test lets others act or late writes arrive.
    std::function<void()> before_operation;

    std::size_t in_flight() const {
        std::lock_guard const lock(mutex_);
        return flying_.size();
    }
    /// Lets the nth of the copies under way arrive now.
    void arrive(std::size_t nth) {
        std::lock_guard const lock(mutex_);
        land(nth);
    }
    std::vector<Effect> effects() const {
        std::lock_guard const lock(mutex_);
        return effects_;
    }
    unsigned operations() const {
        std::lock_guard const lock(mutex_);
        return operations_;
    }

private:
    friend class LateStorage;

    struct Name {
        std::string key;
        Slot slot;
        VersionId version;
        friend bool operator<(Name const& a, Name const& b) noexcept {
            if (a.slot != b.slot) return a.slot < b.slot;
            if (a.key != b.key) return a.key < b.key;
            if (a.version.sequence != b.version.sequence) return a.version.sequence < b.version.sequence;
            return a.version.payload_id.text() < b.version.payload_id.text();  // the order of cursors
        }
    };
    struct One {
        Name name;
        RecordPtr record;
        Precondition when;
    };
    struct Copy {
        std::vector<One> writes;
        unsigned due;
    };

    static Name name_of(RecordId const& id) { return {std::string(id.key.view()), id.slot, id.version}; }

    void step() {
        if (before_operation) before_operation();
        std::lock_guard const lock(mutex_);
        ++operations_;
        for (std::size_t i = 0; i < flying_.size();)
            if (flying_[i].due <= operations_) land(i);
            else ++i;
    }

    void land(std::size_t nth) {
        Copy const copy = std::move(flying_[nth]);
        flying_.erase(flying_.begin() + static_cast<std::ptrdiff_t>(nth));
        (void)apply(copy.writes);
    }

    WriteOutcome apply(std::vector<One> const& writes) {
        for (One const& one : writes)
            if (!one.when.holds(find(one.name).get())) return WriteOutcome::conflict();
        Revision revision;
        for (One const& one : writes) {
            RecordPtr const before = find(one.name);
            if (!one.record) {
                records_.erase(one.name);
                if (before) effects_.push_back({before, nullptr});
                continue;
            }
            Record stored = *one.record;
            revision = stored.revision = name_write(stored);
            RecordPtr const after = std::make_shared<Record const>(std::move(stored));
            records_[one.name] = after;
            effects_.push_back({before, after});
        }
        return WriteOutcome::applied(writes.size() == 1 ? revision : Revision());
    }

    Result<WriteOutcome> send(std::vector<One> writes) {
        step();
        unsigned const nth = writes_++;
        Delivery const way = on_write ? on_write(nth) : Delivery::intact();
        std::lock_guard const lock(mutex_);
        if (way.refused) return Error(Errc::unavailable, "not sent (planned)").during("write");
        auto outcome = way.now ? apply(writes) : WriteOutcome::conflict();
        if (way.later)
            flying_.push_back({std::move(writes), way.after == Delivery::held ? ~0u : operations_ + way.after});
        if (way.reply) return outcome;
        return WriteOutcome::unknown(Error(Errc::unavailable, "the reply was lost (planned)").during("write"));
    }

    RecordPtr find(Name const& name) const {
        auto const at = records_.find(name);
        return at == records_.end() ? nullptr : at->second;
    }

    Revision name_write(Record const& record) {
        if (revisions_ == LateRevisions::write_ids) return Revision(record.stamp.ids.newest());
        if (revisions_ == LateRevisions::counter) return Revision(WriteId{1, ++counter_});
        holdfast::detail::Xxh64 hash;
        for (std::size_t i = 0; i < record.stamp.ids.size(); ++i) {
            auto const id = record.stamp.ids[i].text();
            hash.update({id.data(), id.size()});
        }
        hash.update(record.stamp.tombstone ? "removed" : "there");
        hash.update(record.payload.view());
        return Revision(WriteId{2, hash.digest()});
    }

    LateRevisions revisions_;
    mutable std::mutex mutex_;
    std::map<Name, RecordPtr> records_;
    std::vector<Copy> flying_;
    std::vector<Effect> effects_;
    std::atomic<unsigned> writes_{0};
    unsigned operations_ = 0;
    std::uint64_t counter_ = 0;
};

/// A storage at the other end of a bad line: writes get lost, lose their replies, arrive late, or twice. What protocols
/// for services and databases have to live with, made to order.
///
/// A handle: copies share the world. Models `ListableStorage`, `TransactionalStorage` and `RevalidatingStorage`.
class LateStorage {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = true;
    static constexpr bool late_writes = true;

    LateStorage() : LateStorage(std::make_shared<LateWorld>()) {}
    explicit LateStorage(std::shared_ptr<LateWorld> world) noexcept : world_(std::move(world)) {}

    LateWorld& world() const noexcept { return *world_; }

    Result<RecordPtr> read(Context const&, RecordId const& id) const {
        world_->step();
        std::lock_guard const lock(world_->mutex_);
        return world_->find(LateWorld::name_of(id));
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known) const {
        auto now = read(ctx, id);
        if (now && *now && known && (*now)->revision == known->revision) return known;
        return now;
    }
    Result<WriteOutcome> write(Context const&, RecordId const& id, RecordPtr const& record, Precondition const& when) {
        return world_->send({{LateWorld::name_of(id), record, when}});
    }
    Result<WriteOutcome> remove(Context const&, RecordId const& id, Precondition const& when) {
        return world_->send({{LateWorld::name_of(id), nullptr, when}});
    }
    Result<WriteOutcome> write_all(Context const&, std::span<Write const> writes) {
        std::vector<LateWorld::One> all;
        for (Write const& write : writes) all.push_back({LateWorld::name_of(write.id), write.record, write.when});
        return world_->send(std::move(all));
    }
    Result<ListPage> list(Context const&, ListRequest const& request) const {
        world_->step();
        std::lock_guard const lock(world_->mutex_);
        ListPage page;
        for (auto const& [name, record] : world_->records_) {
            bool const named = request.whole_key ? name.key == request.prefix : name.key.starts_with(request.prefix);
            bool const hidden = request.slot == Slot::current && record->stamp.tombstone;
            std::string cursor = name.key + '\n' + to_string(name.version);
            if (name.slot != request.slot || !named || hidden || cursor <= request.cursor) continue;
            if (page.records.size() == (request.limit > 0 ? request.limit : 1)) return page;
            page.records.push_back({record->key, name.version});
            page.next = std::move(cursor);
        }
        page.next.clear();
        return page;
    }

private:
    std::shared_ptr<LateWorld> world_;
};

}  // namespace holdfast::testing

#endif
