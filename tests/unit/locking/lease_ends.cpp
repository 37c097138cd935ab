// How leases are lost, ended and kept alive where replies are lost, exceptions are thrown and clocks stand still:
// nobody is told that he has what he has not.

#include <holdfast/layer/layer.hpp>
#include <holdfast/locking/lease_renewer.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>
#include <holdfast/testing/late_storage.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <unit/support/plain_text.hpp>

#include <atomic>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace lease_ends_test {

using namespace holdfast;
using namespace holdfast::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration ttl = seconds(10);
constexpr auto add = [](std::string& text) { text += "+"; };

template <class Placement, class Storage = LateStorage>
struct Process {
    using Lock = LeaseLock<Placement>;
    using Store = BasicStateStore<std::string, Storage, Lock, CompareAndSwap, holdfast_tests::PlainText>;

    Process(Storage const& storage, std::uint64_t seed)
        : env(seed, "user@host:" + std::to_string(seed)),
          store(storage, Lock({.ttl = ttl}), StoreOptions{seconds(60), &env}) {}

    TestEnvironment env;
    Store store;
};

template <class R>
Errc code(R const& result) {
    return result ? Errc{} : result.error().code();
}

TEMPLATE_TEST_CASE("leases: a step that was made is no success if others have the lease by the time it is known",
                   "[lease]", Embedded, OwnSlot) {
    enum class Step { renewal, acquisition, release, force };
    for (Step const step : {Step::renewal, Step::acquisition, Step::release, Step::force}) {
        INFO("step " << static_cast<int>(step));
        LateStorage const storage;
        LateWorld& world = storage.world();
        Process<TestType> one(storage, 1), thief(storage, 2);
        REQUIRE(one.store.update("k", add));
        std::optional<decltype(thief.store.lock("k"))> stolen;
        bool lose = false, inside = false;
        int until = 0;
        // The reply to the first write is lost; before its sender looks, somebody else has waited and has the lease.
        world.on_write = [&](unsigned) {
            return std::exchange(lose, false) ? Delivery::reply_lost() : Delivery::intact();
        };
        world.before_operation = [&] {
            if (inside || stolen || until == 0 || --until > 0) return;
            inside = true;
            stolen.emplace(thief.store.lock("k"));
            inside = false;
        };
        if (step == Step::acquisition) {
            lose = true;
            until = 3;
            auto const held = one.store.lock("k", {.timeout = seconds(1)});
            REQUIRE(stolen);
            REQUIRE(*stolen);
            CHECK(code(held) == Errc::busy);
        } else {
            auto held = one.store.lock("k").value();
            auto const id = held.guard().id();
            lose = true;
            until = step == Step::force ? 3 : 2;
            if (step == Step::renewal) {
                CHECK(code(held.renew()) == Errc::lost);
                CHECK(held.reliable_until() == Instant::min());
                CHECK(code(held.confirm()) == Errc::fenced);
                CHECK(code(held.update(add)) == Errc::fenced);
                CHECK(code(held.release()) == Errc::lost);
            }
            if (step == Step::release) {
                CHECK(held.release());  // it was ended by its holder, and then taken
                CHECK(code(held.update(add)) == Errc::lost);
            }
            if (step == Step::force) CHECK(one.store.force_unlock("k", id));
            REQUIRE(stolen);
            REQUIRE(*stolen);
        }
        REQUIRE((*stolen)->update(add));
        CHECK((*one.store.get("k"))->value() == "++");
        world.on_write = nullptr;  // before what they use goes
        world.before_operation = nullptr;
    }
}

TEMPLATE_TEST_CASE("leases: a write that was made is a success, and its guard knows that the lease is over", "[lease]",
                   Embedded, OwnSlot) {
    LateStorage const storage;
    LateWorld& world = storage.world();
    Process<TestType> one(storage, 1), thief(storage, 2);
    REQUIRE(one.store.update("k", add));
    auto held = one.store.lock("k").value();
    REQUIRE(held.update(add));
    std::optional<decltype(thief.store.lock("k"))> stolen;
    bool lose = true, inside = false;
    int until = 2;
    world.on_write = [&](unsigned) { return std::exchange(lose, false) ? Delivery::reply_lost() : Delivery::intact(); };
    world.before_operation = [&] {
        if (inside || stolen || --until > 0) return;
        inside = true;
        stolen.emplace(thief.store.lock("k"));
        if (!*stolen) FAIL(stolen->error().describe());
        REQUIRE((*stolen)->update(add));
        inside = false;
    };
    CHECK(held.update(add));
    world.before_operation = nullptr;
    REQUIRE(stolen);
    unsigned const before = world.operations();
    int calls = 0;
    CHECK(code(held.update([&](std::string&) { ++calls; })) == Errc::fenced);
    CHECK(calls == 0);
    CHECK(world.operations() - before == 0);
    CHECK((*one.store.get("k"))->value() == "++++");
    world.on_write = nullptr;  // before what it uses goes
}

TEMPLATE_TEST_CASE("leases: an update that changes nothing is an update", "[lease]", Embedded, OwnSlot) {
    MemoryStorage const storage;
    Process<TestType, MemoryStorage> one(storage, 1), thief(storage, 2);
    REQUIRE(one.store.update("k", add));
    auto held = one.store.lock("k").value();
    REQUIRE(held.update(add));
    int calls = 0;
    auto const look = [&](std::string&) { ++calls; };
    CHECK(held.update(look));
    CHECK(calls == 1);
    REQUIRE(held.renew());
    CHECK(held.update(look));
    CHECK(calls == 2);
    SECTION("the lease was ended by force, and somebody else has it") {
        REQUIRE(thief.store.force_unlock("k", thief.store.holder("k").value()->id));
        auto mine = thief.store.lock("k").value();
        SECTION("and wrote") { REQUIRE(mine.update(add)); }
        SECTION("and wrote nothing yet") {}
        CHECK(code(held.update(look)) == Errc::fenced);
        CHECK(calls <= 3);  // once on what it wrote itself, and never on what is theirs
        CHECK(code(held.update(look)) == Errc::fenced);
        CHECK(calls <= 3);
    }
    SECTION("somebody who uses no lock wrote: it is shown once") {
        BasicStateStore<std::string, MemoryStorage, NoLock, CompareAndSwap, holdfast_tests::PlainText> lawless(storage);
        REQUIRE(lawless.update("k", add));
        CHECK(held.update(look).value().value() == "+++");
        CHECK(calls == 4);
    }
}

TEMPLATE_TEST_CASE("leases: a guard is reliable until four fifths after the last step that was made", "[lease]",
                   Embedded, OwnSlot) {
    MemoryStorage const storage;
    Process<TestType, MemoryStorage> one(storage, 1), thief(storage, 2);
    auto held = one.store.lock("k").value();
    auto const left = [&] { return held.reliable_until() - one.env.monotonic(); };
    CHECK(left() == ttl * 4 / 5);
    one.env.advance(seconds(3));
    CHECK(left() == seconds(5));
    REQUIRE(held.update(add));
    CHECK(left() == (std::same_as<TestType, Embedded> ? seconds(8) : seconds(5)));
    REQUIRE(held.renew());
    CHECK(left() == seconds(8));
    one.env.advance(seconds(20));  // the machine was suspended, or the process stopped
    CHECK(left() < Duration::zero());
    SECTION("nobody took it") {
        REQUIRE(held.confirm());
        CHECK(left() == seconds(8));
    }
    SECTION("somebody did") {
        auto const stolen = thief.store.lock("k").value();
        CHECK(code(held.confirm()) == Errc::fenced);
        CHECK(held.reliable_until() == Instant::min());
    }
    SECTION("it was released") {
        REQUIRE(held.release());
        CHECK(code(held.confirm()) == Errc::lost);
        CHECK(held.reliable_until() == Instant::min());
    }
}

TEMPLATE_TEST_CASE("leases: a release of unknown fate ends what may be relied on, one that failed does not", "[lease]",
                   Embedded, OwnSlot) {
    LateStorage const storage;
    LateWorld& world = storage.world();
    Process<TestType> one(storage, 1), other(storage, 2);
    REQUIRE(one.store.update("k", add));
    auto held = one.store.lock("k").value();
    SECTION("cancelled before it was sent") {
        REQUIRE(held.update(add));
        auto const lease = held.guard().handle();
        world.on_write = [](unsigned) { return Delivery::not_sent(); };
        CHECK_FALSE(held.release({.timeout = Duration::zero()}));
        world.on_write = nullptr;
        CHECK_FALSE(lease.pulse->ending);
        CHECK_FALSE(lease.pulse->over);
        CHECK(held.reliable_until() > one.env.monotonic());
        CHECK(held.update(add));
        CHECK_FALSE(other.store.try_lock("k").value());
    }
    SECTION("it may land later, and then nothing of the section may follow it") {
        world.on_write = [](unsigned) { return Delivery::late(); };
        CHECK(code(held.release({.timeout = Duration::zero()})) == Errc::unknown_outcome);
        world.on_write = nullptr;
        CHECK(held.reliable_until() == Instant::min());
        SECTION("it has landed") {
            world.arrive(0);
            auto theirs = other.store.lock("k", {.timeout = Duration::zero()}).value();
            CHECK(code(held.update(add)) == Errc::fenced);
            CHECK((*one.store.get("k"))->value() == "+");
        }
        SECTION("whoever goes on renews, and then it cannot land") {
            CHECK(held.update(add));
            world.arrive(0);
            CHECK_FALSE(other.store.try_lock("k").value());
            CHECK(held.reliable_until() > one.env.monotonic());
            CHECK(held.release());
        }
    }
}

/// Throws what a storage throws when memory is short, before or after it has done what it was asked for.
template <class Next>
class Short : public Layer<Short<Next>, Next, 2> {
public:
    struct Plan {
        std::atomic<unsigned> left{~0u};  ///< operations until it throws
        std::atomic<bool> for_good{false}, after{false};
    };
    Short(Next next, std::shared_ptr<Plan> plan)
        : Layer<Short<Next>, Next, 2>(std::move(next)), plan_(std::move(plan)) {}

    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        if (plan_->left == 0 || --plan_->left == 0) {
            if (!plan_->for_good) plan_->left = ~0u;
            if (plan_->after) (void)call();
            throw std::bad_alloc();
        }
        return call();
    }

private:
    std::shared_ptr<Plan> plan_;
};

TEMPLATE_TEST_CASE("leases: memory that is short while a lease is taken leaves none behind", "[lease]", Embedded,
                   OwnSlot) {
    using Storage = Short<MemoryStorage>;
    for (bool const after : {false, true})
        for (unsigned n = 1;; ++n) {
            MemoryStorage const memory;
            auto const plan = std::make_shared<typename Storage::Plan>();
            Process<TestType, Storage> one(Storage(memory, plan), 1);
            Process<TestType, MemoryStorage> other(memory, 2);
            plan->after = after;
            plan->left = n;
            bool const threw = [&] {
                try {
                    return !one.store.lock("k");
                } catch (std::bad_alloc const&) {
                    return true;
                }
            }();
            plan->left = ~0u;
            CHECK(other.store.try_lock("k").value());
            if (!threw) break;
        }
}

TEST_CASE("leases: a renewer without memory says in time that the lease is lost, and nothing ends the program",
          "[lease]") {
    using Storage = Short<MemoryStorage>;
    auto const plan = std::make_shared<Storage::Plan>();
    using Store = BasicStateStore<std::string, Storage, LeaseLock<>, CompareAndSwap, holdfast_tests::PlainText>;
    Store store(Storage(MemoryStorage(), plan), LeaseLock<>({.ttl = milliseconds(300)}));
    Environment& env = Environment::system();
    SECTION("for a moment") {
        auto held = store.lock("k").value();
        LeaseRenewer const renewer(held.guard());
        plan->left = 1;
        env.sleep(milliseconds(700));
        CHECK_FALSE(renewer.lost());
        REQUIRE(held.update(add));
    }
    SECTION("for good") {
        auto held = store.lock("k").value();
        std::atomic<int> told{0};
        {
            LeaseRenewer const renewer(held.guard(), [&](Error const& why) {
                told += why == Errc::lost ? 1 : 100;
                throw std::bad_alloc();  // nor does what the user throws
            });
            plan->for_good = true;
            plan->left = 1;
            Instant const until = held.reliable_until();
            while (!renewer.lost() && env.monotonic() < until + seconds(5)) env.sleep(milliseconds(1));
            CHECK(renewer.lost());
            while (told == 0 && env.monotonic() < until + seconds(5)) env.sleep(milliseconds(1));
            CHECK(renewer.lost_flag()->load());
        }
        CHECK(told == 1);
        plan->left = ~0u;
    }
}

/// Does not answer while it hangs.
template <class Next>
class Hanging : public Layer<Hanging<Next>, Next, 2> {
public:
    Hanging(Next next, std::shared_ptr<std::atomic<bool>> hangs)
        : Layer<Hanging<Next>, Next, 2>(std::move(next)), hangs_(std::move(hangs)) {}

    template <class R, class Call>
    R around(Context const&, Operation const&, Call&& call) {
        while (*hangs_) Environment::system().sleep(milliseconds(1));
        return call();
    }

private:
    std::shared_ptr<std::atomic<bool>> hangs_;
};

TEST_CASE("leases: a renewer whose request hangs says in time that the lease is lost", "[lease]") {
    using Storage = Hanging<MemoryStorage>;
    auto const hangs = std::make_shared<std::atomic<bool>>(false);
    using Store = BasicStateStore<std::string, Storage, LeaseLock<>, CompareAndSwap, holdfast_tests::PlainText>;
    Store store(Storage(MemoryStorage(), hangs), LeaseLock<>({.ttl = milliseconds(600)}));
    Environment& env = Environment::system();
    auto held = store.lock("k").value();
    LeaseRenewer const renewer(held.guard());
    CHECK_FALSE(renewer.lost());
    *hangs = true;
    while (held.reliable_until() != Instant::min() && env.monotonic() < held.reliable_until())
        env.sleep(milliseconds(1));
    CHECK(renewer.lost());
    CHECK_FALSE(renewer.lost_flag()->load());  // its thread has had no turn
    *hangs = false;
    REQUIRE(held.release());
}

TEST_CASE("leases: that its holder ends a lease is no loss", "[lease]") {
    using Store = BasicStateStore<std::string, MemoryStorage, LeaseLock<>, CompareAndSwap, holdfast_tests::PlainText>;
    Store store(LeaseLock<>({.ttl = milliseconds(30)}));
    for (int i = 0; i < 20; ++i) {
        auto held = store.lock("k").value();
        LeaseRenewer const renewer(held.guard());
        Environment::system().sleep(milliseconds(i));
        REQUIRE(held.release());
        Environment::system().sleep(milliseconds(i));
        CHECK_FALSE(renewer.lost());
    }
}

}  // namespace lease_ends_test
