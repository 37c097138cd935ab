#ifndef HOLDFAST_TESTING_LAWS_HPP
#define HOLDFAST_TESTING_LAWS_HPP

/// What every model of a concept must do, checked on a model of your own: `check_storage`, `check_handles`,
/// `check_locking`, `check_versioning`, `check_history`, `check_retention`, `check_serialization`, `check_layer`,
/// `check_store`. Each returns `Findings`: the law that is broken, by its name on the page of the concept, what was
/// done, what was expected, what came, and the seed. They depend on no test framework. Each is in a header of its own,
/// which is quicker to compile.

#include <holdfast/testing/laws/handles.hpp>
#include <holdfast/testing/laws/history.hpp>
#include <holdfast/testing/laws/layers.hpp>
#include <holdfast/testing/laws/locking.hpp>
#include <holdfast/testing/laws/retention.hpp>
#include <holdfast/testing/laws/serialization.hpp>
#include <holdfast/testing/laws/storage.hpp>
#include <holdfast/testing/laws/store.hpp>
#include <holdfast/testing/laws/versioning.hpp>

#endif
