// Leases that are right break no law, wherever they live.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/testing/late_storage.hpp>
#include <holdfast/testing/laws/locking.hpp>

#include <catch2/catch_test_macros.hpp>
#include <unit/storage/file_fixture.hpp>

#include <chrono>

namespace zoo::right_leases {

namespace {

using namespace holdfast;

/// Short enough for `locks_expire_unless_renewed`, long enough for a busy machine.
constexpr LeaseOptions short_lease{.ttl = std::chrono::milliseconds(500), .poll = std::chrono::milliseconds(2)};
constexpr LeaseOptions usual_lease{.poll = std::chrono::milliseconds(2)};

template <class L, class S>
void passes(L locking, S& storage, testing::LawOptions const& options = {}) {
    auto const found = testing::check_locking(locking, storage, options);
    CHECK(found.text() == "");
    CHECK(found.unchecked().empty());
    CHECK(!found.checked().empty());
}

template <class Placement>
void leases_pass() {
    file_test::Directory const directory;
    auto files = FileStorage<>::open(directory.path()).value();
    auto database = SqliteStorage::open(directory.path() + "/db").value();
    MemoryStorage memory;
    testing::LateStorage far;
    passes(LeaseLock<Placement>(usual_lease), memory);
    passes(LeaseLock<Placement>(usual_lease), files);
    passes(LeaseLock<Placement>(usual_lease), database);
    passes(LeaseLock<Placement>(usual_lease), far);
    passes(LeaseLock<Placement>(short_lease), memory, {.only = "locks_expire_unless_renewed"});
    passes(LeaseLock<Placement>(short_lease), far, {.only = "locks_expire_unless_renewed"});
}

}  // namespace

TEST_CASE("zoo: leases in the state that are right break no law", "[zoo]") { leases_pass<Embedded>(); }
TEST_CASE("zoo: leases in a slot of their own that are right break no law", "[zoo]") { leases_pass<OwnSlot>(); }

}  // namespace zoo::right_leases
