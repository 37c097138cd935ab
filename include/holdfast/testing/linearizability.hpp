#ifndef HOLDFAST_TESTING_LINEARIZABILITY_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_HPP

/// Linearizability: did every call take effect at one instant between its beginning and its end?
///
/// Record what is done, on one of two levels, then judge it:
///
///     HistoryRecorder log;                                      // or HistoryFile, in each of several processes
///     HistoryActor alice(log, "alice"), bob(log, "bob");        // what users of a store do and see: proves the store
///     TraceRecorder trace(log, "A");                            // what a storage is asked: proves the storage,
///     Traced storage(MemoryStorage(), trace);                   //   see layer/traced.hpp
///     …
///     auto const verdict = check_linearizability(log.history());   // or of *read_history(paths)
///     if (!verdict) std::cout << verdict.text;
///
/// Use a log for each level: they name different values for the same keys.
///
/// *Law*: for each key there is an order of the calls that a single register with read, write and compare-and-swap
/// could have gone through, in which no call comes before one that ended before it began. What is known not to have
/// been applied is not in it, what is unknown is in it once or not at all.
///
/// *What a verdict proves*: that this one run kept the law: no stale read, no lost update, no update made twice, no
/// write that is said not to have been made and is seen. Not proved: other runs; durability after a power loss that the
/// run had not; that several keys change together; listings; that anything ends. What nobody reads is not missed: let
/// somebody read often. Values that repeat hide faults.

#include <holdfast/testing/linearizability/check.hpp>
#include <holdfast/testing/linearizability/history_actor.hpp>
#include <holdfast/testing/linearizability/history_file.hpp>
#include <holdfast/testing/linearizability/history_recorder.hpp>
#include <holdfast/testing/linearizability/read_history.hpp>
#include <holdfast/testing/linearizability/trace_recorder.hpp>

#endif
