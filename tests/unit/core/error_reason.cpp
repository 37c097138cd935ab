// The reason of an error is told without its subject, which may be a key: who must not show keys leaves out subjects only.

#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <string>

namespace error_reason_test {

using namespace holdfast;

TEST_CASE("error: what comes because of another one tells that but its subject, and has its subject and code", "[error]") {
    Error const error = Error(Errc::unavailable, "the disk fails").during("write").on("secret/current").from("errno 5");
    Error const told = Error::because(Errc::unknown_outcome, "it may have been made", error, "; ask later");
    CHECK(told.message() == "it may have been made (unavailable: the disk fails); ask later");
    CHECK(told.subject() == "secret/current");
    CHECK(told.backend() == "errno 5");
    CHECK(Error::because(Errc::busy, "locked", Error(Errc::busy)).message() == "locked (busy)");
}

/// Says of every write that it is in doubt, and where.
struct Doubtful : MemoryStorage {
    Result<WriteOutcome> write(Context const&, RecordId const& id, RecordPtr const&, Precondition const&) {
        return WriteOutcome::unknown(Error(Errc::unavailable, "the disk fails").during("write").on(to_string(id)));
    }
};

TEST_CASE("error: what a store says of a write in doubt shows the key as its subject only", "[error]") {
    testing::TestEnvironment env;
    BasicStateStore<std::string, Doubtful, NoLock, CompareAndSwap, holdfast_tests::PlainText> store(
        Doubtful(), StoreOptions{std::chrono::seconds(1), &env});
    auto const done = store.create("secret", "x");
    REQUIRE(done.unknown() != nullptr);
    CHECK(done.error().message().find("secret") == std::string_view::npos);
    CHECK(done.error().message().find("the disk fails") != std::string_view::npos);
    CHECK(done.error().subject().find("secret") != std::string_view::npos);
}

}  // namespace error_reason_test
