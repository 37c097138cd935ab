// An update that changes nothing writes nothing, and is still one of the holder: it must not succeed on what was there
// before somebody else took the lease.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/memory.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <string>

namespace lease_unchanged_test {

using namespace holdfast;
using holdfast::testing::TestEnvironment;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration ttl = milliseconds(200);

/// Two processes of one machine: they have one clock.
template <class Placement>
struct Machine {
    using Lock = LeaseLock<Placement>;
    using Store = BasicStateStore<std::string, MemoryStorage, Lock, CompareAndSwap, holdfast_tests::PlainText>;

    Store process() { return Store(storage, Lock({.ttl = ttl}), StoreOptions{seconds(60), &env}); }

    MemoryStorage storage;
    TestEnvironment env;
    Store mine = process(), theirs = process();

    /// Somebody waits until the lease is over, and writes.
    void take_over() {
        auto stolen = theirs.lock("k");
        REQUIRE(stolen);
        REQUIRE(stolen->update([](std::string& text) { text = "theirs"; }));
        REQUIRE(stolen->release());
    }
    /// Somebody waits for a while, so that the holder meets his mark.
    void want() { REQUIRE(theirs.lock("k", {.timeout = ttl / 2}).error() == Errc::busy); }
    std::string text() { return theirs.get("k").value()->value(); }
};

template <class R>
Errc code(R const& result) {
    return result ? Errc{} : result.error().code();
}

TEMPLATE_TEST_CASE("leases: an update that changes nothing is fenced if the lease was taken over meanwhile", "[lease]",
                   Embedded, OwnSlot) {
    Machine<TestType> machine;
    REQUIRE(machine.mine.create("k", "free"));
    int calls = 0;
    SECTION("of the store") {
        auto const done = machine.mine.update("k", [&](std::string&) {
            if (++calls == 1) machine.take_over();
        });
        CHECK(code(done) == Errc::fenced);
        CHECK(done.unknown() == nullptr);
    }
    SECTION("of a guard") {
        auto held = machine.mine.lock("k").value();
        auto const done = held.update([&](std::string&) {
            if (++calls == 1) machine.take_over();
        });
        CHECK(code(done) == Errc::fenced);
        CHECK(code(held.release()) == Errc::lost);
    }
    CHECK(calls == 1);
    CHECK(machine.text() == "theirs");
}

TEMPLATE_TEST_CASE("leases: the same after an attempt that met a conflict", "[lease]", Embedded, OwnSlot) {
    Machine<TestType> machine;
    REQUIRE(machine.mine.create("k", "free"));
    auto held = machine.mine.lock("k").value();
    REQUIRE(held.update([](std::string& text) { text = "mine"; }));
    int calls = 0;
    auto const done = held.update([&](std::string& text) {
        if (++calls == 1) {
            machine.want();
            text = "changed";
        } else {
            machine.take_over();
        }
    });
    if (calls == 1) {  // the mark stands elsewhere: no conflict
        CHECK(done);
        CHECK(machine.text() == "changed");
    } else {
        CHECK(code(done) == Errc::fenced);
        CHECK(calls == 2);
        CHECK(machine.text() == "theirs");
    }
    CHECK((calls == 2) == std::same_as<TestType, Embedded>);
}

TEMPLATE_TEST_CASE("leases: an update that changes nothing succeeds as long as nobody took the lease", "[lease]",
                   Embedded, OwnSlot) {
    Machine<TestType> machine;
    REQUIRE(machine.mine.create("k", "free"));
    CHECK(machine.mine.update("k", [&](std::string&) { machine.env.advance(ttl * 2); }));  // it is renewed
    auto held = machine.mine.lock("k").value();
    CHECK(held.update([&](std::string&) { machine.want(); }));
    CHECK(held.update([&](std::string& text) { text += '+'; }));
    CHECK(held.release());
    CHECK(machine.text() == "free+");
}

TEMPLATE_TEST_CASE("leases: a holder whose lease was ended by force creates nothing over the next one's state", "[lease]",
                   Embedded, OwnSlot) {
    Machine<TestType> machine;
    auto held = machine.mine.lock("k").value();
    REQUIRE(machine.theirs.force_unlock("k", machine.theirs.holder("k").value()->id));
    auto theirs = machine.theirs.lock("k").value();
    REQUIRE(theirs.create("theirs"));
    CHECK(code(held.create("mine")) == Errc::fenced);
    CHECK(machine.text() == "theirs");
}

}  // namespace lease_unchanged_test
