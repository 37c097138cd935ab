#ifndef HOLDFAST_TESTING_LAWS_BORROWED_HPP
#define HOLDFAST_TESTING_LAWS_BORROWED_HPP

#include <holdfast/concepts/storage.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace holdfast::testing::law {

/// A storage by reference, which must outlive it: every capability of the storage, nothing of its own. So a law stands
/// between a policy and the storage that it was given by one hook:
///
///     template <StoragePolicy S>
///     class Watched : public Layer<Watched<S>, Borrowed<S>, 1> { … around … };
///     Watched<S> watched{Borrowed<S>(storage)};
template <StoragePolicy S>
class Borrowed {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = S::conditional;
    static constexpr bool attributed = S::attributed;
    static constexpr bool conditional_remove = holdfast::detail::can_remove_conditionally<S>;
    static constexpr bool late_writes = S::late_writes;
    static constexpr bool stale_reads = holdfast::detail::serves_stale<S>;

    explicit Borrowed(S& storage) noexcept : storage_(&storage) {}

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) { return storage_->read(ctx, id); }
    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known)
        requires RevalidatingStorage<S>
    {
        return storage_->reread(ctx, id, known);
    }
    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        return storage_->write(ctx, id, record, when);
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        return storage_->remove(ctx, id, when);
    }
    Result<ListPage> list(Context const& ctx, ListRequest const& request)
        requires ListableStorage<S>
    {
        return storage_->list(ctx, request);
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes)
        requires TransactionalStorage<S>
    {
        return storage_->write_all(ctx, writes);
    }
    Result<bool> wait_for_change(Context const& ctx, RecordId const& id, Revision const& since)
        requires WatchableStorage<S>
    {
        return storage_->wait_for_change(ctx, id, since);
    }
    Result<Aged> read_aged(Context const& ctx, RecordId const& id)
        requires AgingStorage<S>
    {
        return storage_->read_aged(ctx, id);
    }
    std::vector<Result<RecordPtr>> read_many(Context const& ctx, std::span<KnownRecord const> reads)
        requires BulkStorage<S>
    {
        return storage_->read_many(ctx, reads);
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<Removal const> removals)
        requires BulkStorage<S>
    {
        return storage_->remove_many(ctx, removals);
    }
    std::size_t at_once() const
        requires BulkStorage<S>
    {
        return static_cast<S const*>(storage_)->at_once();
    }
    bool removes_conditionally() const { return holdfast::detail::removes_conditionally(*static_cast<S const*>(storage_)); }
    Result<Turn> turn(Context const& ctx, RecordId const& id, bool always)
        requires TurnTakingStorage<S>
    {
        return storage_->turn(ctx, id, always);
    }
    std::size_t turn_rank(RecordId const& id) const
        requires RankedTurnStorage<S>
    {
        return static_cast<S const*>(storage_)->turn_rank(id);
    }
    auto lock_directory() const
        requires HostStorage<S>
    {
        return static_cast<S const*>(storage_)->lock_directory();
    }

private:
    S* storage_;
};

}  // namespace holdfast::testing::law

#endif
