#pragma once

#include <holdfast/format/frame.hpp>
#include <holdfast/state_store.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

using namespace holdfast;

/// What you have: something that keeps bytes by name. Here it is a map, with you a client of a service or a device.
struct Shelf {
    std::mutex mutex;
    std::map<std::string, std::string> bytes;
};

class ShelfStorage {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = true;   // honours preconditions, atomically
    static constexpr bool attributed = true;    // keeps stamps with the payload
    static constexpr bool late_writes = false;  // what returned has nothing under way

    explicit ShelfStorage(Shelf& shelf) : shelf_(&shelf) {}

    Result<RecordPtr> read(Context const&, RecordId const& id) {
        std::lock_guard const lock(shelf_->mutex);
        return find(id);
    }
    Result<WriteOutcome> write(Context const&, RecordId const& id, RecordPtr const& record, Precondition const& when) {
        auto bytes = framed(*record);
        if (!bytes) return bytes.error();
        std::lock_guard const lock(shelf_->mutex);
        auto const now = find(id);
        if (!now) return now.error();
        if (!when.holds(now->get())) return WriteOutcome::conflict();
        shelf_->bytes[name(id)] = *std::move(bytes);
        return WriteOutcome::applied(Revision(record->stamp.ids.newest()));
    }
    Result<WriteOutcome> remove(Context const&, RecordId const& id, Precondition const& when) {
        std::lock_guard const lock(shelf_->mutex);
        auto const now = find(id);
        if (!now) return now.error();
        if (!when.holds(now->get())) return WriteOutcome::conflict();
        shelf_->bytes.erase(name(id));
        return WriteOutcome::applied(Revision());
    }

protected:
    /// Slot, version and key: each record has a name of its own.
    static std::string name(RecordId const& id) {
        std::string text(holdfast::name(id.slot));
        if (id.slot == Slot::version) text += "/" + to_string(id.version);
        return text + "/" + std::string(id.key.view());
    }
    /// All that a record is, as bytes; `decode_frame` is the reverse, and notices damage.
    static Result<std::string> framed(Record const& record) {
        auto const header = encode_frame_header(record);
        if (!header) return header.error();
        return std::string(header->view()).append(record.payload.view());
    }
    Result<RecordPtr> find(RecordId const& id) const {
        auto const at = shelf_->bytes.find(name(id));
        if (at == shelf_->bytes.end()) return RecordPtr();
        auto record = decode_frame(Bytes::copy(at->second));
        if (!record) return std::move(record).error().on(to_string(id));
        record->revision = Revision(record->stamp.ids.newest());  // the write's own id: never used again
        return std::make_shared<Record const>(*std::move(record));
    }

    Shelf* shelf_;
};

class ListingShelf : public ShelfStorage {
public:
    using ShelfStorage::ShelfStorage;

    Result<ListPage> list(Context const&, ListRequest const& request) {
        std::lock_guard const lock(shelf_->mutex);
        ListPage page;
        std::size_t const limit = request.limit > 0 ? request.limit : 1;
        for (auto at = shelf_->bytes.upper_bound(std::string(request.cursor)); at != shelf_->bytes.end(); ++at) {
            auto const record = decode_frame(Bytes::copy(at->second));
            if (!record) {  // one that is damaged hides no others
                page.unreadable.push_back(Error(record.error()).on(at->first));
            } else {
                Stamp const& stamp = record->stamp;
                std::string_view const key = record->key.view();
                bool const asked = request.whole_key ? key == request.prefix : key.starts_with(request.prefix);
                bool const of_slot = at->first.starts_with(holdfast::name(request.slot));
                if (!asked || !of_slot || (request.slot == Slot::current && stamp.tombstone)) continue;
                page.records.push_back({record->key, version_in(at->first, request.slot)});
            }
            page.next = at->first;
            if (page.records.size() + page.unreadable.size() == limit) return page;
        }
        page.next.clear();
        return page;
    }

private:
    static VersionId version_in(std::string const& name, Slot slot) {
        if (slot != Slot::version) return {};
        std::size_t const begin = name.find('/') + 1;
        return parse_version(name.substr(begin, name.find('/', begin) - begin)).value_or(VersionId());
    }
};

class BatchingShelf : public ListingShelf {
public:
    using ListingShelf::ListingShelf;

    Result<WriteOutcome> write_all(Context const&, std::span<Write const> writes) {
        std::map<std::string, std::string> next;  // all that can fail comes first
        for (Write const& one : writes) {
            auto bytes = one.record ? framed(*one.record) : Result<std::string>(std::string());
            if (!bytes) return bytes.error();
            next[name(one.id)] = *std::move(bytes);
        }
        std::lock_guard const lock(shelf_->mutex);
        for (Write const& one : writes) {
            auto const now = find(one.id);
            if (!now) return now.error();
            if (!one.when.holds(now->get())) return WriteOutcome::conflict();
        }
        for (auto& [name, bytes] : next) {
            if (bytes.empty()) shelf_->bytes.erase(name);
            else shelf_->bytes[name] = std::move(bytes);
        }
        return WriteOutcome::applied(Revision());
    }
};
