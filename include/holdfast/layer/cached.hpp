#ifndef HOLDFAST_LAYER_CACHED_HPP
#define HOLDFAST_LAYER_CACHED_HPP

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/concepts/reread.hpp>
#include <holdfast/core/contain.hpp>
#include <holdfast/core/handle.hpp>
#include <holdfast/layer/cache/record_cache.hpp>
#include <holdfast/layer/layer.hpp>

#include <memory>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace holdfast {

/// How much a `Cached` keeps: at most so many records, and so many bytes with all that stands around them. Zero of
/// either: nothing.
struct CachedOptions {
    std::size_t most_records = 10'000;
    std::size_t most_bytes = std::size_t{64} << 20;
};

/// Keeps records in memory. A read that may be stale (the first of an `update`) is answered from there without a
/// request; every other asks the storage whether the record is still the one (`reread`: no payload is transferred), so
/// that a `get` never returns less than it would without the cache. Over a storage without `reread` it reads the whole.
///
/// An `update` of a key that was read or written before is 1 request: the write, which is conditional. If somebody else
/// wrote in the meantime it conflicts, and costs 1 read and 1 write more; `fn` is then shown both records. After a
/// write of this cache was acknowledged, nothing that it replaced is returned again.
///
/// What is kept: states (`Slot::current`), and that there is none, which only reads that may be stale are told. A write
/// that was applied is kept as it was written, if the storage keeps stamps; any other outcome, and a batch, makes the
/// key forgotten. Locks, versions and retention pass through: they must be fresh, are never written twice, or are
/// small.
///
/// Records are shared, not copied. When the bounds are reached the least recently used go first (by turns of 16 shards
/// if 1024 records or more may be kept).
///
/// A handle: copies share what is kept, so all must be of the same storage. Thread safety: every member, from any
/// thread; no lock is held while the storage is asked.
template <class Next>  // a storage policy: `Layer` asks
class Cached : public Layer<Cached<Next>, Next, 5> {
    using Base = Layer<Cached<Next>, Next, 5>;

public:
    static constexpr bool stale_reads = true;

    explicit Cached(Next next, CachedOptions const& options = {})
        : Base(std::move(next)),
          cache_(std::make_shared<detail::RecordCache>(options.most_records, options.most_bytes)) {}

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) {
        if (id.slot != Slot::current) return this->next().read(ctx, id);
        return fetch(ctx, id, nullptr);
    }

    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known)
        requires RevalidatingStorage<Next>
    {
        if (id.slot != Slot::current) return this->next().reread(ctx, id, known);
        auto now = fetch(ctx, id, known);
        if (now && detail::same_revision(*now, known)) return known;
        return now;
    }

    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        if (id.slot != Slot::current) return this->next().write(ctx, id, record, when);
        Changing change(*cache_, id.key);
        auto outcome = this->next().write(ctx, id, record, when);
        if constexpr (AttributedStorage<Next>) {
            if (is_applied(outcome)) change.is(record, outcome->revision());
        }
        return outcome;
    }

    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        if (id.slot != Slot::current) return this->next().remove(ctx, id, when);
        Changing change(*cache_, id.key);
        auto outcome = this->next().remove(ctx, id, when);
        if (is_applied(outcome)) change.is(nullptr, Revision());
        return outcome;
    }

    /// The revisions that a batch made are not told, so its keys are forgotten.
    Result<WriteOutcome> write_all(Context const& ctx, std::span<Write const> writes)
        requires TransactionalStorage<Next>
    {
        struct ForgetAll {
            detail::RecordCache& cache;
            std::span<Write const> writes;
            ~ForgetAll() {
                for (Write const& one : writes)
                    if (one.id.slot == Slot::current) cache.forget(one.id.key.view());
            }
        } const at_the_end{*cache_, writes};
        return this->next().write_all(ctx, writes);
    }

    /// What is kept is told, or known to the storage; the others are asked for.
    std::vector<Result<RecordPtr>> read_many(Context const& ctx, std::span<KnownRecord const> reads)
        requires BulkStorage<Next>
    {
        std::vector<detail::RecordCache::Known> kept(reads.size());
        std::vector<KnownRecord> asked;
        for (std::size_t i = 0; i < reads.size(); ++i) {
            bool const ours = reads[i].id.slot == Slot::current;
            if (ours) kept[i] = cache_->find(reads[i].id.key.view());
            if (is_told(ctx, kept[i])) continue;
            asked.push_back({reads[i].id, kept[i].record ? kept[i].record : reads[i].known});
        }
        auto came = detail::one_for_each(this->next().read_many(ctx, asked), asked.size());
        std::vector<Result<RecordPtr>> all;
        all.reserve(reads.size());
        std::unordered_map<std::size_t, unsigned> learnt;  // by this call, of a group of keys
        for (std::size_t i = 0, at = 0; i < reads.size(); ++i) {
            if (is_told(ctx, kept[i])) {
                all.push_back(std::move(kept[i].record));
                continue;
            }
            auto& now = came[at++];
            if (now && reads[i].id.slot == Slot::current) {
                auto& before = learnt[cache_->group(reads[i].id.key.view())];
                kept[i].ticket += before;
                before += note(reads[i].id, *now, kept[i]);
            }
            if (now && detail::same_revision(*now, reads[i].known)) all.push_back(reads[i].known);
            else all.push_back(std::move(now));
        }
        return all;
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<Removal const> removals)
        requires BulkStorage<Next>
    {
        struct ForgetAll {
            detail::RecordCache& cache;
            std::span<Removal const> removals;
            ~ForgetAll() {
                for (Removal const& one : removals)
                    if (one.id.slot == Slot::current) cache.forget(one.id.key.view());
            }
        } const at_the_end{*cache_, removals};
        return detail::one_for_each(this->next().remove_many(ctx, removals), removals.size());
    }

    /// Lists and waits pass.
    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        return call();
    }

    /// Makes the next read of the key a read of the storage.
    void forget(KeyView key) { cache_->forget(key.view()); }
    /// How much is kept now.
    std::size_t records() const noexcept { return cache_->records(); }
    std::size_t bytes() const noexcept { return cache_->bytes(); }

private:
    /// A write under way: whatever way it ends, by an exception too, the key is forgotten unless it is said what it is.
    class Changing {
    public:
        Changing(detail::RecordCache& cache, KeyView key)
            : cache_(cache), key_(key.view()), ticket_(cache.ticket(key_)) {}
        Changing(Changing const&) = delete;
        Changing& operator=(Changing const&) = delete;
        ~Changing() {
            if (!settled_) cache_.forget(key_);
        }

        /// Too little memory to note it does not undo the write.
        void is(RecordPtr const& record, Revision const& revision) noexcept {
            detail::contained([&] {
                bool const as_sent = !record || record->revision == revision;
                cache_.wrote(key_, as_sent ? record : with_revision(*record, revision), ticket_);
                settled_ = true;
            });
        }

    private:
        static RecordPtr with_revision(Record copy, Revision const& revision) {
            copy.revision = revision;
            return std::make_shared<Record const>(std::move(copy));
        }

        detail::RecordCache& cache_;
        std::string_view key_;
        detail::RecordCache::Ticket ticket_;
        bool settled_ = false;
    };

    static bool is_applied(Result<WriteOutcome> const& outcome) noexcept {
        return outcome && outcome->kind() == WriteOutcome::Kind::applied;
    }

    static bool is_told(Context const& ctx, detail::RecordCache::Known const& kept) noexcept {
        return kept.known && ctx.may_be_stale;
    }
    /// Too little memory to note it does not undo the read.
    bool note(RecordId const& id, RecordPtr const& now, detail::RecordCache::Known const& kept) noexcept {
        bool learnt = false;
        if (!kept.known || now != kept.record)
            detail::contained([&] { learnt = cache_->learn(id.key.view(), now, kept.ticket); });
        return learnt;
    }

    Result<RecordPtr> fetch(Context const& ctx, RecordId const& id, RecordPtr const& callers) {
        auto kept = cache_->find(id.key.view());
        if (is_told(ctx, kept)) return std::move(kept.record);
        auto now = detail::reread(this->next(), ctx, id, kept.record ? kept.record : callers);
        if (now) (void)note(id, *now, kept);
        return now;
    }

    detail::Handle<detail::RecordCache> cache_;
};

}  // namespace holdfast

#endif
