// The small parts of leases, and the guard of nothing.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/no_lock.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>

namespace lease_parts_test {

using namespace holdfast;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("leases: the time to live is brought into its bounds", "[lease]") {
    auto const ttl = [](Duration wanted) { return LeaseLock<>({.ttl = wanted}).options().ttl; };
    CHECK(ttl(Duration::zero()) == milliseconds(1));
    CHECK(ttl(-seconds(1)) == milliseconds(1));
    CHECK(ttl(milliseconds(1)) == milliseconds(1));
    CHECK(ttl(endless) == hours(24 * 365));
    CHECK(ttl(hours(24 * 365)) == hours(24 * 365));
    CHECK(ttl(seconds(20) + Duration(999)) == seconds(20));  // as it is stored
    CHECK(LeaseLock<>().options().ttl == seconds(20));
}

TEST_CASE("leases: who waits looks at least four times in a lease", "[lease]") {
    using holdfast::detail::poll_bound;
    auto const near = [](LeaseOptions const& options) { return poll_bound<MemoryStorage>(options); };
    auto const far = [](LeaseOptions const& options) { return poll_bound<testing::LateStorage>(options); };
    CHECK(near({.ttl = seconds(20)}) == milliseconds(10));
    CHECK(far({.ttl = seconds(20)}) == milliseconds(200));
    CHECK(near({.ttl = seconds(20), .poll = seconds(2)}) == seconds(2));
    CHECK(near({.ttl = seconds(20), .poll = seconds(9)}) == seconds(5));
    CHECK(near({.ttl = milliseconds(20)}) == milliseconds(5));
    CHECK(far({.ttl = milliseconds(20)}) == milliseconds(5));
}

TEST_CASE("leases: an older confirmation does not take a newer one back", "[lease]") {
    LeasePulse pulse{Instant(seconds(5))};
    pulse.confirm(Instant(seconds(7)));
    pulse.confirm(Instant(seconds(6)));
    CHECK(pulse.confirmed() == Instant(seconds(7)));
}

TEST_CASE("leases: what is remembered of those that were held here is bounded, and of the present one", "[lease]") {
    holdfast::detail::LeaseRegistry registry;
    for (std::uint64_t i = 1; i <= 300; ++i) {
        std::string const key = "k" + std::to_string(i);
        registry.hold(key, WriteId{1, i}, i);
        CHECK(registry.held_by_this_thread(key));
        registry.leave(key, WriteId{1, i});
        CHECK_FALSE(registry.held_by_this_thread(key));
    }
    unsigned remembered = 0;
    for (std::uint64_t i = 1; i <= 300; ++i) {
        Epoch const last = registry.last("k" + std::to_string(i));
        if (last == 0) continue;
        ++remembered;
        CHECK(last == i);
    }
    CHECK(remembered == 256);

    registry.hold("k1", WriteId{1, 1}, 1);
    registry.hold("k1", WriteId{1, 2}, 2);  // taken anew before the guard of the first one went
    registry.leave("k1", WriteId{1, 1});
    CHECK(registry.held_by_this_thread("k1"));
    CHECK(registry.last("k1") == 2);
}

TEST_CASE("NoLock: a guard that was moved from holds nothing", "[lock]") {
    testing::TestEnvironment env;
    Context const context(env);
    MemoryStorage storage;
    auto one = NoLock().acquire(storage, context, "k", "").value();
    auto two = std::move(one);
    CHECK(two.confirm(context));
    CHECK(two.reliable_until() == Instant::max());
    CHECK(one.confirm(context).error() == Errc::lost);  // NOLINT(bugprone-use-after-move)
    CHECK(one.reliable_until() == Instant::min());
}

}  // namespace lease_parts_test
