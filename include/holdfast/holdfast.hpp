#ifndef HOLDFAST_HOLDFAST_HPP
#define HOLDFAST_HOLDFAST_HPP

// The core: what needs nothing but the standard library, Boost's and GSL's headers, and a POSIX system, and what most
// programs use of it. The rest by its own header: locking/lease_lock.hpp, versioning/history.hpp, the layers, and what
// needs more: serialization/json.hpp (simdjson), storage/sqlite.hpp (SQLite), open.hpp (Boost.URL), …

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/locking/no_lock.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/version.hpp>
#include <holdfast/versioning/compare_and_swap.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#endif
