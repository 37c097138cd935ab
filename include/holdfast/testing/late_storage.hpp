#ifndef HOLDFAST_TESTING_LATE_STORAGE_HPP
#define HOLDFAST_TESTING_LATE_STORAGE_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/testing/delivery.hpp>
#include <holdfast/testing/far_records.hpp>
#include <holdfast/testing/owned_writes.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace holdfast::testing {

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

    explicit LateWorld(FarRevisions revisions = FarRevisions::write_ids) : records_(revisions) {
        records_.on_effect = [this](RecordId const&, RecordPtr const& before, RecordPtr const& after) {
            effects_.push_back({before, after});
        };
    }

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

    struct Copy {
        OwnedWrites writes;
        unsigned due;
    };

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
        (void)records_.apply(copy.writes.view());
    }

    Result<WriteOutcome> send(std::span<Write const> writes) {
        step();
        unsigned const nth = writes_++;
        Delivery const way = on_write ? on_write(nth) : Delivery::intact();
        std::lock_guard const lock(mutex_);
        if (way.refused) return Error(Errc::unavailable, "not sent (planned)").during("write");
        auto outcome = way.now ? records_.apply(writes) : WriteOutcome::conflict();
        if (way.later)
            flying_.push_back({OwnedWrites(writes), way.after == Delivery::held ? ~0u : operations_ + way.after});
        if (way.reply) return outcome;
        return WriteOutcome::unknown(Error(Errc::unavailable, "the reply was lost (planned)").during("write"));
    }

    mutable std::mutex mutex_;
    FarRecords records_;
    std::vector<Copy> flying_;
    std::vector<Effect> effects_;
    std::atomic<unsigned> writes_{0};
    unsigned operations_ = 0;
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
        return world_->records_.find(id);
    }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known) const {
        auto now = read(ctx, id);
        if (now && *now && known && (*now)->revision == known->revision) return known;
        return now;
    }
    Result<WriteOutcome> write(Context const&, RecordId const& id, RecordPtr const& record, Precondition const& when) {
        Write const one{id, record, when};
        return world_->send({&one, 1});
    }
    Result<WriteOutcome> remove(Context const&, RecordId const& id, Precondition const& when) {
        Write const one{id, nullptr, when};
        return world_->send({&one, 1});
    }
    Result<WriteOutcome> write_all(Context const&, std::span<Write const> writes) { return world_->send(writes); }
    Result<ListPage> list(Context const&, ListRequest const& request) const {
        world_->step();
        std::lock_guard const lock(world_->mutex_);
        return world_->records_.list(request);
    }

private:
    std::shared_ptr<LateWorld> world_;
};

}  // namespace holdfast::testing

#endif
