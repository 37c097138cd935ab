#ifndef HOLDFAST_VERSIONING_COMPARE_CONTENT_HPP
#define HOLDFAST_VERSIONING_COMPARE_CONTENT_HPP

#include <holdfast/concepts/versioning.hpp>
#include <holdfast/core/commit.hpp>
#include <holdfast/protocol/bare_record.hpp>
#include <holdfast/protocol/settle.hpp>

#include <utility>

namespace holdfast {

/// Compare-and-swap for storages that keep no stamps, as exact layouts of other programs: a write takes effect only if
/// what is stored is still what was read, so that among those who do the same no update is lost.
///
/// Without stamps nobody can tell his own write from another's of equal content. So the first conflict is a conflict,
/// whatever stands there; only after a reply that was lost equal content is taken for its success. Then what others made
/// of it, and equal content that returned since, cannot be told: such a write is unknown, and there is nothing to resolve
/// it by, nor leases, nor history. An equal update by somebody else while the fate of ours is open counts once.
///
/// Cost: 1 request per commit; after a lost reply 1 send and 1 read more.
struct CompareContent {
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::compare_and_swap;
    static constexpr bool needs_stamps = false;

    template <ConditionalStorage S>
        requires(!AttributedStorage<S>)
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                          Change change) const {
        using Kind = WriteOutcome::Kind;
        auto const bare = detail::bare_record(id, std::move(change));
        if (!bare) return bare.error();
        RecordPtr const& sent = *bare;
        Precondition const when = Precondition::unchanged_since(base);
        auto const is_there = [&](RecordPtr const& now) { return sent ? now && now->payload == sent->payload : !now; };
        bool in_doubt = false;  // an earlier send may have arrived, or may yet
        Error why(Errc::unknown_outcome);
        for (Backoff backoff = backoff_for<S>(ctx);;) {
            auto const tried = sent ? storage.write(ctx, id, sent, when) : storage.remove(ctx, id, when);
            if (tried && tried->kind() == Kind::applied)
                return Commit::applied(detail::with_revision(sent, tried->revision()));
            if (!tried && !in_doubt) return tried.error();
            bool const conflict = tried && tried->kind() == Kind::conflict;
            if (conflict && !in_doubt) return Commit::conflict();
            if (tried && tried->kind() == Kind::unknown && tried->template is_at_rest<S>()) return detail::nobody_knows(id, tried->why());
            if (!conflict) {
                in_doubt = true;
                why = tried ? tried->why() : tried.error();
                if (backoff.attempts() + 1 < detail::most_sends && backoff.wait()) continue;
            }
            auto const now = detail::read_patiently(storage, ctx, id);
            if (now && is_there(*now)) return Commit::applied(*now);
            if (!conflict) return detail::nobody_knows(id, std::move(why));
            return detail::nobody_knows(id, now ? Error(Errc::unknown_outcome, "others have written since, and nothing tells whether this "
                                                              "write was among them")
                               : now.error());
        }
    }
};

}  // namespace holdfast

#endif
