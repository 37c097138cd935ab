#ifndef HOLDFAST_VERSIONING_HISTORY_ARCHIVE_HPP
#define HOLDFAST_VERSIONING_HISTORY_ARCHIVE_HPP

#include <holdfast/protocol/settle.hpp>

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace holdfast::detail {

inline VersionId version_of(Stamp const& stamp) noexcept { return {stamp.sequence, stamp.payload_id}; }

/// The write that keeps the content of `record` as a version. The payload is shared; a lock does not live on in it.
inline Write archive_of(RecordPtr const& record) {
    RecordPtr kept = record;
    if (record->lease) {
        Record copy = *record;
        copy.lease.reset();
        kept = std::make_shared<Record const>(std::move(copy));
    }
    return {RecordId(record->key, Slot::version, version_of(record->stamp)), std::move(kept), Precondition::absent()};
}

/// Writes versions. True when each is known to be there. The name of a version says its content, so that one that is
/// there already is as good; but where the sync of whoever wrote it may have failed it is written anew, unless
/// `needed()` says that it is in vain: false. Errors: it could not be confirmed in time.
template <ConditionalStorage S, class Needed>
Result<bool> keep_versions(S& storage, Context const& ctx, std::span<Write const> versions, Needed&& needed) {
    using Kind = WriteOutcome::Kind;
    for (Write const& version : versions) {
        bool in_doubt = false;
        Precondition when = version.when;
        for (Backoff backoff = backoff_for<S>(ctx);;) {
            auto const tried = storage.write(ctx, version.id, version.record, when);
            if (!tried && !in_doubt) return tried.error();
            bool const at_rest = tried && tried->template is_at_rest<S>();
            if (at_rest && tried->kind() == Kind::conflict) {
                if (!needed()) return false;
                if (when.kind() == Precondition::Kind::none)
                    return Error(Errc::store_violates_conditions,
                                 "the storage refuses a write that has no precondition; do not use it")
                        .on(to_string(version.id));
                when = Precondition::none();
                continue;
            }
            if (tried && tried->kind() != Kind::unknown) break;
            in_doubt = true;
            if (!at_rest) {
                if (backoff.attempts() + 1 < most_sends && backoff.wait()) continue;
                if (auto const now = storage.read(ctx, version.id); now && *now) break;
            }
            Error const& why = tried ? tried->why() : tried.error();
            return Error::because(Errc::unavailable, "the state that would be replaced could not be kept as a version",
                                  why, "; nothing was written, try again")
                .on(to_string(version.id));
        }
    }
    return true;
}
template <ConditionalStorage S>
Result<bool> keep_versions(S& storage, Context const& ctx, std::span<Write const> versions) {
    return keep_versions(storage, ctx, versions, [] { return true; });
}

/// A storage in which every write of a state has its archive before it: that what is replaced is kept is confirmed
/// before, or together with, the write that replaces it. Lives as long as one commit.
template <ConditionalStorage S>
class Archiving {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;
    static constexpr bool attributed = S::attributed;
    static constexpr bool late_writes = S::late_writes;

    /// `together`: try both in one batch.
    Archiving(S& storage, std::span<Write const> versions, bool together) noexcept
        : storage_(storage), versions_(versions), together_(together), kept_(versions.empty()) {}

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) { return storage_.read(ctx, id); }

    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        Write const head{id, record, when};
        auto done = send(ctx, {&head, 1}, [&] { return storage_.write(ctx, id, record, when); });
        // Batches are tried only where the write id is the revision.
        if (done && done->kind() == WriteOutcome::Kind::applied && done->revision().empty())
            return WriteOutcome::applied(record->revision);
        return done;
    }
    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        Write const head{id, nullptr, when};
        return send(ctx, {&head, 1}, [&] { return storage_.remove(ctx, id, when); });
    }
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> heads)
        requires TransactionalStorage<S>
    {
        return send(ctx, heads, [&] { return storage_.write_all(ctx, heads); });
    }

private:
    template <class Direct>
    Result<WriteOutcome> send(Context const& ctx, std::span<Write const> heads, Direct&& direct) {
        if (kept_) return direct();
        bool doubted = false;
        if constexpr (TransactionalStorage<S>) {
            if (together_) {
                std::vector<Write> all(versions_.begin(), versions_.end());
                all.insert(all.end(), heads.begin(), heads.end());
                auto done = storage_.write_all(ctx, std::span<Write const>(all));
                if (!done || done->kind() != WriteOutcome::Kind::conflict) return done;
                // Either a state is another by now, or a version is kept already: after a crash, or by a writer who
                // lost. The second is no obstacle, but needs the long way.
                if (!hold(ctx, heads)) return WriteOutcome::conflict();
                together_ = false;
                doubted = S::late_writes;  // the conflict may have been the echo of a success
            }
        }
        auto kept = keep_versions(storage_, ctx, versions_, [&] { return hold(ctx, heads); });
        if (!kept) {
            if (doubted) return WriteOutcome::unknown(std::move(kept).error());
            return std::move(kept).error();
        }
        if (!*kept) return WriteOutcome::conflict();
        kept_ = true;
        return direct();
    }

    /// Whether the states are still those that are to be replaced, as far as can be seen.
    bool hold(Context const& ctx, std::span<Write const> heads) {
        for (Write const& head : heads) {
            auto const now = storage_.read(ctx, head.id);
            if (now && !head.when.holds(now->get())) return false;
        }
        return true;
    }

    S& storage_;
    std::span<Write const> versions_;
    bool together_, kept_;
};

}  // namespace holdfast::detail

#endif
