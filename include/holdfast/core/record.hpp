#ifndef HOLDFAST_CORE_RECORD_HPP
#define HOLDFAST_CORE_RECORD_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/core/key.hpp>
#include <holdfast/core/lease.hpp>
#include <holdfast/core/revision.hpp>
#include <holdfast/core/stamp.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace holdfast {

/// The user's own labels of a record, stored with it. Small: names and values together at most 16 KiB.
using Attributes = std::vector<std::pair<std::string, std::string>>;

/// A payload with all that is known about it.
struct Record {
    Key key;
    Bytes payload;
    Stamp stamp;
    Attributes attributes;
    Revision revision;  ///< set by the storage; empty in a record that was never stored
    LeasePtr lease{};   ///< the lock that lives in this record, if one does
};

/// One that says nothing, of no key. Made once, never destroyed, and never seen half made, not even by a copy of the
/// process.
inline Record const& no_record() noexcept {
    static constinit std::atomic<Record const*> none{nullptr};
    Record const* there = none.load(std::memory_order_acquire);
    if (there == nullptr) {
        auto made = std::make_unique<Record const>(Record{Key(KeyView()), {}, {}, {}, {}});
        if (none.compare_exchange_strong(there, made.get(), std::memory_order_acq_rel)) there = made.release();
    }
    return *there;
}

/// A stored record: shared, and immutable from then on. Null means absent.
using RecordPtr = std::shared_ptr<Record const>;

namespace detail {

/// Whether a record holds a content: it is not absent, and not what is left of a removed one.
inline bool is_there(RecordPtr const& record) noexcept { return record && !record->stamp.tombstone; }

}  // namespace detail

}  // namespace holdfast

#endif
