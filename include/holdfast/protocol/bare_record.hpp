#ifndef HOLDFAST_PROTOCOL_BARE_RECORD_HPP
#define HOLDFAST_PROTOCOL_BARE_RECORD_HPP

#include <holdfast/core/commit.hpp>
#include <holdfast/core/record.hpp>

#include <memory>
#include <utility>

// What is written to a storage that keeps no stamps: the content alone.
namespace holdfast::detail {

/// Null: the change is a removal. Errors: `not_supported` (attributes, which would be lost).
inline Result<RecordPtr> bare_record(RecordId const& id, Change change) {
    if (!change.attributes.empty())
        return Error(Errc::not_supported, "the storage has no place for attributes: leave them out").on(to_string(id));
    if (change.tombstone) return RecordPtr();
    return std::make_shared<Record const>(Record{Key(id.key), std::move(change.payload), {}, {}, {}});
}

inline RecordPtr with_revision(RecordPtr const& sent, Revision const& revision) {
    if (!sent) return nullptr;
    Record copy = *sent;
    copy.revision = revision;
    return std::make_shared<Record const>(std::move(copy));
}

/// There is nothing by which to ask again.
inline Commit nobody_knows(RecordId const& id, Error why) {
    return Commit::unknown({Key(id.key), id.slot, {}, {}, {}}, std::move(why));
}

}  // namespace holdfast::detail

#endif
