#ifndef HOLDFAST_CONCEPTS_REREAD_HPP
#define HOLDFAST_CONCEPTS_REREAD_HPP

#include <holdfast/concepts/storage.hpp>

namespace holdfast::detail {

/// Whether both are the same write of a record, or both null.
inline bool same_revision(RecordPtr const& a, RecordPtr const& b) noexcept {
    if (a == b) return true;
    return a && b && !a->revision.empty() && a->revision == b->revision;
}

/// Whether both have the content that one write set; locks may have written it anew. Where there are no stamps nobody
/// writes anew what is there, and only a revision says that.
template <StoragePolicy S>
bool same_content(RecordPtr const& a, RecordPtr const& b) noexcept {
    if constexpr (AttributedStorage<S>) return a && b && same_content(a->stamp, b->stamp);
    else return same_revision(a, b);
}

/// `reread` of a storage that has it; otherwise a read, and `known` again if it is still the one.
template <StoragePolicy S>
Result<RecordPtr> reread(S& storage, Context const& ctx, RecordId const& id, RecordPtr const& known) {
    if constexpr (RevalidatingStorage<S>) {
        if (known) return storage.reread(ctx, id, known);
    }
    auto now = storage.read(ctx, id);
    if (now && same_revision(*now, known)) return known;
    return now;
}

}  // namespace holdfast::detail

#endif
