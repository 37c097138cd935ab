#ifndef HOLDFAST_TESTING_LAWS_HPP
#define HOLDFAST_TESTING_LAWS_HPP

/// What every model of a concept must do, checked on a model of your own: `check_storage`, `check_listing`,
/// `check_batches`, `check_locking`, `check_versioning`, `check_history`, `check_serialization`, `check_store`. Each
/// returns `Findings`, a sentence for each violation, and depends on no test framework.

#include <holdfast/testing/laws/batches.hpp>
#include <holdfast/testing/laws/history.hpp>
#include <holdfast/testing/laws/listing.hpp>
#include <holdfast/testing/laws/locking.hpp>
#include <holdfast/testing/laws/serialization.hpp>
#include <holdfast/testing/laws/storage.hpp>
#include <holdfast/testing/laws/store.hpp>
#include <holdfast/testing/laws/versioning.hpp>

#endif
