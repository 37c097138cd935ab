#ifndef HOLDFAST_STORE_WAIT_FOR_ENTRY_HPP
#define HOLDFAST_STORE_WAIT_FOR_ENTRY_HPP

#include <holdfast/concepts/wait_for_change.hpp>
#include <holdfast/core/entry.hpp>

#include <optional>
#include <utility>

namespace holdfast::detail {

/// Waits until a key has another content than `since`: `wait_for_change` of a record, until it is no lock that wrote
/// the same content anew. Null: there is no state now.
template <StoragePolicy S>
Result<RecordPtr> wait_for_content(S& storage, Context const& ctx, KeyView key, RecordPtr since) {
    bool const before = is_there(since);
    RecordPtr const seen = since;
    for (;;) {
        auto now = wait_for_change(storage, ctx, RecordId(key), since);
        if (!now) return now;
        if (is_there(*now) != before) return before ? Result<RecordPtr>(RecordPtr()) : now;
        bool const same = !before || same_content<S>(*now, seen);
        if (!same) return now;  // a removal of what was not there is none
        since = *std::move(now);
    }
}

}  // namespace holdfast::detail

#endif
