#ifndef HOLDFAST_TESTING_FAR_RECORDS_HPP
#define HOLDFAST_TESTING_FAR_RECORDS_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/format/xxh64.hpp>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::testing {

/// How a storage that is far away names the writes of a record.
enum class FarRevisions : unsigned char {
    write_ids,  ///< by the write id in the record
    content,    ///< by a hash of what is stored, as an ETag: equal bytes are the same revision again
    counter,    ///< by counting, as a generation number
};

/// The records of a storage that is far away, on which the requests take effect that arrive there. Sorted, so that what
/// is listed does not depend on a hash function. Not thread safe.
class FarRecords {
public:
    explicit FarRecords(FarRevisions revisions) noexcept : revisions_(revisions) {}

    /// Called after everything that takes effect, with what stood there before and after (null: nothing).
    std::function<void(RecordId const&, RecordPtr const& before, RecordPtr const& after)> on_effect;

    RecordPtr find(RecordId const& id) const {
        auto const at = cells_.find(id);
        return at == cells_.end() ? nullptr : at->second.now;
    }
    /// What stood there `back` writes ago; the oldest that is remembered if that is too far.
    RecordPtr find_older(RecordId const& id, std::uint64_t back) const {
        auto const at = cells_.find(id);
        if (at == cells_.end()) return nullptr;
        auto const& older = at->second.older;
        if (older.empty()) return at->second.now;
        return older[older.size() - (back < older.size() ? back : older.size())];
    }

    /// All or none, at this moment: applied, of one record with its revision, or a conflict. Not synced: a power loss
    /// may undo it.
    WriteOutcome apply(std::span<Write const> writes, bool synced = true) {
        for (Write const& write : writes)
            if (!write.when.holds(find(write.id).get())) return WriteOutcome::conflict();
        Revision revision;
        for (Write const& write : writes) revision = put(write.id, write.record, synced);
        return WriteOutcome::applied(writes.size() == 1 ? revision : Revision());
    }
    /// Puts back what was last synced, where `undoes()` says so.
    template <class Undoes>
    void lose_power(Undoes&& undoes) {
        for (auto& [name, cell] : cells_)
            if (std::exchange(cell.unsynced, false) && undoes()) cell.now = cell.synced;
    }

    /// Which write a revision of this record stands for, if it is remembered; for people.
    WriteId write_of(RecordId const& id, Revision const& revision) const {
        if (revisions_ == FarRevisions::write_ids) return revision.write_id();
        auto const at = cells_.find(id);
        if (at == cells_.end()) return {};
        if (at->second.now && at->second.now->revision == revision) return at->second.now->stamp.ids.newest();
        for (RecordPtr const& record : at->second.older)
            if (record && record->revision == revision) return record->stamp.ids.newest();
        return revision.write_id();
    }

    ListPage list(ListRequest const& request) const {
        ListPage page;
        for (auto const& [name, cell] : cells_) {
            bool const named = request.whole_key ? name.key == request.prefix : name.key.starts_with(request.prefix);
            bool const hidden = !cell.now || (request.slot == Slot::current && cell.now->stamp.tombstone);
            if (name.slot != request.slot || !named || hidden) continue;
            std::string cursor = name.key + '\n' + to_string(name.version);
            if (cursor <= request.cursor) continue;
            if (page.records.size() == (request.limit > 0 ? request.limit : 1)) return page;
            page.records.push_back({cell.now->key, name.version});
            page.next = std::move(cursor);
        }
        page.next.clear();
        return page;
    }

private:
    static constexpr std::size_t remembered = 8;

    struct Name {
        std::string key;
        Slot slot;
        VersionId version;
    };
    /// The order of cursors: by slot, key, version; ids as their text orders them.
    struct Before {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(A const& a, B const& b) const noexcept {
            if (a.slot != b.slot) return a.slot < b.slot;
            if (int const order = text(a.key).compare(text(b.key)); order != 0) return order < 0;
            if (a.slot != Slot::version) return false;
            if (a.version.sequence != b.version.sequence) return a.version.sequence < b.version.sequence;
            return a.version.payload_id.text() < b.version.payload_id.text();
        }
        static std::string_view text(std::string const& key) noexcept { return key; }
        static std::string_view text(KeyView key) noexcept { return key.view(); }
    };
    struct Cell {
        RecordPtr now;
        std::vector<RecordPtr> older;  ///< oldest first
        RecordPtr synced{};            ///< what a power loss may put back, if `now` is not on disk
        bool unsynced = false;
    };

    /// The revision of what is there now.
    Revision put(RecordId const& id, RecordPtr const& record, bool synced) {
        auto at = cells_.find(id);
        if (at == cells_.end()) {
            if (!record) return {};
            at = cells_.emplace(Name{std::string(id.key.view()), id.slot, id.version}, Cell()).first;
        }
        Cell& cell = at->second;
        RecordPtr before = std::exchange(cell.now, record ? ready(record) : nullptr);
        if (!synced && !cell.unsynced) cell.synced = before;
        cell.unsynced = !synced;
        if (on_effect && (before || cell.now)) on_effect(id, before, cell.now);
        if (cell.older.size() == remembered) cell.older.erase(cell.older.begin());
        cell.older.push_back(std::move(before));
        return cell.now ? cell.now->revision : Revision();
    }

    RecordPtr ready(RecordPtr const& record) {
        if (revisions_ == FarRevisions::write_ids) {
            Revision const revision(record->stamp.ids.newest());
            return record->revision == revision ? record : with(*record, revision);
        }
        if (revisions_ == FarRevisions::counter) return with(*record, Revision(WriteId{1, ++counter_}));
        holdfast::detail::Xxh64 hash;
        for (std::size_t i = 0; i < record->stamp.ids.size(); ++i) {
            auto const id = record->stamp.ids[i].text();
            hash.update({id.data(), id.size()});
        }
        hash.update(record->stamp.tombstone ? "removed" : "there");
        hash.update(record->payload.view());
        return with(*record, Revision(WriteId{2, hash.digest()}));
    }
    static RecordPtr with(Record const& record, Revision const& revision) {
        auto copy = std::make_shared<Record>(record);
        copy->revision = revision;
        return copy;
    }

    FarRevisions revisions_;
    std::map<Name, Cell, Before> cells_;
    std::uint64_t counter_ = 0;
};

}  // namespace holdfast::testing

#endif
