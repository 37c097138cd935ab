#ifndef HOLDFAST_VERSIONING_HISTORY_ARCHIVE_HPP
#define HOLDFAST_VERSIONING_HISTORY_ARCHIVE_HPP

#include <holdfast/core/settle.hpp>

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

/// Writes versions, and returns when each is known to be there. The name of a version says its content, so that one
/// that is there already is as good. Errors: it could not be confirmed in time.
template <ConditionalStorage S>
Result<void> keep_versions(S& storage, Context const& ctx, std::span<Write const> versions) {
    for (Write const& version : versions) {
        bool in_doubt = false;
        for (Backoff backoff = backoff_for<S>(ctx);;) {
            auto const tried = storage.write(ctx, version.id, version.record, version.when);
            if (!tried && !in_doubt) return tried.error();
            if (tried && tried->kind() != WriteOutcome::Kind::unknown) break;
            in_doubt = true;
            if (backoff.attempts() + 1 < most_sends && backoff.wait()) continue;
            if constexpr (S::late_writes) {
                if (auto const now = storage.read(ctx, version.id); now && *now) break;
            }
            Error const& why = tried ? tried->why() : tried.error();
            return Error(Errc::unavailable, "the state that would be replaced could not be kept as a version (" +
                                                why.describe() + "); nothing was written, try again")
                .on(to_string(version.id));
        }
    }
    return {};
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
                for (Write const& head : heads) {
                    auto const now = storage_.read(ctx, head.id);
                    if (now && !head.when.holds(now->get())) return WriteOutcome::conflict();
                }
                together_ = false;
                doubted = S::late_writes;  // the conflict may have been the echo of a success
            }
        }
        if (auto kept = keep_versions(storage_, ctx, versions_); !kept) {
            if (doubted) return WriteOutcome::unknown(std::move(kept).error());
            return std::move(kept).error();
        }
        kept_ = true;
        return direct();
    }

    S& storage_;
    std::span<Write const> versions_;
    bool together_, kept_;
};

}  // namespace holdfast::detail

#endif
