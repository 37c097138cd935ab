#include <holdfast/testing/laws.hpp>

#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/storage/one_of.hpp>
#include <holdfast/testing/faulty.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

namespace laws_hold_test {

using namespace holdfast;
using namespace holdfast::testing;

template <class S>
void obeys(S storage) {
    CHECK(check_storage(storage).text() == "");
    CHECK(check_listing(storage).text() == "");
    CHECK(check_batches(storage).text() == "");
}

TEST_CASE("laws: storages of the core obey them", "[laws]") {
    obeys(MemoryStorage());
    obeys(OneOf<MemoryStorage, LateStorage>(LateStorage()));
    obeys(Faulty<MemoryStorage>(MemoryStorage(), std::make_shared<FaultPlan>()));
}

TEST_CASE("laws: thread locks, both versionings and plain text obey them", "[laws]") {
    MemoryStorage storage;
    MutexLock locking;
    CHECK(check_locking(locking, storage).text() == "");
    CompareAndSwap cas;
    CHECK(check_versioning(cas, storage).text() == "");
    LastWriterWins last;
    CHECK(check_versioning(last, storage).text() == "");
    holdfast_tests::PlainText coder;
    CHECK(check_serialization<std::string>(coder, {"", "text"}).text() == "");
}

}  // namespace laws_hold_test
