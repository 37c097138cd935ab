#ifndef HOLDFAST_CORE_TENURE_HPP
#define HOLDFAST_CORE_TENURE_HPP

#include <holdfast/core/record.hpp>

namespace holdfast {

/// What a lock that is held and the writes under it tell each other. It belongs to the guard; its holder writes one
/// thing at a time.
struct Tenure {
    Epoch epoch = 0;  ///< stamped on every write; a record with a later one refuses it as `fenced`

    /// The lock lives in the state record: that there is none any more means that the lock is over.
    bool embedded = false;
    /// Embedded: the record as the holder last wrote or read it; null if that is not known. A write begins from it
    /// instead of a read, and puts what it wrote here.
    RecordPtr record{};
    /// The next write is the last one. Embedded: it ends the lock at no cost, and says so by `ended`.
    bool ending = false;
    bool ended = false;

    bool wrote = false;     ///< a write was applied since the guard looked
    bool in_doubt = false;  ///< the fate of a write is unknown: it may land after the lock was handed on
};

}  // namespace holdfast

#endif
