#include <holdfast/testing/laws/store.hpp>
#include <holdfast/locking/mutex_lock.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/versioning/last_writer_wins.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <catch2/catch_test_macros.hpp>
using namespace holdfast; using namespace holdfast::testing;
TEST_CASE("t"){
 { StateStore<std::string, RawBytes> s; CHECK(check_store(s).text() == ""); }
 { StateStore<std::string, RawBytes, MutexLock> s; CHECK(check_store(s).text() == ""); }
 { StateStore<Bytes, RawBytes, LeaseLock<>> s; CHECK(check_store(s).text() == ""); }
 { StateStore<std::string, RawBytes, LastWriterWins> s; CHECK(check_store(s).text() == ""); }
}
