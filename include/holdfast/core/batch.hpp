#ifndef HOLDFAST_CORE_BATCH_HPP
#define HOLDFAST_CORE_BATCH_HPP

#include <holdfast/core/commit.hpp>
#include <holdfast/core/record_id.hpp>

#include <vector>

namespace holdfast {

/// One change of a batch.
struct BatchChange {
    RecordId id;
    RecordPtr base;
    Change change;
    bool only_check = false;  ///< change nothing, but demand that there is still no record
};

/// What became of a batch: one fate, and on success what was written, in the order of the changes.
struct BatchCommit {
    Commit commit;
    std::vector<RecordPtr> records;
};

}  // namespace holdfast

#endif
