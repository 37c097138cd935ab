// A renewer in a copy of its process: its thread is the parent's.

#include <holdfast/locking/lease_renewer.hpp>

#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sanitizers.hpp>
#include <unit/support/plain_text.hpp>

#include <optional>

#include <sys/wait.h>
#include <unistd.h>

namespace lease_renewer_copies_test {

using namespace holdfast;

TEST_CASE("leases: a renewer ends in a copy of the process as well", "[lease]") {
    if (test::under_thread_sanitizer) SKIP("in a child the thread sanitizer knows nothing of its parent's threads");
    BasicStateStore<std::string, MemoryStorage, LeaseLock<>, CompareAndSwap, holdfast_tests::PlainText> store;
    auto held = store.lock("k").value();
    std::optional<LeaseRenewer> renewer(std::in_place, held.guard());
    bool const tells = GENERATE(true, false);
    pid_t const child = tells ? ::fork() : ::_Fork();
    if (child == 0) {
        ::alarm(10);  // ends it if it hangs
        renewer.reset();
        ::_exit(0);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK_FALSE(renewer->lost());
}

}  // namespace lease_renewer_copies_test
