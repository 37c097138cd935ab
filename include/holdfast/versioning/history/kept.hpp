#ifndef HOLDFAST_VERSIONING_HISTORY_KEPT_HPP
#define HOLDFAST_VERSIONING_HISTORY_KEPT_HPP

#include <holdfast/protocol/attempts.hpp>
#include <holdfast/protocol/settle.hpp>
#include <holdfast/versioning/history/archive.hpp>
#include <holdfast/versioning/history/retention_state.hpp>

#include <utility>

namespace holdfast::detail {

/// A retention record, read.
struct Kept {
    RecordPtr record{};
    RetentionState state{};

    /// What it says of a life of the key: nothing if it is about another one, which was purged.
    RetentionState of(WriteId lineage) const {
        if (record && state.lineage == lineage) return state;
        return {.floor = 0, .lineage = lineage, .pins = {}};
    }
};

inline Result<Kept> parse_kept(RecordPtr record) {
    if (!is_there(record)) return Kept{std::move(record), {}};
    auto state = from_retention_text(record->payload.view());
    if (!state) return std::move(state).error().on(to_string(RecordId(record->key, Slot::retention)));
    return Kept{std::move(record), *std::move(state)};
}

template <StoragePolicy S>
Result<Kept> read_kept(S& storage, Context const& ctx, KeyView key) {
    auto record = storage.read(ctx, RecordId(key, Slot::retention));
    if (!record) return std::move(record).error();
    return parse_kept(*std::move(record));
}

/// What was read under the name of a version, if it is that.
inline Result<RecordPtr> checked_version(RecordId const& id, RecordPtr found) {
    if (found && (version_of(found->stamp) != id.version || found->stamp.tombstone))
        return Error(Errc::malformed, "another version is stored under this name: it was moved by hand; put it back")
            .on(to_string(id));
    return found;
}

/// A version by its name, whether or not it is dead; null if it is not there. Errors: `malformed` also for what is no
/// such version.
template <StoragePolicy S>
Result<RecordPtr> read_version(S& storage, Context const& ctx, KeyView key, VersionId version) {
    RecordId const id(key, Slot::version, version);
    auto found = storage.read(ctx, id);
    if (!found) return std::move(found).error().on(to_string(id));
    return checked_version(id, *std::move(found));
}

inline Error pruned(KeyView key, VersionId version) {
    return Error(Errc::not_found, "the version is gone: it was pruned")
        .on(to_string(RecordId(key, Slot::version, version)));
}

/// A version that is not dead, or the current record if it is that. `pinned`: what is kept is not looked at, since
/// the caller holds it. Errors: `not_found`, `malformed`. Cost: 2 reads (1 if pinned); 1 more if it is current.
template <StoragePolicy S>
Result<RecordPtr> find_version(S& storage, Context const& ctx, KeyView key, VersionId version, bool pinned) {
    for (bool again = false;; again = true) {
        auto const kept = pinned ? Result<Kept>(Kept()) : read_kept(storage, ctx, key);
        if (!kept) return kept.error();
        auto found = read_version(storage, ctx, key, version);
        if (!found) return found;
        if (*found) {
            if (kept->of((*found)->stamp.lineage).dead(version)) return detail::pruned(key, version);
            // Of the life of the key that the record is about it must be; else the state itself decides.
            if (!kept->record || kept->state.lineage == (*found)->stamp.lineage) return found;
        }
        auto head = storage.read(ctx, RecordId(key));
        if (!head) return head;
        RecordId const id(key, Slot::version, version);
        if (again && pinned)
            return Error(Errc::not_found, "the version is gone: its pin was not renewed in time, or was let go")
                .on(to_string(id));
        if (!*head)
            return Error(Errc::not_found, "the key has no history: it was never written, or was purged")
                .on(to_string(id));
        Stamp const& stamp = (*head)->stamp;
        if (*found && (*found)->stamp.lineage == stamp.lineage) return found;
        if (!stamp.tombstone && version_of(stamp) == version) return head;
        if (kept->of(stamp.lineage).dead(version)) return detail::pruned(key, version);
        // What was current a moment ago may have become a version since.
        if (again || version.sequence > stamp.sequence || *found)
            return Error(Errc::not_found, "there is no such version, or it was lost; history() shows which there are")
                .on(to_string(id));
    }
}

/// Calls `take(VersionId)` for every version that is stored of a key, dead or not, in no promised order. Errors: those
/// of the storage, also if there may be a version that cannot be told.
template <ListableStorage S, class Take>
Result<void> each_version(S& storage, Context const& ctx, KeyView key, Take&& take) {
    std::string cursor;
    do {
        auto page = storage.list(
            ctx, {.slot = Slot::version, .prefix = key.view(), .whole_key = true, .cursor = cursor, .limit = 1000});
        if (!page) return std::move(page).error();
        if (!page->unreadable.empty()) return std::move(page->unreadable.front());
        for (Listed const& listed : page->records) take(listed.version);
        cursor = std::move(page->next);
    } while (!cursor.empty());
    return {};
}

/// What became of a change of a retention record.
struct Rekept {
    Commit commit;
    RetentionState state{};  ///< as it is now, unless `commit` is unknown
};

/// Changes what is kept of one life of a key: `change(RetentionState&)`, a `Result<bool>`, may be called several times;
/// false: it is as it should be already. `begin`: the record to begin with instead of a read.
template <ConditionalStorage S, class F>
Result<Rekept> rekeep(S& storage, Context const& ctx, KeyView key, WriteId lineage, RecordPtr const& begin,
                      F&& change) {
    RecordId const id(key, Slot::retention);
    Attempts<S> attempts(storage, ctx, id);
    if (begin) attempts.know(begin);
    for (;;) {
        auto record = attempts.look(ctx);
        if (!record) return std::move(record).error();
        auto const kept = parse_kept(*record);
        if (!kept) return kept.error();
        if (kept->record && kept->state.lineage != lineage) {  // which of the two lives is over?
            auto const head = storage.read(ctx, RecordId(key));
            if (!head) return head.error();
            if (!*head || (*head)->stamp.lineage != lineage)
                return Error(Errc::not_found, "the key was purged: its versions are gone");
        }
        RetentionState state = kept->of(lineage);
        auto const wanted = change(state);
        if (!wanted) return wanted.error();
        if (!*wanted) return Rekept{Commit::applied(*record), std::move(state)};
        auto done = settle(storage, ctx, id, *record,
                           Change{.payload = to_retention_text(state), .discipline = Discipline::history});
        if (!done) return std::move(done).error();
        if (done->kind != WriteOutcome::Kind::conflict) return Rekept{*std::move(done), std::move(state)};
        if (auto more = attempts.pause(ctx, *std::move(record), std::move(done->seen)); !more)
            return std::move(more).error();
    }
}

}  // namespace holdfast::detail

#endif
