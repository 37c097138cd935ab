#ifndef HOLDFAST_VERSIONING_HISTORY_WALK_HPP
#define HOLDFAST_VERSIONING_HISTORY_WALK_HPP

#include <holdfast/versioning/history/kept.hpp>
#include <holdfast/versioning/history/read_ahead.hpp>
#include <holdfast/versioning/history/version_info.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace holdfast::detail {

/// Walks from the current state to older versions, each of which names the one before: what one page costs does not
/// depend on how many versions there are (but see `ReadAhead`). Lives as long as one page takes.
template <StoragePolicy S>
class HistoryWalk {
public:
    HistoryWalk(S& storage, Context const& ctx, KeyView key) : storage_(storage), ctx_(ctx), key_(key), ahead_(storage, ctx, key) {}

    Result<HistoryPage> page(HistoryQuery const& query) {
        HistoryPage page;
        std::size_t const limit = query.limit > 0 ? query.limit : 1;
        auto kept = read_kept(storage_, ctx_, key_);
        if (!kept) return std::move(kept).error();
        kept_ = *std::move(kept);
        if (query.cursor.empty()) {
            if (auto begun = begin(page); !begun) return std::move(begun).error();
        } else {
            at_ = parse_version(query.cursor);
            if (!at_)
                return Error(Errc::invalid_argument, "this is no cursor of a history: give 'next' of the page before");
            lineage_ = kept_.state.lineage;
            // Nothing is known of this life of the key: which one it is matters only to what is kept.
            if (!kept_.record) lineage_.reset();
        }
        if (at_) ahead_.begin(*at_, this->kept(), limit - page.versions.size());
        while (at_ && page.versions.size() < limit) {
            if (auto stepped = step(page); !stepped) return std::move(stepped).error();
        }
        if (at_) page.next = to_string(*at_);
        return page;
    }

private:
    /// The current record: the first version, or what says that it was removed.
    Result<void> begin(HistoryPage& page) {
        if (auto looked = look(); !looked) return looked;
        if (head_damage_) {
            page.versions.push_back({.id = {}, .current = true, .error = head_damage_});
            if (kept_.record) lineage_ = kept_.state.lineage;
            return newest();
        }
        if (!head_) return {};
        Stamp const& stamp = head_->stamp;
        if (stamp.tombstone) {
            if (stamp.sequence == 0) return {};  // only ever locked
            page.removed = HistoryPage::Removal{stamp.author().when, stamp.author().who};
            at_ = below(stamp.sequence + 1, stamp.payload_id);
            return {};
        }
        page.versions.push_back(show(version_of(stamp), *head_));
        page.versions.back().current = true;
        at_ = below(stamp.sequence, stamp.previous);
        return {};
    }

    Result<void> look() {
        auto head = storage_.read(ctx_, RecordId(key_));
        if (!head && head.error() == Errc::malformed) {
            head_damage_ = std::move(head).error();
            return {};
        }
        if (!head) return std::move(head).error();
        head_ = *std::move(head);
        if (head_) lineage_ = head_->stamp.lineage;
        return {};
    }

    /// The newest version that is stored, where the current record does not say it.
    Result<void> newest() {
        if constexpr (ListableStorage<S>) {
            return each_version(storage_, ctx_, key_, [&](VersionId version) {
                if (!kept().dead(version) && (!at_ || version.sequence > at_->sequence)) at_ = version;
            });
        } else {
            return {};
        }
    }

    RetentionState const& kept() const noexcept {
        bool const ours = kept_.record && lineage_ && kept_.state.lineage == *lineage_;
        return ours ? kept_.state : nothing_;
    }

    /// The version before `sequence`, whose content `previous` set. Below the floor only what is pinned.
    std::optional<VersionId> below(std::uint64_t sequence, WriteId previous) const {
        RetentionState const& state = kept();
        if (previous && sequence > state.floor && sequence > 1) return VersionId{sequence - 1, previous};
        std::optional<VersionId> next;
        for (auto const& pin : state.pins)
            if (pin.version.sequence < sequence && pin.version.sequence < state.floor &&
                (!next || pin.version.sequence > next->sequence))
                next = pin.version;
        return next;
    }

    VersionInfo show(VersionId id, Record const& record) const {
        return {.id = id,
                .when = record.stamp.author().when,
                .who = record.stamp.author().who,
                .size = record.payload.size(),
                .restored = record.stamp.restored,
                .pinned = kept().pinned(id),
                .error = {}};
    }

    Result<void> step(HistoryPage& page) {
        VersionId const id = *at_;
        auto found = ahead_.read(id);
        if (!found && found.error() != Errc::malformed) return std::move(found).error();
        if (found && *found) {
            lineage_ = (*found)->stamp.lineage;
            if (!kept().dead(id)) page.versions.push_back(show(id, **found));
            at_ = below(id.sequence, (*found)->stamp.previous);
            return {};
        }
        if (auto looked = look(); !looked) return looked;
        if (!head_ && !head_damage_) {  // purged meanwhile
            at_.reset();
            return {};
        }
        // Pruned since the page began?
        auto now = read_kept(storage_, ctx_, key_);
        if (!now) return std::move(now).error();
        kept_ = *std::move(now);
        if (kept().dead(id)) {
            at_ = below(id.sequence, WriteId());
            return {};
        }
        if (is_there(head_) && version_of(head_->stamp) == id) {  // a cursor that somebody made
            page.versions.push_back(show(id, *head_));
            page.versions.back().current = true;
            at_ = below(id.sequence, head_->stamp.previous);
            return {};
        }
        VersionInfo lost{.id = id, .pinned = kept().pinned(id), .error = {}};
        lost.error = found ? Error(Errc::not_found,
                                   "the version is missing; restore it from a copy of the storage. "
                                   "The others are not affected")
                                 .on(to_string(RecordId(key_, Slot::version, id)))
                           : std::move(found).error();
        page.versions.push_back(std::move(lost));
        return step_over(id.sequence);
    }

    /// The chain is broken: which version comes before the lost one is to be found by name.
    Result<void> step_over(std::uint64_t sequence) {
        at_ = below(sequence, WriteId());
        if constexpr (ListableStorage<S>) {
            std::vector<VersionId> older;
            auto listed = each_version(storage_, ctx_, key_, [&](VersionId version) {
                if (version.sequence < sequence && !kept().dead(version)) older.push_back(version);
            });
            if (!listed) return listed;
            std::sort(older.begin(), older.end(), [](VersionId a, VersionId b) { return a.sequence > b.sequence; });
            for (VersionId const version : older) {
                auto const found = ahead_.read(version);
                if (!found && found.error() != Errc::malformed) return found.error();
                // Versions of an earlier life of the key do not count; damaged ones may be of this one.
                if (found && (!*found || (lineage_ && (*found)->stamp.lineage != *lineage_))) continue;
                at_ = version;
                return {};
            }
        }
        return {};
    }

    S& storage_;
    Context const& ctx_;
    KeyView key_;
    ReadAhead<S> ahead_;
    Kept kept_{};
    RetentionState nothing_{};
    RecordPtr head_{};
    std::optional<Error> head_damage_{};
    std::optional<WriteId> lineage_{};
    std::optional<VersionId> at_{};
};

/// The full name of the version with a sequence. Errors: `not_found`. Cost: 1 read if it is current; else 1
/// more and a listing of the key's versions, or where there is none a read per version from the newest on.
template <StoragePolicy S>
Result<VersionId> version_by_sequence(S& storage, Context const& ctx, KeyView key, std::uint64_t sequence) {
    Error const none(Errc::not_found, "the key has no version " + std::to_string(sequence) + ", or it was pruned");
    auto const head = storage.read(ctx, RecordId(key));
    if (!head) return head.error();
    if (!*head || sequence == 0 || sequence > (*head)->stamp.sequence) return none;
    Stamp const& stamp = (*head)->stamp;
    if (sequence == stamp.sequence) return version_of(stamp);
    if constexpr (ListableStorage<S>) {
        std::vector<VersionId> found;
        auto listed = each_version(storage, ctx, key, [&](VersionId version) {
            if (version.sequence == sequence) found.push_back(version);
        });
        if (!listed) return std::move(listed).error();
        if (found.empty()) return none;
        auto const kept = read_kept(storage, ctx, key);
        if (!kept) return kept.error();
        std::erase_if(found, [&](VersionId version) { return kept->of(stamp.lineage).dead(version); });
        for (VersionId const version : found) {  // it may be of an earlier life of the key
            auto const record = read_version(storage, ctx, key, version);
            if (!record) return record.error();
            if (*record && (*record)->stamp.lineage == stamp.lineage) return version;
        }
    } else {
        auto const kept = read_kept(storage, ctx, key);
        if (!kept) return kept.error();
        for (VersionId at{stamp.sequence - 1, stamp.previous}; at.payload_id;) {
            if (kept->of(stamp.lineage).dead(at)) break;
            if (at.sequence == sequence) return at;
            auto const record = read_version(storage, ctx, key, at);
            if (!record) return record.error();
            if (!*record) break;
            at = {at.sequence - 1, (*record)->stamp.previous};
        }
    }
    return none;
}

}  // namespace holdfast::detail

#endif
