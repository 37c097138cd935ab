// From which moment a lease counts: the send of the last step that is known to have been made, never its reply.

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/lease_renewer.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <utility>

namespace lease_moments_test {

using namespace holdfast;
using namespace holdfast::testing;
using std::chrono::seconds;

constexpr Duration ttl = seconds(30), reliable = seconds(24);
constexpr auto add = [](std::string& text) { text += "+"; };

/// What happens between the effect of an operation and its reply.
template <StoragePolicy Next>
class Afterwards : public Layer<Afterwards<Next>, Next, 1> {
public:
    Afterwards(Next next, std::function<void(Operation const&)>& after)
        : Layer<Afterwards<Next>, Next, 1>(std::move(next)), after_(&after) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        R done = call();
        if (*after_) (*after_)(operation);
        return done;
    }

private:
    std::function<void(Operation const&)>* after_;
};

template <class Placement, class Storage = MemoryStorage>
struct Process {
    using Lock = LeaseLock<Placement>;

    explicit Process(Storage const& storage, std::uint64_t seed = 1)
        : env(seed), store(Afterwards<Storage>(storage, after), Lock({.ttl = ttl}), StoreOptions{seconds(600), &env}) {}

    std::function<void(Operation const&)> after;
    TestEnvironment env;
    BasicStateStore<std::string, Afterwards<Storage>, Lock, CompareAndSwap, holdfast_tests::PlainText> store;
};

TEMPLATE_TEST_CASE("leases: what takes long on its way back has used up the lease meanwhile", "[lease]", Embedded,
                   OwnSlot) {
    Process<TestType> one{MemoryStorage()};
    REQUIRE(one.store.update("k", add));
    Instant sent{};  // of the last write
    one.after = [&](Operation const& operation) {
        if (operation.writes_something()) sent = one.env.monotonic();
        one.env.advance(seconds(2));
    };
    auto held = one.store.lock("k").value();
    CHECK(held.reliable_until() == sent + reliable);
    REQUIRE(held.renew());
    CHECK(held.reliable_until() == sent + reliable);
    Instant const before = held.reliable_until();
    REQUIRE(held.update(add));
    CHECK(held.reliable_until() == (TestType::slot == Slot::current ? sent + reliable : before));
}

TEMPLATE_TEST_CASE("leases: a renewal beside the guard counts from its send", "[lease]", Embedded, OwnSlot) {
    Process<TestType> one{MemoryStorage()};
    REQUIRE(one.store.update("k", add));
    std::atomic<bool> stop = false;  // outlives the guard, whose release is seen, too
    auto held = one.store.lock("k").value();
    Instant const due = held.reliable_until() - reliable + ttl / 3;
    one.after = [&](Operation const& operation) {
        one.env.advance(seconds(2));
        if (operation.writes_something()) stop = true;
    };
    REQUIRE(keep_alive(held.guard().handle(), &stop));
    CHECK(one.env.monotonic() > due);
    CHECK(held.reliable_until() == due + reliable);
}

TEMPLATE_TEST_CASE("leases: a guard is told at once that the lease beside it was lost", "[lease]", Embedded, OwnSlot) {
    MemoryStorage const memory;
    Process<TestType> one{memory}, thief{memory, 2};
    REQUIRE(one.store.update("k", add));
    auto held = one.store.lock("k").value();
    REQUIRE(thief.store.force_unlock("k", held.guard().id()));
    CHECK(keep_alive(held.guard().handle()).error() == Errc::lost);
    CHECK(held.reliable_until() == Instant::min());
    CHECK(held.get().error() == Errc::fenced);
    CHECK(held.update(add).error() == Errc::fenced);
}

TEST_CASE("leases: a renewer does not begin from a record that its holder has replaced many times", "[lease]") {
    Process<Embedded, LateStorage> one{LateStorage()};
    REQUIRE(one.store.update("k", add));
    std::atomic<bool> stop = false;
    unsigned renewals = 0;
    bool inside = false;
    Instant due{};
    auto held = one.store.lock("k").value();
    one.after = [&](Operation const& operation) {
        if (inside || !operation.writes_something()) return;
        if (++renewals == 2) stop = true;
        inside = true;
        for (int i = 0; i < 10 && !stop; ++i) REQUIRE(held.update(add));  // more than a ring remembers
        inside = false;
        if (!stop) due = held.reliable_until() - reliable + ttl / 3;
    };
    REQUIRE(keep_alive(held.guard().handle(), &stop));
    CHECK(renewals == 2);
    CHECK(held.reliable_until() == due + reliable);  // at the first go
}

}  // namespace lease_moments_test
