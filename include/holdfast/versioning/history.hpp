#ifndef HOLDFAST_VERSIONING_HISTORY_HPP
#define HOLDFAST_VERSIONING_HISTORY_HPP

#include <holdfast/concepts/versioning.hpp>
#include <holdfast/core/handle.hpp>
#include <holdfast/fwd.hpp>
#include <holdfast/versioning/history/archive.hpp>
#include <holdfast/versioning/history/pin_watch.hpp>
#include <holdfast/versioning/history/retention.hpp>
#include <holdfast/versioning/history/verbs.hpp>

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace holdfast {

/// How `History` treats what it finds.
struct HistoryOptions {
    /// Records of `CompareAndSwap` are taken over by their next write; the state that it replaces becomes their first
    /// version. From then on stores with `CompareAndSwap` refuse them.
    bool adopt_compare_and_swap = false;
};

/// As `CompareAndSwap`, and every state that is replaced or removed is kept as a version: `store.history(key)`,
/// `get(key, version)`, `rollback`, `pin`, `prune`.
///
/// The current record holds the newest state, as without history, so that a read costs the same. A version is written
/// when its state is about to be replaced, and is known to be there before it is replaced: a crash at any moment
/// leaves no gap and nothing to sweep up. The payload is not copied for it.
///
/// `Retention` says what `prune(key)` keeps if nothing else is said. Nothing is ever pruned but by `prune`.
///
/// Needs a storage that honours preconditions and keeps stamps. Cost of a commit: 1 request for the first state of a
/// key, 2 afterwards; where the storage writes batches 1, with the syncs of one write.
///
/// A handle: copies share what they have seen of pins. Thread safety: every member, from any thread.
template <class Retention>
class History {
    static_assert(RetentionPolicy<Retention>,
                  "holdfast: what History is to keep needs 'Result<std::uint64_t> floor(VersionList&) const'; choose "
                  "KeepAll, KeepLast<N>, KeepFor<seconds> or KeepBytes<N>");

public:
    static constexpr Family family = Family::versioning;
    static constexpr Discipline discipline = Discipline::history;
    using retention_type = Retention;

    explicit History(Retention retention = Retention(), HistoryOptions const& options = {})
        : retention_(std::move(retention)), options_(options), watch_(std::make_shared<detail::PinWatch>()) {}
    explicit History(HistoryOptions const& options) : History(Retention(), options) {}

    /// What `prune(key)` keeps.
    Retention const& retention() const noexcept { return retention_; }

    template <ConditionalStorage S>
        requires AttributedStorage<S>
    Result<Commit> commit(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& base,
                          Change change) const {
        auto const from = accept(id, base);
        if (!from) return from.error();
        change.discipline = discipline;
        if (!replaces_content(id, *from, change)) return settle(storage, ctx, id, *from, std::move(change));
        Write const version = detail::archive_of(*from);
        // The outcome of a batch has no revisions: it will do where a revision is the write id, which is known before.
        bool const together = TransactionalStorage<S> && (*from)->revision == Revision((*from)->stamp.ids.newest());
        detail::Archiving<S> archiving(storage, {&version, 1}, together);
        return settle(archiving, ctx, id, *from, std::move(change));
    }

    /// Several records at once, all or none.
    template <TransactionalStorage S>
        requires AttributedStorage<S>
    Result<BatchCommit> commit_all(S& storage, Context const& ctx, std::span<BatchChange> changes) const {
        std::vector<Write> versions;
        for (BatchChange& change : changes) {
            auto from = accept(change.id, change.base);
            if (!from) return from.error();
            change.base = *std::move(from);
            change.change.discipline = discipline;
            if (!change.only_check && replaces_content(change.id, change.base, change.change))
                versions.push_back(detail::archive_of(change.base));
        }
        detail::Archiving<S> archiving(storage, std::span<Write const>(versions), true);
        return settle_all(archiving, ctx, changes);
    }

    /// Whether a pin was seen with this nonce for `ttl` on the clock of `env`: then its holder is gone.
    bool pin_is_stale(Environment& env, WriteId pin, WriteId nonce, Duration ttl) const {
        return watch_->is_stale(env, pin, nonce, ttl);
    }

private:
    /// The base to work on. Errors: `incompatible`.
    Result<RecordPtr> accept(RecordId const& id, RecordPtr const& base) const {
        bool const adopted = options_.adopt_compare_and_swap && base &&
                             base->stamp.discipline == Discipline::compare_and_swap && id.slot == Slot::current;
        if (!adopted) {
            if (auto same = detail::same_discipline(id, base, discipline); !same) return std::move(same).error();
            return base;
        }
        if (!base->stamp.tombstone || !base->stamp.payload_id) return base;
        // What was removed before nobody kept: the chain of versions begins behind it.
        Record begun = *base;
        begun.stamp.payload_id = WriteId();
        return std::make_shared<Record const>(std::move(begun));
    }

    static bool replaces_content(RecordId const& id, RecordPtr const& base, Change const& change) noexcept {
        return id.slot == Slot::current && detail::is_there(base) && !change.same_content;
    }

    [[no_unique_address]] Retention retention_;
    HistoryOptions options_;
    detail::Handle<detail::PinWatch> watch_;
};

}  // namespace holdfast

#endif
