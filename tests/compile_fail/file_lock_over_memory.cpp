// expect: holdfast: FileLock needs a storage in a directory of this host \(FileStorage, SqliteStorage\); choose MutexLock for threads

#include "parts.hpp"

#include <holdfast/locking/file_lock.hpp>
#include <holdfast/storage/file.hpp>

using namespace parts;

static_assert(LockingPolicy<FileLock, FileStorage<>>);
static_assert(!LockingPolicy<FileLock, MemoryStorage>);

int main() {
#ifndef HOLDFAST_ACCEPT
    Store<FileLock> a;
#endif
    Store<FileLock, FileStorage<>> store(FileStorage<>::open("states").value());
    return store.create("k", "v") ? 0 : 1;
}
