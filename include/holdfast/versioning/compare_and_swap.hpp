#ifndef HOLDFAST_VERSIONING_COMPARE_AND_SWAP_HPP
#define HOLDFAST_VERSIONING_COMPARE_AND_SWAP_HPP

#include <holdfast/concepts/versioning.hpp>
#include <holdfast/protocol/settle.hpp>

namespace holdfast {

/// A write takes effect only if the record is still the one that was read: no update is lost. Earlier states are not
/// kept. The default. Cost: 1 request per commit.
struct CompareAndSwap {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;

    template <ConditionalStorage S>
        requires AttributedStorage<S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                          Change change) const {
        if (auto same = detail::same_discipline(id, base, discipline); !same) return std::move(same).error();
        change.discipline = discipline;
        return settle(storage, ctx, id, base, std::move(change));
    }

    /// Several records at once, all or none.
    template <TransactionalStorage S>
        requires AttributedStorage<S>
    Result<BatchCommit> commit_all(S& storage, Context const& ctx, std::span<BatchChange> changes) const {
        for (BatchChange& change : changes) {
            if (auto same = detail::same_discipline(change.id, change.base, discipline); !same)
                return std::move(same).error();
            change.change.discipline = discipline;
        }
        return settle_all(storage, ctx, changes);
    }
};

}  // namespace holdfast

#endif
