// Locks that are right break no law: those of threads and of processes, and none.

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/locking/no_lock.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/laws/locking.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/storage/file_fixture.hpp>

namespace zoo::right_locks {

namespace {

using namespace holdfast;

template <class L, class S>
void passes(L locking, S& storage) {
    auto const found = testing::check_locking(locking, storage);
    CHECK(found.text() == "");
    CHECK(found.unchecked().empty());
    CHECK(!found.checked().empty());
}

}  // namespace

TEST_CASE("zoo: locks that are right break no law: of threads and processes, and none", "[zoo]") {
    file_test::Directory const directory;
    auto files = FileStorage<>::open(directory.path()).value();
    auto database = SqliteStorage::open(directory.path() + "/db").value();
    MemoryStorage memory;
    passes(MutexLock(), memory);
    passes(MutexLock(), files);
    passes(FileLock(), files);
    passes(FileLock(), database);
    passes(NoLock(), memory);
    passes(NoLock(), files);
}

}  // namespace zoo::right_locks
