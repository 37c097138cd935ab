#ifndef HOLDFAST_VERSIONING_LAST_WRITER_WINS_HPP
#define HOLDFAST_VERSIONING_LAST_WRITER_WINS_HPP

#include <holdfast/concepts/versioning.hpp>
#include <holdfast/protocol/bare_record.hpp>
#include <holdfast/protocol/settle.hpp>

namespace holdfast {

/// Whoever writes last has written: `put` and `remove` without looking. For states that are recomputed whole and have
/// no readers that write back.
///
/// Where the storage keeps stamps its records are marked, and it refuses those of other policies, which it would
/// destroy. Where the storage can, the write is still conditional on the record whose mark was checked, so that no
/// record slips in between unseen; `put` repeats it until it is through. Cost: 1 read and 1 write per put.
struct LastWriterWins {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::last_writer_wins;

    template <StoragePolicy S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                          Change change) const {
        auto const none = Precondition::none();
        if constexpr (!AttributedStorage<S>) {
            auto const sent = detail::bare_record(id, std::move(change));
            if (!sent) return sent.error();
            auto const tried = *sent ? storage.write(ctx, id, *sent, none) : storage.remove(ctx, id, none);
            if (!tried) return tried.error();
            if (tried->kind() != WriteOutcome::Kind::applied) return detail::nobody_knows(id, tried->why());
            return Commit::applied(detail::with_revision(*sent, tried->revision()));
        } else {
            if (auto same = detail::same_discipline(id, base, discipline); !same) return std::move(same).error();
            change.discipline = discipline;
            return marked(storage, ctx, id, base, std::move(change));
        }
    }

private:
    template <AttributedStorage S>
    static Result<Commit> marked(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base, Change change) {
        if constexpr (ConditionalStorage<S>) {
            return settle(storage, ctx, id, base, std::move(change));
        } else {
            auto const none = Precondition::none();
            auto sending = detail::Sending::prepare(storage, ctx, id, base, std::move(change));
            if (!sending) return sending.error();
            auto const tried = sending->vanish ? storage.remove(ctx, id, none) : storage.write(ctx, id, sending->record, none);
            if (!tried) return tried.error();
            if (tried->kind() == WriteOutcome::Kind::applied)
                return Commit::applied(sending->vanish ? nullptr : std::move(*sending).stored(tried->revision()));
            return Commit::unknown(sending->trace(id.slot, tried->template is_at_rest<S>()), tried->why());
        }
    }
};

}  // namespace holdfast

#endif
